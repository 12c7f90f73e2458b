"""The streams of this process, and by way of Redis those of others, by the session that may read them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Iterator

from cachetools import TTLCache

from askdocs.streams.held import ERASED, RESTARTING, STOPPED, Held
from askdocs.streams.shared import SharedStreams
from askdocs.tasks import Tasks
from askdocs.types import token_hash

KEPT = 60.0
"""Seconds that a stream can be read after its end: by a reader who was loading a page when it ended."""

_KEPT_BYTES = 16_000_000
"""Of all streams that have ended. At 30 kB each these are 500."""

_ENDING = 2.0
"""Seconds that a request waits for a stream that it stops to be stored."""

_Key = tuple[str, str]
"""Owner and id of a stream, or owner and name of a chat."""


class Streams:
    """Every stream has an owner, whoever holds the session's token, and an id; nobody else finds it.

    With `grace` 0 nothing is held. `shared` is None without Redis: other processes' streams are then unknown.
    """

    def __init__(self, tasks: Tasks, *, grace: float, shared: SharedStreams | None = None) -> None:
        self._tasks, self._grace, self._shared = tasks, grace, shared
        self._running: dict[_Key, Held] = {}
        self._ended: TTLCache[_Key, Held] = TTLCache(_KEPT_BYTES, KEPT, getsizeof=lambda held: held.size)
        self._chats: dict[_Key, str] = {}

    @property
    def are_held(self) -> bool:
        return self._grace > 0

    def hold(
        self, owner: str, stream: str, chunks: AsyncGenerator[bytes], *, opening: bytes, chat: str = ""
    ) -> Held:
        """Begin a stream. `chat` is a name by which its owner finds it while it runs, "" for none."""
        key = owner, stream

        def noticed(held: Held) -> None:
            if held.ended:
                self._end(key, chat, held)
            if self._shared is not None:
                self._shared.notice()

        held = Held(chunks, opening=opening, grace=self._grace, start=self._tasks.start, noticed=noticed)
        self._running[key] = held
        if chat:
            self._chats[owner, chat] = stream
        if self._shared is not None:
            self._shared.mirror(owner, stream, held, chat=chat)
        return held

    async def find(self, owner: str, name: str) -> AsyncGenerator[bytes] | None:
        """The stream of this id from its beginning, or the newest one of the chat of this name while it runs;
        None if there is none. Raises `CacheUnavailable` when other processes' cannot be looked for."""
        held = self._running_here(owner, name) or self._ended.get((owner, name))
        if held is not None:
            return held.follow() if held.is_whole else None
        return await self._shared.find(owner, name) if self._shared is not None else None

    async def stop(self, owner: str, name: str) -> None:
        """End the stream that `find` finds. Raises `CacheUnavailable` as it does."""
        held = self._running_here(owner, name)
        if held is not None:
            held.stop(STOPPED)
            await asyncio.wait([held.task], timeout=_ENDING)
        elif self._shared is not None and (owner, name) not in self._ended:
            await self._shared.stop(owner, name)

    async def erase(self, owner: str) -> None:
        """End and forget every stream of the owner. Without Redis, others' copies are left to expire."""
        running = list(self._of(owner))
        for held in running:
            held.stop(ERASED)
        if running:
            await asyncio.wait([held.task for held in running], timeout=_ENDING)
        for key in [key for key in self._ended if key[0] == owner]:
            self._ended.pop(key, None)
        if self._shared is not None:
            await self._shared.erase(owner)

    def stop_all(self) -> None:
        """Cut short what runs: the process ends."""
        for held in list(self._running.values()):
            held.stop(RESTARTING)

    def _of(self, owner: str) -> Iterator[Held]:
        return (held for (other, _), held in self._running.items() if other == owner)

    def _running_here(self, owner: str, name: str) -> Held | None:
        return self._running.get((owner, self._chats.get((owner, name), name)))

    def _end(self, key: _Key, chat: str, held: Held) -> None:
        self._running.pop(key, None)
        if self._chats.get((key[0], chat)) == key[1]:
            del self._chats[key[0], chat]
        if held.is_whole and held.broke != ERASED and held.size <= _KEPT_BYTES:
            self._ended[key] = held
            asyncio.get_running_loop().call_later(KEPT + 1, self._ended.expire)


def owner_of(site_id: str, token: str, user: bytes | None = None) -> str:
    """Who may read: a name of a session, and of the signed user to whom it belongs, from which neither its
    token nor the user can be told."""
    return owner_by_hash(site_id, token_hash(token), user)


def owner_by_hash(site_id: str, hashed: bytes, user: bytes | None = None) -> str:
    """The same of a session of which only the token's hash is known."""
    return hashlib.sha256(b"\n".join((site_id.encode(), user or b"", hashed))).hexdigest()
