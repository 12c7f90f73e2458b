"""Found points to sections, best first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from askdocs.types import ScoredPoint


def sections(points: Sequence[ScoredPoint]) -> list[list[ScoredPoint]]:
    """The points of each section, best first, and the sections by their best point."""
    found: dict[tuple[Any, Any], list[ScoredPoint]] = {}
    for point in points:
        found.setdefault((point.payload.get("path"), point.payload.get("section")), []).append(point)
    return list(found.values())
