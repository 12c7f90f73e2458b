"""Copies of the vector store's collections, made by the process that owns it while it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from askdocs.protocols import VectorStore
from askdocs.types import Scope


@dataclass(frozen=True, slots=True)
class Taken:
    """`copies` are the files or folders by collection, without those that do not exist; `counts` are how many
    chunks each of the scopes saw, in their order."""

    engine: str
    copies: dict[str, str]
    counts: tuple[int, ...]

    def fields(self) -> dict[str, Any]:
        return asdict(self)


async def take(
    vectors: VectorStore,
    *,
    collections: Sequence[str],
    scopes: Sequence[tuple[str, str, int]],
    folder: Path,
) -> Taken:
    """Copy the collections into `folder`. A scope is a collection, a store's id and a revision."""
    copies: dict[str, str] = {}
    for collection in collections:
        if await vectors.exists(collection):
            copies[collection] = str(await vectors.snapshot(collection, folder))
    counts = []
    for collection, store_id, revision in scopes:
        seen = collection in copies
        counts.append(await vectors.count(collection, Scope(store_id, revision)) if seen else 0)
    return Taken(await vectors.engine(), copies, tuple(counts))
