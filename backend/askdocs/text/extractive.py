"""Answers without a model: the most relevant sentences of the best passages, quoted word for word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from askdocs.text import sentences, tokens
from askdocs.types import Chunk, Hit

_STRINGS = {
    "en": {
        "quoted": "These passages of the documentation match your question:",
        "nothing": "I found nothing in the documentation that answers this.",
        "nearest": "The nearest pages are:",
    },
    "de": {
        "quoted": "Diese Stellen der Dokumentation passen zu Ihrer Frage:",
        "nothing": "In der Dokumentation habe ich nichts gefunden, was das beantwortet.",
        "nearest": "Am nächsten kommen diese Seiten:",
    },
}

_LENGTH = 1200
_OVERHEAD = len("\n\n-  [1]")
_LONGEST_QUOTE = 400
_LONGEST_CODE = 500
_PASSAGES = 4
_QUOTES_PER_PASSAGE = 3

_RETRIEVAL_WEIGHT = 0.3
"""How much of a quote's score depends on its passage's score, the best passage's being 1."""

_WORTH = 0.45
"""What a quote must score, as a share of the best one's score."""

_COLONS = (":", "：")

_ITEMS_ANNOUNCED = 4
"""List items quoted after the sentence that announces them."""

_SAME = 0.8
"""Quotes that share this much of their terms say the same."""

_MARK = re.compile(r"[\[【]\^?\s*\d")
_SYNTAX = re.compile(
    r"`|\*(?=\S)|(?<![^\W_])_(?=\w)|~(?=~)|\[(?=[^\]]*\][(:\[])|<(?=[a-zA-Z/!?])|&(?=#?\w+;)"
    r"|\\(?=[!-/:-@\[-`{-~])|^[#>+-](?=\s)|(?<=^\d)[.)](?=\s)|(?<=^\d\d)[.)](?=\s)"
)
"""What would open something in Markdown; what would close it needs no escape then."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """What is quoted whole or not at all. A table's row has the table's head in `head`."""

    kind: Literal["text", "item", "row", "code"]
    text: str
    head: str = ""


@dataclass(frozen=True, slots=True)
class _Quote:
    """The piece at `place` of the passage that is `hits[hit]`."""

    hit: int
    place: int
    piece: _Piece
    terms: frozenset[str]
    score: float


def compose(question: str, hits: Sequence[Hit], *, language: str = "en") -> str | None:
    """Quotes as Markdown, with marks `[n]` for `hits[n - 1]`; None when no word of the question is there.

    `hits` come best first. Code is quoted whole or not at all.
    """
    wanted = frozenset(tokens.terms(question))
    quotes = [
        quote
        for number, hit in enumerate(hits)
        for quote in _read(number, hit, hits[0].score, wanted)
        if not _repeats(question, quote.piece)
    ]
    headings = [_heading(hit) for hit in hits]
    chosen = _choose(quotes, headings)
    if not chosen:
        return None
    parts = [_strings(language)["quoted"]]
    for number in dict.fromkeys(quote.hit for quote in chosen):
        of_hit = sorted((quote for quote in chosen if quote.hit == number), key=lambda quote: quote.place)
        parts += _render(headings[number], f"[{number + 1}]", [quote.piece for quote in of_hit])
    return "\n\n".join(parts)


def nothing(hits: Sequence[Hit], *, language: str = "en") -> str:
    """What is said when nothing fits, with links to the pages of `hits`."""
    strings = _strings(language)
    if not hits:
        return strings["nothing"]
    return "\n".join([f"{strings['nothing']} {strings['nearest']}", "", *map(_link, hits)])


def _strings(language: str) -> dict[str, str]:
    return _STRINGS.get(re.split("[-_]", language.lower())[0], _STRINGS["en"])


# reading passages


def _read(number: int, hit: Hit, best: float, wanted: frozenset[str]) -> Iterator[_Quote]:
    """The passage's pieces. Those that share no word with `wanted`, nor does their heading, score 0."""
    heading = frozenset(tokens.terms(hit.chunk.breadcrumb))
    trust = 1 - _RETRIEVAL_WEIGHT + _RETRIEVAL_WEIGHT * (hit.score / best if best > 0 else 1)
    for place, piece in enumerate(_pieces(hit.chunk)):
        terms = frozenset(tokens.terms(piece.text))
        shared = wanted & terms if _is_label(piece) else wanted & (terms | heading)
        yield _Quote(number, place, piece, terms, trust * len(shared))


def _is_label(piece: _Piece) -> bool:
    """Whether it says nothing alone: the title of a note, or words that only lead to what follows."""
    return piece.kind == "text" and (piece.text[-1].isalnum() or piece.text.endswith(_COLONS))


def _pieces(chunk: Chunk) -> Iterator[_Piece]:
    """Its sentences; rows of a table that has no head cannot be shown as one."""
    for sentence in sentences.of(chunk.blocks):
        block = sentence.block
        if block.is_code:
            yield _Piece("code", block.markdown)
        elif block.kind == "row":
            if sentence.head:
                yield _Piece("row", sentence.text, sentence.head)
        else:
            yield _Piece("item" if block.kind == "item" else "text", _cut(sentence.text))


def _cut(text: str) -> str:
    """At most so long, ending with a whole word."""
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE].rsplit(maxsplit=1)[0]} …"


def _repeats(question: str, piece: _Piece) -> bool:
    """Whether it asks the same question, as an example of how to ask or the entry of a list may do."""
    asked = question.strip().casefold()
    return asked.endswith(("?", "？")) and asked in piece.text.casefold()


# choosing quotes


def _choose(quotes: Sequence[_Quote], headings: Sequence[str]) -> list[_Quote]:
    """The best quotes that fit, each saying something new, best first."""
    least = _WORTH * max((quote.score for quote in quotes), default=0)
    chosen: list[_Quote] = []
    room = _LENGTH
    for quote in sorted(quotes, key=lambda quote: -quote.score):
        if quote.score <= 0 or quote.score < least:
            break
        added = [quote, *_announced(quote, quotes)]
        size = sum(len(each.piece.text) + len(each.piece.head) + _OVERHEAD for each in added)
        if not any(other.hit == quote.hit for other in chosen):
            size += len(headings[quote.hit])
        if size <= room and _is_welcome(quote, chosen):
            chosen += [each for each in added if each not in chosen]
            room -= size
    return chosen


def _is_welcome(quote: _Quote, chosen: Sequence[_Quote]) -> bool:
    piece = quote.piece
    if quote in chosen or (piece.kind == "code" and len(piece.text) > _LONGEST_CODE):
        return False
    if piece.kind != "code" and _MARK.search(piece.text):  # it would be read as a mark of ours
        return False
    passages = {other.hit for other in chosen}
    if quote.hit not in passages and len(passages) == _PASSAGES:
        return False
    if sum(other.hit == quote.hit for other in chosen) >= _QUOTES_PER_PASSAGE:
        return False
    return not any(_say_the_same(quote, other) for other in chosen)


def _say_the_same(one: _Quote, other: _Quote) -> bool:
    if one.piece.text == other.piece.text:
        return True
    either = one.terms | other.terms
    return len(one.terms & other.terms) >= _SAME * len(either) > 0


def _announced(quote: _Quote, quotes: Sequence[_Quote]) -> list[_Quote]:
    """The code or the first list items that a sentence leads to."""
    if not _is_label(quote.piece):
        return []
    rest = [other for other in quotes if other.hit == quote.hit and other.place > quote.place]
    if rest and rest[0].piece.kind == "code" and quote.piece.text.endswith(_COLONS):
        return [rest[0]] if len(rest[0].piece.text) <= _LONGEST_CODE else []
    items = list(takewhile(lambda other: other.piece.kind == "item", rest))[:_ITEMS_ANNOUNCED]
    return [item for item in items if not _MARK.search(item.piece.text)]


# writing Markdown


def _heading(hit: Hit) -> str:
    """The page and the heading that the passage stands under, without those between."""
    return f"**{_escape(_cut(' › '.join((hit.chunk.title, *hit.chunk.heading[-1:]))))}**"


def _render(heading: str, mark: str, pieces: Sequence[_Piece]) -> Iterator[str]:
    """Blocks of Markdown: the heading, then the quotes."""
    yield heading if any(piece.kind != "code" for piece in pieces) else f"{heading} {mark}"
    block: list[str] = []
    head = ""
    for piece in pieces:
        if block and (piece.kind == "code" or piece.head != head):
            yield "\n".join(block)
            block = []
        head = piece.head
        if piece.kind == "code":
            yield piece.text
        elif piece.kind == "row":
            block += [] if block else [head]
            block.append(f"{piece.text.rstrip('| ')} {mark} |")
        else:
            block.append(f"- {_escape(piece.text)} {mark}")
    if block:
        yield "\n".join(block)


def _escape(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _SYNTAX.sub(r"\\\g<0>", text)


def _link(hit: Hit) -> str:
    label = re.sub(r"[\[\]]", r"\\\g<0>", _escape(_cut(hit.chunk.breadcrumb)))
    url = re.sub(r"[\s()<>\\]", lambda match: f"%{ord(match[0]):02X}", hit.chunk.link)
    return f"- [{label}]({url})"
