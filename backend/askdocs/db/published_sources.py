"""The sources of a revision as its row keeps them.

Old and new processes read each other's rows during a deploy. So a key may be added, with a default for rows
that lack it; what is not known is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from askdocs.types import PublishedSource, SourceSpec

SCHEMA = 1


def encode(sources: Sequence[PublishedSource]) -> dict[str, Any]:
    listed = [
        {**one.spec.fields(), "default_version": one.default_version, "default_locale": one.default_locale}
        for one in sources
    ]
    return {"schema": SCHEMA, "sources": listed}


def decode(stored: Mapping[str, Any] | None) -> tuple[PublishedSource, ...]:
    """() where a program that knew of one source alone wrote the row."""
    return tuple(
        PublishedSource(SourceSpec.revive(one), one["default_version"], one["default_locale"])
        for one in (stored["sources"] if stored else ())
    )
