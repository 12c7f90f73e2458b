"""Resolves citation marks in a streamed answer, and checks each against the passage it cites.

Models write marks as `[1]`, `[1, 2]`, `[^1]` or `【1】`. What leaves here is always `[1]` or `[1][2]`, and
only marks whose passage exists and shares words with the claim; code is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from askdocs.text import sentences
from askdocs.types import Chunk, Citation, Hit

Terms = Callable[[str], Sequence[str]]

_MARK = re.compile(r"[\[【]\^?\s*(\d{1,3}(?:\s*[,;]\s*\^?\d{1,3})*)\s*[\]】]")
_MARK_BEGINNING = re.compile(r"[\[【][\^\d\s,;]*\Z")
_SPECIAL = re.compile(r"[\[【`~\n]")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_LONGEST_MARK = 40
_LONGEST_QUOTE = 300


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    terms: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Passage:
    """A chunk that is cited. `terms` are those of its text and of its breadcrumb."""

    chunk: Chunk
    quotable: Sequence[_Sentence]
    terms: frozenset[str]


class CitationStream:
    """A reducer over the text of one answer: `feed` deltas, emit what it returns, `close` at the end.

    `hits[n - 1]` is what the mark n cites. A mark is dropped when there is no such passage, or when its claim
    (what its line says since the mark before) shares no term with the passage. Claims without a single term,
    or in another script than the passage, cannot be checked this way and are believed.
    """

    def __init__(self, hits: Sequence[Hit], *, terms: Terms) -> None:
        self._chunks = [hit.chunk for hit in hits]
        self._terms = terms
        self._passages: dict[int, _Passage] = {}
        self._citations: dict[int, Citation] = {}
        self._held = ""
        self._fence = ""
        self._code_span = ""
        self._line = ""
        self._said = ""
        self._claim = ""
        self._claimed: frozenset[str] = frozenset()
        self._emitted: list[str] = []

    @property
    def text(self) -> str:
        """What has been emitted so far."""
        return "".join(self._emitted)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What the marks emitted so far cite, by index."""
        return tuple(self._citations[index] for index in sorted(self._citations))

    def feed(self, delta: str) -> str:
        return self._advance(self._held + delta, final=False)

    def close(self) -> str:
        return self._advance(self._held, final=True)

    def _advance(self, text: str, *, final: bool) -> str:
        out: list[str] = []
        at = 0
        while at < len(text):
            special = _SPECIAL.search(text, at)
            stop = special.start() if special else len(text)
            self._keep(text[at:stop], out)
            if special is None:
                at = stop
                break
            taken = self._take(text, stop, out, final=final)
            if taken == 0:
                at = stop
                break
            at = stop + taken
        emitted = "".join(out)
        self._held = text[at:]
        if emitted.endswith(" ") and not final:  # it goes when a mark that follows is dropped
            emitted = emitted[:-1]
            self._line, self._said = self._line[:-1], self._said[:-1]
            self._held = " " + self._held
        self._emitted.append(emitted)
        return emitted

    def _take(self, text: str, at: int, out: list[str], *, final: bool) -> int:
        """Handle the special character at `at`; how many characters that used, 0 to wait for more."""
        if text[at] == "\n":
            self._end_line()
            out.append("\n")
            return 1
        if text[at] in "`~":
            return self._take_code(text, at, out, final=final)
        if self._fence or self._code_span:
            return self._keep(text[at], out)
        if mark := _MARK.match(text, at):
            self._resolve(mark[1], out)
            return mark.end() - at
        waiting = _MARK_BEGINNING.match(text, at) and len(text) - at < _LONGEST_MARK
        return 0 if waiting and not final else self._keep(text[at], out)

    def _take_code(self, text: str, at: int, out: list[str], *, final: bool) -> int:
        end = at
        while end < len(text) and text[end] == text[at]:
            end += 1
        if end == len(text) and not final and end - at < _LONGEST_MARK:
            return 0
        run = text[at:end]
        opens_fence = len(run) >= 3 and not self._line.strip(" ")
        if self._fence:
            if opens_fence and run[0] == self._fence[0] and len(run) >= len(self._fence):
                self._fence = ""
        elif opens_fence and _FENCE.match(self._line + run):
            self._fence = run
        elif run[0] == "`":
            if not self._code_span:
                self._code_span = run
            elif run == self._code_span:
                self._code_span = ""
        return self._keep(run, out)

    def _keep(self, text: str, out: list[str]) -> int:
        out.append(text)
        self._line += text
        self._said += text
        return len(text)

    def _end_line(self) -> None:
        if not self._line.strip():
            self._code_span = ""
        elif not self._fence:
            self._note_claim()
        self._line = self._said = ""

    def _resolve(self, numbers: str, out: list[str]) -> None:
        self._note_claim()
        self._said = ""
        kept = [
            index
            for index in dict.fromkeys(int(number) for number in re.findall(r"\d+", numbers))
            if self._cite(index)
        ]
        if kept:
            out.append("".join(f"[{index}]" for index in kept))
            return
        if out and out[-1].endswith(" "):
            out[-1] = out[-1][:-1]

    def _note_claim(self) -> None:
        """What was said since the last mark is the claim of the next, unless it says nothing."""
        if said := frozenset(self._terms(self._said)):
            self._claim, self._claimed = self._said, said

    def _cite(self, index: int) -> bool:
        if not 1 <= index <= len(self._chunks):
            return False
        if index not in self._passages:
            self._passages[index] = _passage(self._chunks[index - 1], self._terms)
        passage, claimed = self._passages[index], self._claimed
        chunk = passage.chunk
        if claimed and claimed.isdisjoint(passage.terms) and _same_script(self._claim, chunk.text):
            return False
        if index not in self._citations or not self._citations[index].quote:
            self._citations[index] = Citation(
                index=index,
                url=chunk.link,
                title=chunk.title,
                heading=" > ".join(chunk.heading),
                quote=_quote(passage.quotable, claimed),
            )
        return True


def _passage(chunk: Chunk, terms: Terms) -> _Passage:
    quotable = tuple(_Sentence(text, frozenset(terms(text))) for text in _quotable(chunk))
    return _Passage(chunk, quotable, frozenset(terms(f"{chunk.breadcrumb}\n{chunk.text}")))


def _quotable(chunk: Chunk) -> Iterator[str]:
    """The chunk's sentences, and of its code each line: no claim rests on a whole block."""
    for sentence in sentences.of(chunk.blocks):
        if not sentence.block.is_code:
            yield sentence.text
        else:
            yield from filter(None, map(str.strip, sentence.text.split("\n")))


def _quote(quotable: Sequence[_Sentence], claimed: frozenset[str]) -> str:
    """The sentence that carries most of the claim, "" when none shares two of its terms.

    Overlap is divided by the root of the sentence's length, so that length alone does not win.
    """
    best, best_score = "", 0.0
    for sentence in quotable:
        shared = len(sentence.terms & claimed)
        if shared < min(2, len(claimed)) or not shared or len(sentence.text) > _LONGEST_QUOTE:
            continue
        score = shared / (len(sentence.terms) + 4) ** 0.5
        if score > best_score:
            best, best_score = sentence.text, score
    return best


def _same_script(one: str, other: str) -> bool:
    """Whether both texts are mostly ASCII or both mostly not: a rough sign that words can be compared."""
    return _is_ascii(one) == _is_ascii(other)


def _is_ascii(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    return sum(character.isascii() for character in letters) * 2 >= len(letters)
