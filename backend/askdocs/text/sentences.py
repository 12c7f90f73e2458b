"""Cuts text into sentences: what chunking, quoting and citing all mean by the word.

A sentence ends at a full stop, a question or exclamation mark or an ellipsis, with the closing quotes and
brackets after it, before white space; in scripts without spaces at their own full stop. Not every such mark
ends one: not after an abbreviation or an ordinal, nor within brackets that the sentence goes on after. Where
both readings are possible two sentences stay together, since half a sentence misleads and two do not.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from askdocs.types import Block

LONGEST_ITEM = 300
"""Characters up to which a list's item stays whole, because its first words say what the rest is about. What
is longer is rather paragraphs with a bullet."""

LONGEST_BRACKETS = 300
"""Characters between two brackets beyond which they are rather no pair. The longest pair within a sentence of
the four evaluation corpora has 149."""

LOOK_BACK = 40
"""Characters before a full stop in which the word that it follows is looked for."""

_MARK = re.compile(
    r"(?P<line>\n)"
    r"|(?P<wide>[。！？｡]+)[」』）】〉》”’\"')\]]*"
    r"|(?P<stop>[.!?…؟۔।]+)(?P<closing>[)\]}\"'’”»›*_`]*)"
)
MARKER = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+")
_SPACE = re.compile(r"\s*")
_BRACKET = re.compile(r"[()\n]")
_NEXT_LETTER = re.compile(r"[\W_]{0,8}([^\W_])")
_QUOTATION_GOES_ON = re.compile(r"と|って")
_OPENING_BRACKETS = "([{“‘„«‹<"
_OPENING = _OPENING_BRACKETS + "\"'*_`|"

_INITIALS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")  # e.g., z.B., U.S.
_SECOND_INITIAL = re.compile(r"(?:^|[\s(])[^\W\d_]\.\s[^\W\d_]\Z")  # the B of "z. B."
_INITIAL = re.compile(r"\s+[^\W\d_]\.")

_TITLES = frozenset({"Dr", "Jr", "Mr", "Mrs", "Ms", "Prof", "Sr", "St"})
_NEVER_LAST = """
    approx bspw bzw ca cf circa eg evtl excl exkl ggf ie incl inkl insb resp sog vgl viz vs zzgl
"""
_BEFORE_NUMBERS = """
    abb abs anm apr art aug bd ch dec dez eq feb fig figs jan jul jun kap mar no nos nov nr oct okt par pp rev
    sec sect sep sept tab ver vers vol ziff
"""
_BEFORE_LOWER_CASE = "a.m al co corp dept engl esp etc inc ltd max min mio mrd orig p.m ph.d std usw"
_GOES_ON = frozenset(_NEVER_LAST.split())
_GOES_ON_WITH_NUMBERS = frozenset(_BEFORE_NUMBERS.split())
_GOES_ON_IN_LOWER_CASE = frozenset(_BEFORE_LOWER_CASE.split())

_ORDINAL = re.compile(
    r"\b(?:der|die|das|dem|den|des|am|beim|im|ins|vom|zum|zur|jede[mnrs]?|ein(?:e[mnrs]?)?)\s+\d+\Z",
    re.IGNORECASE,
)
_MONTH = re.compile(
    r"\s+(?:Jan|Jän|Feb|März|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)[a-z]*\b",
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """What can be quoted by itself: a sentence of prose, a list's item, a table's row, a block of code.

    `text` is as the block has it, without an item's marker. `head` is that of a row's table, "" for all else
    and in a table without one.
    """

    text: str
    block: Block
    head: str = ""


def of(blocks: Iterable[Block]) -> Iterator[Sentence]:
    """What the blocks say, in reading order. A table's head says nothing without a row."""
    head = ""
    for block in blocks:
        if block.kind != "row":
            head = block.text if block.kind == "head" else ""
        if block.kind == "row" or block.is_code:
            yield Sentence(block.text if block.is_code else block.text.strip(), block, head)
        elif block.kind != "head":
            yield from _of_line(block)


def _of_line(block: Block) -> Iterator[Sentence]:
    text = MARKER.sub("", block.text, count=1) if block.kind == "item" else block.text
    is_whole = block.kind == "item" and len(text) <= LONGEST_ITEM
    for part in [text] if is_whole else split(text):
        if any(map(str.isalnum, part)):
            yield Sentence(part.strip(), block)


def split(text: str) -> list[str]:
    """The sentences in reading order, each with the white space after it: joined they give the text back.

    A line's end is a sentence's, so a text in hard-wrapped lines has to be unwrapped before. Linear in the
    length of the text.
    """
    ends = [0, *_ends(text)]
    if ends[-1] < len(text):
        ends.append(len(text))
    return [text[start:end] for start, end in pairwise(ends)]


def _ends(text: str) -> Iterator[int]:
    """Where sentences end, after the white space that follows; ascending."""
    last = 0
    kept_together = _brackets(text)
    for mark in _MARK.finditer(text):
        if mark.end() <= last or (not mark["line"] and _is_inside(mark.start(), kept_together)):
            continue
        if mark["line"] or (_ends_wide(text, mark) if mark["wide"] else _ends_spaced(text, mark, last)):
            space = _SPACE.match(text, mark.end())
            last = space.end() if space else mark.end()
            yield last


def _ends_wide(text: str, mark: re.Match[str]) -> bool:
    has_closing = mark.end() > mark.end("wide")
    return not (has_closing and _QUOTATION_GOES_ON.match(text, mark.end()))


def _ends_spaced(text: str, mark: re.Match[str], start: int) -> bool:
    """Whether the mark ends the sentence that began at `start`."""
    stop, at = mark["stop"], mark.start()
    if not text[mark.end() : mark.end() + 1].isspace():
        return False
    following = _NEXT_LETTER.match(text, mark.end())
    letter = following[1] if following else ""
    is_detached = at == start or text[at - 1].isspace() or text[at - 1] in _OPENING_BRACKETS
    if stop == "." and not is_detached:
        return not _goes_on(text, mark, start, letter)
    if stop == ".":  # a folder, or what is left where a link or an image stood before the full stop
        return at > start and text[at - 1].isspace() and letter.isupper()
    if "…" in stop or stop.startswith(".."):
        return not is_detached and letter.isalpha() and not letter.islower()
    return not letter.islower() and not (is_detached and stop.endswith("."))


def _goes_on(text: str, mark: re.Match[str], start: int, letter: str) -> bool:
    """Whether what stands before a single full stop, or after it, says that the sentence goes on.

    A word in lower case may begin a sentence in documentation, as names of commands and options do, so it
    decides nothing after an ordinary word: of the 64 such places in the four evaluation corpora one is
    within a sentence.
    """
    at, after = mark.start(), mark.end()
    before = text[max(start, at - LOOK_BACK) : at]
    word = before.split()[-1].lstrip(_OPENING) if before.strip() else ""
    known = (
        word.casefold() if not (word.isupper() and len(word) > 1) else ""
    )  # IE and CA are no abbreviations
    if mark["closing"] and letter.islower():
        return True
    if known in _GOES_ON_IN_LOWER_CASE:
        return letter.islower()
    if word.isdigit():
        return before.strip(_OPENING + " \t") == word or bool(
            _ORDINAL.search(before) or _MONTH.match(text, after)
        )
    if len(word) == 1 and word.isalpha():
        is_initial = _INITIAL.match(text, after) or _SECOND_INITIAL.search(before)
        return bool(is_initial) or letter.islower() or letter.isdigit()
    return (
        word in _TITLES
        or known in _GOES_ON
        or bool(_INITIALS.fullmatch(word))
        or (known in _GOES_ON_WITH_NUMBERS and letter.isdigit())
    )


def _brackets(text: str) -> list[tuple[int, int]]:
    """Pairs of round brackets that stand within a sentence, outermost only, in reading order.

    A pair that closes right after the end of a sentence holds whole ones, and is left out.
    """
    pairs: list[tuple[int, int]] = []
    opened: list[int] = []
    for bracket in _BRACKET.finditer(text):
        at = bracket.start()
        if bracket[0] == "(":
            opened.append(at)
        elif bracket[0] == "\n":
            opened.clear()
        elif opened:
            start = opened.pop()
            if at - start <= LONGEST_BRACKETS and text[at - 1] not in ".!?…":
                while pairs and pairs[-1][0] > start:
                    pairs.pop()
                pairs.append((start, at))
    return pairs


def _is_inside(at: int, pairs: list[tuple[int, int]]) -> bool:
    place = bisect(pairs, (at, 0)) - 1
    return place >= 0 and at < pairs[place][1]
