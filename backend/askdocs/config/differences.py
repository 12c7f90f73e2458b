"""Two environments side by side, key by key: what may differ between them, and what not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from askdocs.config.report import effective
from askdocs.config.settings import Settings

ANSWERS = ("answers.", "embeddings.", "gemini.platform", "index.", "retrieval.", "vectors.engine")
"""What decides about answers. If it differs, what was tried in one environment says little about the other.
Addresses, capacity, limits, and who is told what, are an environment's own."""


@dataclass(frozen=True, slots=True)
class Difference:
    """`allowed` unless answers depend on the key."""

    key: str
    values: tuple[Any, Any]
    allowed: bool


def between(one: Settings, other: Settings, *, allow: Collection[str] = ()) -> list[Difference]:
    """The keys whose effective values differ. Two secrets count as equal, since they are masked."""
    return [
        Difference(first.key, (first.value, second.value), _allowed(first.key) or first.key in allow)
        for first, second in zip(effective(one), effective(other), strict=True)
        if first.value != second.value and first.key != "environment"
    ]


def _allowed(key: str) -> bool:
    return not key.startswith(ANSWERS)
