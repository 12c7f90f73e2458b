"""The page that describes the data model knows every table."""

from __future__ import annotations

from pathlib import Path

from askdocs.db.tables import Base

PAGE = Path(__file__).parents[3] / "website" / "docs" / "contribute" / "data-model.md"


def test_every_table_is_described() -> None:
    page = PAGE.read_text()

    missing = {name for name in Base.metadata.tables if f"| `{name}` |" not in page}

    assert missing == set()
