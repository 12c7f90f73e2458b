"""What the flows ask of outside systems: one small protocol each, and nothing of any vendor."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from askdocs.types import HybridQuery, ModelStop, ModelText, Point, Prompt, Scope, ScoredPoint, Vector


class VectorStore(Protocol):
    """Points in collections, one collection per embedding fingerprint, shared by all stores.

    Every point's payload carries `store_id`, `from_rev`, `to_rev`, `path`, `version` and `locale`, which are
    indexed. It is visible at revision R when `from_rev <= R <= to_rev`. Writes are applied when the call
    returns. Errors: `VectorStoreUnavailable`, `VectorStoreRefused`, `ShardLocked`.
    """

    async def ensure(self, collection: str, *, dimensions: int) -> None:
        """Create the collection with its vectors and payload indexes unless it exists."""

    async def upsert(self, collection: str, points: Sequence[Point]) -> None: ...

    async def search(
        self, collection: str, query: HybridQuery, scope: Scope, *, limit: int
    ) -> list[ScoredPoint]: ...

    async def sections(
        self, collection: str, scope: Scope, wanted: Mapping[str, Collection[int]]
    ) -> list[Mapping[str, Any]]:
        """The payloads of the chunks of whole sections, in no order, in one round trip.

        `wanted` holds numbers of sections by path; those that the scope does not see, or that there are not,
        are passed over. At most `types.MOST_SECTION_CHUNKS` come.
        """

    async def count(self, collection: str, scope: Scope) -> int:
        """How many chunks the scope sees, exactly."""

    async def close_documents(
        self, collection: str, store_id: str, paths: Sequence[str] | None, *, revision: int
    ) -> None:
        """Set `to_rev` to `revision` on the open chunks of these documents (of all, if None)."""

    async def undo(self, collection: str, store_id: str, *, live: int) -> None:
        """Forget what revisions after `live` wrote: delete their chunks, reopen those that they closed."""

    async def sweep(self, collection: str, store_id: str, *, oldest: int) -> None:
        """Delete the chunks that are visible at no revision from `oldest` on."""

    async def flush(self, collection: str) -> None:
        """Return when what was written would outlive a power failure, not only this process."""

    async def ping(self) -> None:
        """Cheap proof that the store answers."""

    async def exists(self, collection: str) -> bool: ...

    async def snapshot(self, collection: str, folder: Path) -> Path:
        """Write the collection into `folder` as it is at one moment of the call, while it is in use.

        Returns what was written, a file or a folder, for `recover` of the same kind of store.
        """

    async def recover(self, collection: str, snapshot: Path) -> None:
        """Make the collection what the snapshot holds, whatever it was before. The snapshot is used up."""

    async def drop(self, collection: str) -> None:
        """Delete the collection, if there is one."""

    async def engine(self) -> str:
        """Name and version of the engine, which must be able to read a snapshot."""

    async def close(self) -> None: ...


class Embedder(Protocol):
    """Turns text into unit vectors of `dimensions` floats. Errors: `ModelUnavailable` and its kinds."""

    @property
    def model(self) -> str:
        """What the vectors depend on besides the text: model, its revision, its quantization."""

    @property
    def dimensions(self) -> int: ...

    async def embed_documents(self, texts: Sequence[str]) -> Vector:
        """Shape (len(texts), dimensions)."""

    async def embed_query(self, text: str) -> Vector:
        """Shape (dimensions,)."""

    async def warm(self) -> None:
        """Load now what the first call would wait for."""

    async def close(self) -> None: ...


class AnswerModel(Protocol):
    """Writes answers. Errors: `ModelUnavailable` and its kinds; they may come after text.

    It bounds what an answer may take: `ModelSlow` says that the first word did not come in time, and an
    answer that grows too long ends like one that the model cut.
    """

    @property
    def model(self) -> str: ...

    @property
    def trouble(self) -> str:
        """Why the last call failed, "" if it did not: /health must know without paying for a call."""

    def stream(self, prompt: Prompt) -> AsyncGenerator[ModelText | ModelStop]: ...

    async def warm(self) -> None:
        """Load now what the first call would wait for."""

    async def close(self) -> None: ...


class Cache(Protocol):
    """Bytes by key. The part of a key before its first colon names the cache in the metrics."""

    async def get(self, key: str) -> bytes | None: ...

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        """Keep the value for `ttl` seconds, or shorter when room is needed."""

    async def delete(self, key: str) -> None: ...

    async def delete_all(self, prefix: str) -> None:
        """All whose keys begin so. It looks at every key, so that it is for what is seldom done."""

    async def ping(self) -> None:
        """Raises `CacheUnavailable`."""

    async def close(self) -> None: ...
