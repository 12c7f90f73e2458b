"""How many answers are streamed at once: to a conversation, to a network, by a process."""

from __future__ import annotations

from collections import Counter

from askdocs.errors import Busy, RateLimited

_SOON = 2.0
"""Seconds after which to ask again: about half of what an answer takes."""


class Slots:
    """Of this process. Not thread-safe."""

    def __init__(self, *, per_session: int, per_client: int, in_all: int) -> None:
        self._per_session, self._per_client, self._in_all = per_session, per_client, in_all
        self._taken: Counter[str] = Counter()
        self.taken = 0

    def take(self, *, client: str, session: str | None = None) -> Slot:
        """A slot for one more stream, to a `client` known by its network, of a session if it has one already.

        Raises `RateLimited` when these have as many as they may, `Busy` when the process has.
        """
        keys = [f"client {client}"]
        if self._taken[keys[0]] >= self._per_client:
            raise RateLimited(
                "Too many answers are being given to your network at the moment.", retry_after=_SOON
            )
        if session is not None:
            keys.append(f"session {session}")
            if self._taken[keys[1]] >= self._per_session:
                raise RateLimited(
                    "Too many answers are being given in this conversation at the moment.", retry_after=_SOON
                )
        if self.taken >= self._in_all:
            raise Busy("Too many readers ask at the moment.", retry_after=_SOON)
        self._taken.update(keys)
        self.taken += 1
        return Slot(self, keys)

    def _free(self, keys: list[str]) -> None:
        self.taken -= 1
        self._taken.subtract(keys)
        for key in keys:
            if not self._taken[key]:
                del self._taken[key]


class Slot:
    """Free again when all who use it have left: an answer that goes on without its reader, and the reader."""

    def __init__(self, slots: Slots, keys: list[str]) -> None:
        self._slots, self._keys, self._users = slots, keys, 1

    def share(self) -> None:
        """One more uses it."""
        self._users += 1

    def leave(self) -> None:
        self._users -= 1
        if self._users == 0:
            self._slots._free(self._keys)
