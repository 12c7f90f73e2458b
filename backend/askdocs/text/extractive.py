"""Answers without a model: the passage of the docs that answers, in their own words and reading order.

Each piece of a passage (a sentence, an item, a row, a block of code) is scored by how well the part of the
section that it was found in fits, by the words of the question that it and its heading hold, and by how early
it stands. The best ones are quoted, with what they cannot be read without: the code that a sentence
announces, the sentence that announces an item. Then comes the code that fits best, which is read at a glance.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import takewhile

from askdocs.text import pieces, tokens
from askdocs.text.languages import ENGLISH
from askdocs.text.pieces import COLONS, Allow, Piece
from askdocs.types import Hit

WORDS = 120
"""Of prose in an answer, its headings included. What follows was measured on the four evaluation sets: .76 of
the answerable questions find all their facts with what is set here, however sure the retrieval is."""

PASSAGES = 3
"""That an answer quotes at most. Its prose is of the best ones: with the best four or six .01 fewer find
their facts."""

_CODE = 3
"""Blocks in an answer: .71 find their facts with one, .74 with two, .77 with four, .64 without any."""

_CODE_PASSAGES = 6
"""The best ones, whose code may be added: .75 find their facts with that of three, .76 with that of eight."""

_CODE_WORDS = 30
"""Of prose beside `WORDS` that announces what is added: .74 find their facts without, and no more with 60."""

_SECTION = 1.5
_WORDS = 0.6
_LATER = 0.015
"""How much a section's score, the share of the question in words, and each piece that stands before count,
where the score of the part of the section counts 1. Chosen with one set left out at a time: .8 and 3 for
the first find .01 and .02 less, .3 and .9 for the second .02, .01 and 0 for the last .01."""

_NAMED = 0.5
"""Of what a question's terms tell, what the entry of a list of links must hold to be what was asked for, as
"Redis exporter" is for who looks for one. With .4 to .7 the same are quoted."""

_WORTH = 0.5
"""What a quote must score, as a share of the best one's score. With .4 as many find their facts, with .6 .01
less, with .85 .10."""

_NEAR = 0.7
"""What a passage must score for further prose, as a share of the best one's score. With `_WORTH_CODE` .53 of
the citations lead to a right section, where it was .51, and as many questions find their facts; with .8 it is
.54, and .01 fewer find them."""

_WORTH_CODE = 0.6
"""What code of a further passage must score, as a share of the best quote's score. As many find their facts
as without, .01 fewer with .7."""

_BESIDE = 0.06
"""What a quote gains that stands beside one that is chosen already: it is read with what is around it. As
many find their facts as without, in fewer passages; with .2 there are fewer of both."""

_LEAST_ROOM = 15
"""Words that are left when a further passage is begun: less would be a sentence without its surroundings."""

_LONGEST_CODE = 3000
_LONGEST_FOLLOWING = 1200
"""Characters of code that is quoted because it answers, and because it stands below what does."""

_ANNOUNCED = 4
"""Items quoted with the sentence that announces them."""

_LONGEST_LEAD = 30
"""Words of a sentence that is quoted because it announces what answers."""

_GLIMPSE = 40
_GLIMPSE_QUOTES = 2
"""Words and quotes that tell of a page what it has to do with a question which is not answered. On the four
evaluation sets they hold all facts of .04 of the questions, of the .095 that are declined although the docs
answer them; one quote of 30 words does for .03, the titles alone for .015."""

_SAME = 0.8
"""Quotes that share this much of their terms say the same."""


_BETWEEN = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and how much each of its terms tells, which are those of a text in `language`. `excerpt` is
    what it is about, which whoever asks has read."""

    question: str
    weights: Mapping[str, float]
    language: str = ENGLISH
    excerpt: str = ""

    def share(self, held: Set[str]) -> float:
        """Of what its terms tell, the share that these do."""
        told = sum(weight for term, weight in self.weights.items() if term in held)
        return told / (sum(self.weights.values()) or 1.0)


@dataclass(frozen=True, slots=True)
class _Quote:
    """The piece at `place` of the passage that is `hits[hit]`. `asked`: it holds a word of the question;
    `shown`: it may stand in an answer; `near`: its passage scores nearly as much as the best one."""

    hit: int
    place: int
    piece: Piece
    terms: frozenset[str]
    asked: bool
    shown: bool
    near: bool
    score: float


@dataclass(frozen=True, slots=True)
class Quoted:
    """Quotes as Markdown, whose mark `[n]` stands for `hits[n - 1]`; "" where none was found."""

    text: str
    hits: tuple[Hit, ...]


def compose(asked: Asked, hits: Sequence[Hit], *, allow: Allow, renumber: bool = True) -> Quoted:
    """What is quoted of the `hits`, which come best first; nothing when no word of the question is there.

    With `renumber` those that are quoted come first among its hits, in the order of the text.
    """
    all_hits = tuple(hits)
    hits = hits[:_CODE_PASSAGES]
    least = _NEAR * max((hit.score for hit in hits), default=0.0)
    passages = [_read(number, hit, asked, allow, near=hit.score >= least) for number, hit in enumerate(hits)]
    headings = [_heading(hit) for hit in hits]
    chosen = _choose(passages[:PASSAGES], headings)
    chosen += _more_code(chosen, passages, headings)
    quoted = dict.fromkeys(quote.hit for quote in chosen)
    order = list(dict.fromkeys((*quoted, *range(len(all_hits))))) if renumber else list(range(len(all_hits)))
    parts: list[str] = []
    for number in quoted:
        of_hit = sorted((quote for quote in chosen if quote.hit == number), key=lambda quote: quote.place)
        parts += [headings[number], *_render(f"[{order.index(number) + 1}]", of_hit)]
    return Quoted("\n\n".join(parts), tuple(all_hits[number] for number in order))


def glimpse(asked: Asked, hit: Hit, *, allow: Allow) -> str:
    """The best quotes of one passage as a line of Markdown, for readers to see whether it is what they look
    for; "" when no word of the question is there."""
    quotes = [one for one in _read(0, hit, asked, allow, near=True) if one.score and one.piece.kind != "code"]
    chosen: list[_Quote] = []
    room = _GLIMPSE
    for quote in sorted(quotes, key=lambda one: -one.score):
        is_new = not any(_say_the_same(quote, other) for other in chosen)
        if is_new and len(chosen) < _GLIMPSE_QUOTES and quote.piece.words <= room:
            chosen.append(quote)
            room -= quote.piece.words
    chosen.sort(key=lambda one: one.place)
    return " … ".join(map(_in_line, chosen)).replace("\n", " ")


def _in_line(quote: _Quote) -> str:
    piece = quote.piece
    cells = ", ".join(map(str.strip, piece.text.strip(" |").split("|")))
    said = pieces.escape(cells) if piece.kind == "row" else piece.shown
    return f"{piece.term}: {said}" if piece.term else said


# reading passages


def _read(number: int, hit: Hit, asked: Asked, allow: Allow, *, near: bool) -> list[_Quote]:
    heading = frozenset(tokens.terms(hit.chunk.breadcrumb, asked.language))
    own = frozenset(tokens.terms(asked.question, asked.language))
    excerpt = _letters(asked.excerpt)
    read: list[_Quote] = []
    for place, piece in enumerate(pieces.of(hit.chunk.blocks, allow)):
        terms = frozenset(tokens.terms(f"{piece.term} {piece.text}", asked.language))
        named = piece.is_entry and asked.share(terms) >= _NAMED
        held = terms | heading
        if piece.is_bare:  # `Default: true` answers who asks for a default, not for what is true
            said = f"{piece.term} {piece.said}"
            held = terms if piece.is_label or named else frozenset(tokens.terms(said, asked.language))
        shared = asked.share(held)
        fit = hit.scores[piece.block] if hit.scores else hit.score
        score = fit + _SECTION * hit.score + _WORDS * shared - _LATER * place
        shown = (piece.is_quotable or named) and not _repeats(asked.question, piece)
        is_known = bool(excerpt) and terms.isdisjoint(own) and _letters(piece.text) in excerpt
        score = score if shared and shown and not is_known else 0.0
        holds = not terms.isdisjoint(asked.weights)
        read.append(_Quote(number, place, piece, terms, holds, shown, near, score))
    return read


def _letters(text: str) -> str:
    """All that is the same in a text and in what is marked of it in a browser."""
    return _BETWEEN.sub("", text.casefold())


def _repeats(question: str, piece: Piece) -> bool:
    """Whether it asks the same question, as an example of how to ask or the entry of a list may do."""
    asked = question.strip().casefold()
    return asked.endswith(("?", "？")) and asked in piece.text.casefold()


# choosing quotes


def _choose(passages: Sequence[Sequence[_Quote]], headings: Sequence[str]) -> list[_Quote]:
    """The best quotes that fit, with what they need, each saying something new, best first."""
    quotes = [quote for passage in passages for quote in passage if quote.score > 0]
    least = _WORTH * max((quote.score for quote in quotes), default=0.0)
    chosen: list[_Quote] = []
    room = WORDS
    while quotes:
        beside = {(quote.hit, quote.place + step) for quote in chosen for step in (-1, 1)}
        quote = max(quotes, key=lambda one: one.score + _BESIDE * ((one.hit, one.place) in beside))
        quotes.remove(quote)
        if quote.score < least or (quote.piece.kind == "code" and _blocks(chosen) >= _CODE):
            continue
        is_new = all(quote.hit != other.hit for other in chosen)
        if chosen and is_new and not (_adds(quote) and room >= _LEAST_ROOM):
            continue
        bundle = [each for each in _bundle(quote, passages[quote.hit]) if each not in chosen]
        if chosen and is_new and _blocks(bundle) == len(bundle):  # which no mark would say where it is from
            continue
        size = sum(each.piece.words for each in bundle) + (len(headings[quote.hit].split()) if is_new else 0)
        if quote in bundle and size <= room and not any(_say_the_same(quote, other) for other in chosen):
            chosen += bundle
            room -= size
    return chosen


def _more_code(
    chosen: Sequence[_Quote], passages: Sequence[Sequence[_Quote]], headings: Sequence[str]
) -> list[_Quote]:
    """The best blocks of code that are not quoted yet; from another passage only with what announces them."""
    added: list[_Quote] = []
    quoted = {quote.hit for quote in chosen}
    room = WORDS + _CODE_WORDS - _size(chosen, headings)
    least = _WORTH_CODE * max((quote.score for passage in passages for quote in passage), default=0.0)
    blocks = [
        quote
        for passage in passages
        for quote in passage
        if quote.score > 0 and quote.piece.kind == "code" and len(quote.piece.text) <= _LONGEST_FOLLOWING
    ]
    for quote in sorted(blocks, key=lambda one: -one.score):
        bundle = [quote] if quote.hit in quoted else _bundle(quote, passages[quote.hit])
        size = 0 if quote.hit in quoted else _size(bundle, headings)
        is_worth = quote.score >= least and len(bundle) > 1
        fits = quote.hit in quoted or (is_worth and len(quoted) < PASSAGES and size <= room)
        known = (*chosen, *added)
        if fits and _blocks(known) < _CODE and not any(_say_the_same(quote, other) for other in known):
            added += bundle
            quoted.add(quote.hit)
            room -= size
    return added


def _blocks(quotes: Iterable[_Quote]) -> int:
    """Of code."""
    return sum(one.piece.kind == "code" for one in quotes)


def _size(quotes: Iterable[_Quote], headings: Sequence[str]) -> int:
    """Words of prose, those of the headings included."""
    quotes = list(quotes)
    return sum(one.piece.words for one in quotes) + sum(
        len(headings[hit].split()) for hit in {one.hit for one in quotes}
    )


def _adds(quote: _Quote) -> bool:
    """Whether it is worth another passage: that one is nearly as good as the best, and this says something
    and holds a word of the question itself."""
    return quote.near and quote.asked and not quote.piece.is_bare


def _say_the_same(one: _Quote, other: _Quote) -> bool:
    either = one.terms | other.terms
    return one.piece.text == other.piece.text or len(one.terms & other.terms) >= _SAME * len(either) > 0


def _bundle(quote: _Quote, passage: Sequence[_Quote]) -> list[_Quote]:
    """The quote with what it cannot be read without; nothing if that cannot be shown."""
    piece, place = quote.piece, quote.place
    before = passage[place - 1] if place else None
    following = list(passage[place + 1 :])
    if piece.kind == "code":
        if len(piece.text) > _LONGEST_CODE:
            return []
        leads = before is not None and before.piece.kind in ("text", "item") and _fits_lead(before)
        return [before, quote] if before is not None and leads else [quote]
    if piece.kind in ("item", "row"):
        lead = next((each for each in reversed(passage[:place]) if each.piece.kind != piece.kind), None)
        leads = lead is not None and lead.piece.kind == "text" and lead.piece.text.endswith(COLONS)
        more = _code_after(following) if piece.text.endswith(COLONS) else []
        return [lead, quote, *more] if lead is not None and leads and _fits_lead(lead) else [quote, *more]
    more = _code_after(following)
    if more or not piece.is_label:
        return [quote, *more]
    kind = following[0].piece.kind if following else "code"
    if kind == "code":
        return []
    if kind == "text":
        return [quote, *more] if (more := _bundle(following[0], passage)) else []
    listed = list(takewhile(lambda each: each.piece.kind == kind, following))[:_ANNOUNCED]
    return [quote, *listed] if all(each.shown for each in listed) else []


def _code_after(following: Sequence[_Quote]) -> list[_Quote]:
    if not following or following[0].piece.kind != "code" or not following[0].shown:
        return []
    return list(following[:1]) if len(following[0].piece.text) <= _LONGEST_FOLLOWING else []


def _fits_lead(quote: _Quote) -> bool:
    return quote.shown and quote.piece.words <= _LONGEST_LEAD


# writing Markdown


def _heading(hit: Hit) -> str:
    """The page and the heading that the passage stands under, without those between."""
    names = dict.fromkeys((hit.chunk.title, *hit.chunk.heading[-1:]))
    return f"**{pieces.escape(' › '.join(names))}**"


def _render(mark: str, quotes: Sequence[_Quote]) -> Iterator[str]:
    """Blocks of Markdown in reading order; what is left out within a paragraph shows as an ellipsis."""
    written = ""
    before: _Quote | None = None
    for quote in quotes:
        piece = quote.piece
        if piece.kind == "code":
            text = piece.shown
        elif piece.kind == "row":
            text = f"{piece.shown} {mark} |"
        else:
            text = f"{piece.marker}{piece.shown} {mark}"
        if piece.term and (before is None or before.piece.term != piece.term):
            text = f"{piece.term}  \n{text}"
        if before is not None and before.piece.block == piece.block:
            gap = " " if before.place + 1 == quote.place else " … "
            written += gap + text
        elif before is not None and _goes_on(before.piece, piece):
            written += "\n" + text
        else:
            if written:
                yield written
            written = f"{piece.head}\n{text}" if piece.kind == "row" else text
        before = quote
    if written:
        yield written


def _goes_on(above: Piece, piece: Piece) -> bool:
    """Whether both stand in one list or one table."""
    return above.kind == piece.kind != "text" and piece.kind != "code" and above.head == piece.head
