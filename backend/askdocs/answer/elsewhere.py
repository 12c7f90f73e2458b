"""What the docs say elsewhere: in other versions, and in other languages, than those of the reader."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from askdocs.types import Chunk, Hit, Scope


@dataclass(frozen=True, slots=True)
class OtherVersion:
    """The reader's version does not answer the question, and `hit` of `version` does: the nearest one that
    has it. `is_since` says that all versions which are seen to have it are later than the reader's."""

    version: str
    is_since: bool
    hit: Hit


@dataclass(frozen=True, slots=True)
class OtherLocale:
    """The passages are of this locale, since the reader's has none that answer."""

    locale: str


Notice = OtherVersion | OtherLocale

_AHEAD = 0.1
"""By how much another version's section must score higher than the best of the reader's.

Of two corpora, a third of whose pages were taken out of the older of two versions: of 28 questions that only
those pages answer, the reader of the older one is led there in 17 at .1, 19 at .05, 9 at .2 and answered from
other pages in 6, 5 and 12; of 134 that both versions answer 4, 12 and 0 are led to the newer one. A look at
other versions only where the search is unsure leads 10 and 7.
"""


def other_locale(scope: Scope, hits: Sequence[Hit]) -> str:
    """The locale, not the reader's, of the best of these hits; "" if there is none."""
    return next((hit.chunk.locale for hit in hits if hit.chunk.locale not in ("", scope.locale)), "")


def other_version(scope: Scope, own: Sequence[Hit], everywhere: Sequence[Hit]) -> OtherVersion | None:
    """Where a section stands that answers and that the reader's version lacks.

    `own` are the hits of the reader's version and `everywhere` those of all, best first. None when the best
    one is hardly better than the reader's own, or is the same section in another version.
    """
    if not everywhere or not scope.version:
        return None
    if own and everywhere[0].score - own[0].score < _AHEAD:
        return None
    best = everywhere[0].chunk
    if best.version in ("", scope.version) or any(_is_same(best, hit.chunk) for hit in own):
        return None
    having = {hit.chunk.version: hit for hit in reversed(everywhere) if _is_same(best, hit.chunk)}
    is_since = all(_age(version) > _age(scope.version) for version in having)
    version = min(having, key=_age) if is_since else max(having, key=_age)
    return OtherVersion(version, is_since, having[version])


def _is_same(one: Chunk, other: Chunk) -> bool:
    return (one.title, one.heading) == (other.title, other.heading)


def _age(version: str) -> tuple[bool, tuple[int, ...], str]:
    """By numbers, oldest first. A name without any, such as `next` or `current`, is later than all."""
    numbers = tuple(map(int, re.findall(r"\d+", version)))
    return not numbers, numbers, version
