"""How many chunks a store has, whatever its revisions: more than any scope sees, so the flows never ask."""

from __future__ import annotations

import qdrant_edge as edge
from qdrant_client import models

from askdocs.protocols import VectorStore
from askdocs.vectors.embedded import QdrantEmbedded
from askdocs.vectors.server import QdrantServer


async def stored(vectors: VectorStore, collection: str, store_id: str) -> int:
    """Asked of the engine itself, past the store."""
    if isinstance(vectors, QdrantEmbedded):
        of_store = edge.FieldCondition("store_id", match=edge.MatchValue(store_id))
        return await vectors._run(vectors._count, collection, edge.Filter(must=[of_store]))
    assert isinstance(vectors, QdrantServer)
    match = models.FieldCondition(key="store_id", match=models.MatchValue(value=store_id))
    where = models.Filter(must=[match])
    return (await vectors._read(lambda qdrant: qdrant.count(collection, where, exact=True))).count
