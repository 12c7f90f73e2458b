"""Found chunks to passages: each section's put together, and what a prompt has room for beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from askdocs.observability.logging import log
from askdocs.runtime import Runtime
from askdocs.text import chunking, codec
from askdocs.types import Block, Chunk, Hit, Revision, Scope, ScoredPoint

_LONGEST_PASSAGE = 2000
"""Characters of a hit's text. At 16,000 characters in all, all facts were there for .93 of the questions with
1,500, for .96 with 2,000 and for .95 with 2,500 and 3,000: whole sections against more of them."""

_LONGEST_NEIGHBOUR = 1000
"""Characters of a section beside one that was found; with 600 the same facts were there."""

Place = tuple[str, int]
"""Path and number of a section."""


@dataclass(frozen=True, slots=True)
class Passages:
    """`hits` come best first, at most one per section. `beside` are what follows them in a prompt: the
    sections next to each, then further ones that were found."""

    hits: tuple[Hit, ...] = ()
    beside: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """The chunks of a section that were found, best first and at least one."""

    hits: Sequence[Hit]

    @property
    def place(self) -> Place:
        chunk = self.hits[0].chunk
        return chunk.path, chunk.section

    def assembled(self, section: Sequence[Chunk]) -> Hit:
        chunks = [hit.chunk for hit in self.hits]
        passage = chunking.passage(section, chunks, max_chars=_LONGEST_PASSAGE)
        return Hit(passage, self.hits[0].score, tuple(map(self._score, passage.blocks)))

    def _score(self, block: Block) -> float:
        """How well the chunk fits in which the block was found, or the worst one if it was in none."""
        holding = (
            hit.score for hit in self.hits if any(part.text in block.text for part in hit.chunk.blocks)
        )
        return next(holding, self.hits[-1].score)


async def gather(
    rt: Runtime,
    revision: Revision,
    scope: Scope,
    sections: Iterable[Sequence[ScoredPoint]],
    *,
    limit: int,
    room: int = 0,
) -> Passages:
    """The first `limit` sections whose points can be read as passages, and up to `room` characters in all
    with what stands beside them.

    One request brings the rest of each section and those next to it. Errors: those of the vector store.
    """
    found = (_Found(hits) for points in sections if (hits := _decode(points)))
    chosen = list(islice(found, limit))
    if not chosen:
        return Passages()
    places = [one.place for one in chosen]
    wanted: dict[str, set[int]] = {}
    for path, number in (*places, *(beside for place in places if room for beside in _next_to(place))):
        wanted.setdefault(path, set()).add(number)
    stored = by_section(await rt.vectors.sections(revision.collection, scope, wanted))
    passages = tuple(one.assembled(stored.get(one.place, ())) for one in chosen)
    left = room - sum(map(_size, passages))
    return Passages(passages, tuple(_fitting(_beside(chosen, stored, found), left)))


def by_section(payloads: Iterable[Mapping[str, Any]]) -> dict[Place, list[Chunk]]:
    """The chunks of each section in reading order, each once."""
    chunks: dict[tuple[Any, Any], Chunk] = {}
    for payload in payloads:
        if _place(payload) not in chunks and (chunk := _read(payload)):
            chunks[_place(payload)] = chunk
    sections: dict[Place, list[Chunk]] = {}
    for chunk in sorted(chunks.values(), key=lambda chunk: chunk.position):
        sections.setdefault((chunk.path, chunk.section), []).append(chunk)
    return sections


def best(sections: Iterable[Sequence[ScoredPoint]]) -> list[Hit]:
    """The best chunk of each section that can be read, as it was found."""
    return [hits[0] for points in sections if (hits := _decode(points[:1]))]


def _beside(
    chosen: Sequence[_Found], stored: Mapping[Place, Sequence[Chunk]], others: Iterable[_Found]
) -> Iterator[Hit]:
    """The sections next to each that was chosen, then others that were found, none twice."""
    seen = {one.place for one in chosen}
    for one in chosen:
        for place in _next_to(one.place):
            if place in seen or place not in stored:
                continue
            seen.add(place)
            if neighbour := chunking.beginning(stored[place], max_chars=_LONGEST_NEIGHBOUR):
                yield Hit(neighbour, 0.0)
    for one in others:
        if one.place not in seen:
            yield one.assembled(())


def _next_to(place: Place) -> tuple[Place, ...]:
    """What follows a section explains it more often than what comes before."""
    path, number = place
    return (path, number + 1), (path, number - 1)


def _fitting(hits: Iterable[Hit], room: int) -> Iterator[Hit]:
    for hit in hits:
        room -= _size(hit)
        if room < 0:
            return
        yield hit


def _size(hit: Hit) -> int:
    return len(hit.chunk.breadcrumb) + len(hit.chunk.text)


def _decode(points: Iterable[ScoredPoint]) -> list[Hit]:
    """The points' chunks, each once, since several points lead to one and to decode it takes 14 µs. Those
    that cannot be read are passed over."""
    hits: dict[tuple[Any, Any], Hit] = {}
    for point in points:
        if _place(point.payload) not in hits and (chunk := _read(point.payload)):
            hits[_place(point.payload)] = Hit(chunk, point.score)
    return list(hits.values())


def _place(payload: Mapping[str, Any]) -> tuple[Any, Any]:
    """Path and position of the chunk in a payload."""
    return payload.get("path"), payload.get("position")


def _read(payload: Mapping[str, Any]) -> Chunk | None:
    try:
        return codec.decode(payload)
    except ValueError as error:
        log.warning("point_unreadable", path=payload.get("path"), error=str(error))
        return None
