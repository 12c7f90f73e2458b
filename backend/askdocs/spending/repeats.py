"""Notices when the same is asked over and over: a page that loops, or a program."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator

from cachetools import TTLCache

_WINDOW = 3600.0
"""Seconds in which questions are counted, from the first one of its kind on."""

_KINDS = 50_000
"""Kinds of questions that are counted, 350 bytes each; those that were not asked for longest go first."""

_FEWEST, _MOST = 4, 24
"""Terms of a question of which any one may differ. Of fewer terms each tells too much, of more it would take
too long to look."""


class Repeats:
    """Of this process. A question is known by its gist, the terms that it is made of."""

    def __init__(
        self, *, per_session: int, per_site: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_session, self._per_site = per_session, per_site
        self._counts: TTLCache[int, list[int]] = TTLCache(_KINDS, _WINDOW, timer=clock)

    def is_one(
        self, site_id: str, gist: frozenset[str], *, after: frozenset[str], session: str | None
    ) -> bool:
        """Count a question, and tell whether it was asked too often lately: in its session, or on its site
        after a question of the gist `after`, which it may need to mean anything."""
        of_site = self._count((site_id, after), gist) > self._per_site
        of_session = session is not None and self._count((site_id, session), gist) > self._per_session
        return of_site or of_session

    def _count(self, where: Hashable, gist: frozenset[str]) -> int:
        most = 0
        for kind in _kinds(gist):
            count = self._counts.setdefault(hash((where, kind)), [0])  # which takes a fifth of the room
            count[0] += 1
            most = max(most, count[0])
        return most


def _kinds(gist: frozenset[str]) -> Iterator[frozenset[str]]:
    """The gist, and what it is without each of its terms."""
    yield gist
    if _FEWEST <= len(gist) <= _MOST:
        for term in gist:
            yield gist - {term}
