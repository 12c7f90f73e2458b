"""Snapshots of a Qdrant server's collections, by its REST API: made there, fetched, and sent back."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from askdocs.errors import Conflict, DiskFull, VectorStoreRefused, VectorStoreUnavailable
from askdocs.vectors.failures import CHECK, FORBIDDEN

_PIECE = 1 << 20

_PATIENCE = httpx.Timeout(10, read=1800)
"""Seconds. The server answers a request for a snapshot, or with one, when it is done: it copies all vectors
and builds what is missing of the graphs."""

_ATTEMPTS = 3
"""Of fetching what the server has made: asking again is cheap, making it again is not."""


class Snapshots:
    """Of the server whose REST API is at `url`. Errors: `VectorStoreUnavailable`, `VectorStoreRefused`."""

    def __init__(self, url: str, *, api_key: str | None) -> None:
        self._url = url.rstrip("/")
        self._headers = {"api-key": api_key} if api_key else {}

    async def engine(self) -> str:
        """Raises `VectorStoreUnavailable` if it is not Qdrant."""
        async with self._client() as client:
            about = await self._ask(client, "GET", "/", result=False)
        if "qdrant" not in about.get("title", ""):
            raise VectorStoreUnavailable(f"What answers at {self._host} is not Qdrant.", fix=CHECK)
        return f"qdrant {about['version']}"

    async def fetch(self, collection: str, target: Path) -> None:
        """Have a snapshot made, write it to `target` and delete it at the server.

        Raises `Conflict` for a cluster of several nodes, whose snapshots hold what one node has.
        """
        path = f"/collections/{quote(collection, safe='')}/snapshots"
        async with self._client() as client:
            await self._require_one_node(client)
            made = await self._ask(client, "POST", path, params={"wait": "true"})
            one = f"{path}/{quote(made['name'], safe='')}"
            try:
                await self._download(client, one, made, target)
            finally:
                await asyncio.shield(self._ask(client, "DELETE", one, params={"wait": "true"}))

    async def send(self, collection: str, snapshot: Path) -> None:
        """Replace the collection by what the snapshot holds; the server checks that it came whole."""
        checksum = await asyncio.to_thread(_sha256, snapshot)
        path = f"/collections/{quote(collection, safe='')}/snapshots/upload"
        wanted = {"wait": "true", "priority": "snapshot", "checksum": checksum}
        async with self._client() as client:
            await self._require_one_node(client)
            with await asyncio.to_thread(snapshot.open, "rb") as file:
                await self._ask(
                    client, "POST", path, params=wanted, files={"snapshot": (snapshot.name, file)}
                )

    @property
    def _host(self) -> str:
        return httpx.URL(self._url).netloc.decode()

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(base_url=self._url, headers=self._headers, timeout=_PATIENCE) as client:
            yield client

    async def _require_one_node(self, client: httpx.AsyncClient) -> None:
        cluster = await self._ask(client, "GET", "/cluster")
        if len(cluster.get("peers") or ()) > 1:
            raise Conflict(
                f"Qdrant at {self._host} is a cluster of {len(cluster['peers'])} nodes, and a snapshot holds "
                "what one node has.",
                fix="Leave the vectors out with --without-vectors: a restore writes them anew, from the "
                "embeddings in the database. Your provider's own backups hold them as well.",
            )

    async def _download(
        self, client: httpx.AsyncClient, path: str, made: dict[str, Any], target: Path
    ) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                found = await self._stream(client, path, target)
            except httpx.TransportError as error:
                if attempt == _ATTEMPTS:
                    raise self._unreachable(error) from error
                continue
            if found != (made["size"], made.get("checksum") or found[1]):
                raise VectorStoreUnavailable(
                    f"The snapshot {made['name']} did not come whole from {self._host}.", fix="Try again."
                )
            return

    async def _stream(self, client: httpx.AsyncClient, path: str, target: Path) -> tuple[int, str]:
        """Size and SHA-256 of what came."""
        size, digest = 0, hashlib.sha256()
        async with client.stream("GET", path) as response:
            if response.is_error:
                await response.aread()
                raise self._refusal(response)
            try:
                with await asyncio.to_thread(target.open, "wb") as file:
                    async for piece in response.aiter_bytes(_PIECE):
                        size += len(piece)
                        digest.update(piece)
                        await asyncio.to_thread(file.write, piece)
            except OSError as error:
                raise DiskFull(
                    f"{target.parent} cannot be written: {error.strerror}.",
                    fix="Free some space and try again.",
                ) from error
        return size, digest.hexdigest()

    async def _ask(
        self, client: httpx.AsyncClient, method: str, path: str, *, result: bool = True, **options: Any
    ) -> dict[str, Any]:
        try:
            response = await client.request(method, path, **options)
        except httpx.TransportError as error:
            raise self._unreachable(error) from error
        if response.is_error:
            raise self._refusal(response)
        try:
            body = response.json()
            found = body["result"] if result else body
        except (ValueError, KeyError, TypeError) as error:
            raise VectorStoreUnavailable(f"What answers at {self._host} is not Qdrant.", fix=CHECK) from error
        return found if isinstance(found, dict) else {}

    def _unreachable(self, error: httpx.TransportError) -> VectorStoreUnavailable:
        reason = str(error) or type(error).__name__
        return VectorStoreUnavailable(f"Qdrant at {self._host} cannot be reached: {reason}", fix=CHECK)

    def _refusal(self, response: httpx.Response) -> VectorStoreUnavailable:
        try:
            text = response.json()["status"]["error"]
        except (ValueError, KeyError, TypeError):
            text = response.text[:200] or response.reason_phrase
        if response.status_code in FORBIDDEN:
            return VectorStoreRefused(
                f"Qdrant at {self._host} refused our key: {text}",
                fix="Check QDRANT_API_KEY: snapshots need a key that may manage, not only read and write.",
            )
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return VectorStoreUnavailable(f"Qdrant at {self._host} failed ({response.status_code}): {text}")
        return VectorStoreRefused(
            f"Qdrant at {self._host} refused a request ({response.status_code}): {text}"
        )


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
