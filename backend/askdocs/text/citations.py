"""Resolves citation marks in a streamed answer, and checks each against the passage it cites.

Models write marks as `[1]`, `[1, 2]`, `[^1]` or `【1】`. What leaves here is always `[1]` or `[1][2]`, and
only marks whose passage exists and supports the claim before them; code is left alone, wherever every reader
of Markdown sees it, as `links.LinkFilter` sees to. A mark is decided as it passes, since text that was sent
cannot be taken back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from askdocs.text import alignment, fences, fragments
from askdocs.text.alignment import Alignment, Passage
from askdocs.text.details import Terms
from askdocs.text.fences import Fence
from askdocs.text.spans import Span
from askdocs.types import Citation, Hit, Support

_ONE_MARK = r"\\?[\[【［]\^?\s*\d{1,3}(?:\s*[,;]\s*\^?\d{1,3})*\s*\\?[\]】］]"
_MARK = re.compile(rf"{_ONE_MARK}(?: ?{_ONE_MARK})*")
_MARK_GOES_ON = re.compile(r" ?(?:\\?[\[【［][\^\d\s,;]*)?\\?\Z")
_MARK_BEGINNING = re.compile(r"\\?[\[【［][\^\d\s,;]*\\?\Z|\\\Z")
_SPECIAL = re.compile(r"[\\\[【［`\n]")
_LONGEST_MARK = 40
_PARTED = ("`", "~", "\\")
_FARTHEST = 2000
"""Characters of a line that are waited for to see whether it begins or ends code: as in `links`."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A mark at which the stream waits, since words did not decide whether one of `candidates`, spans of
    passage `index`, supports the claim. `weak` is what words alone would settle for, None to drop it."""

    index: int
    claim: str
    candidates: tuple[Span, ...]
    weak: Span | None


class CitationStream:
    """A reducer over the text of one answer: `feed` deltas, emit what it returns, `close` at the end.

    `hits[n - 1]` is what the mark n cites. A mark is dropped when there is no such passage, or when no span
    of it supports what was said since the mark before. A claim without a single term, or in another
    language than the passage, cannot be checked by words and is believed if its numbers are right.

    Up to `doubts` times a mark that words do not decide is held back: `doubt` then says what is asked, and
    `settle` goes on.
    """

    def __init__(self, hits: Sequence[Hit], *, terms: Terms, doubts: int = 0) -> None:
        self._chunks = [hit.chunk for hit in hits]
        self._terms = terms
        self._doubts = doubts
        self._passages: dict[int, Passage] = {}
        self._citations: list[Citation] = []
        self._lost = 0
        self._doubt: Doubt | None = None
        self._settled: dict[int, Span | None] = {}
        self._final = False
        self._held = ""
        self._at_line_start = True
        self._fence: Fence | None = None
        self._code: list[str] = []
        self._code_span = ""
        self._line = ""
        self._said = ""
        self._claim = alignment.claim("", terms)
        self._emitted: list[str] = []
        self._last = ""

    @property
    def text(self) -> str:
        """What has been emitted so far."""
        return "".join(self._emitted)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What the marks emitted so far cite, one for each, in their order."""
        return tuple(self._citations)

    @property
    def support(self) -> Support:
        """How much of what was marked is supported."""
        if not self._citations:
            return "unsupported"
        return "partly" if self._lost else "supported"

    @property
    def doubt(self) -> Doubt | None:
        return self._doubt

    def feed(self, delta: str) -> str:
        return self._advance(self._held + delta)

    def close(self) -> str:
        self._final = True
        return self._advance(self._held)

    def settle(self, span: Span | None) -> str:
        """Go on after a doubt: `span` supports the claim, or None does."""
        if self._doubt is not None:
            self._settled[self._doubt.index] = span
        self._doubt = None
        return self._advance(self._held)

    def _advance(self, text: str) -> str:
        if self._doubt is not None:
            self._held = text
            return ""
        out: list[str] = []
        at = 0
        while at < len(text):
            if self._at_line_start:
                begun = self._begin_line(text[at:], out)
                if begun is None:
                    break
                at += begun
                continue
            special = _SPECIAL.search(text, at)
            stop = special.start() if special else len(text)
            self._keep(text[at:stop], out)
            if special is None:
                at = stop
                break
            taken = self._take(text, stop, out)
            if taken == 0:
                at = stop
                break
            at = stop + taken
        emitted = "".join(out)
        self._held = text[at:]
        if emitted.endswith(" ") and (self._held or not self._final):
            # It goes when a mark that follows is dropped.
            emitted = emitted[:-1]
            self._line, self._said = self._line[:-1], self._said[:-1]
            self._held = " " + self._held
        self._emitted.append(emitted)
        self._last = (self._last + emitted)[-2:]
        return emitted

    def _begin_line(self, ahead: str, out: list[str]) -> int | None:
        """Take a line that begins or ends a block of code; how many characters that used, None to wait."""
        line, ended, _ = ahead.partition("\n")
        is_whole = bool(ended) or self._final or len(line) > _FARTHEST
        if self._fence and (lead := self._fence.lead(line)) is not None:
            if not is_whole and fences.CODE_LINE_OPEN.match(line):
                return None
            is_end = is_whole and self._fence.is_end(line[len(lead) :])
            if is_end:
                self._claim = alignment.code_claim("\n".join(self._code[1:]), self._terms)
                self._code, self._fence = [], None
            self._at_line_start = False
            return self._keep(line, out) if is_end else 0
        fence = fences.begins(line) if len(line) < _FARTHEST else None
        if not is_whole and (fence or fences.LEAD_OPEN.match(line)):
            return None
        self._fence, self._code = fence, []
        self._at_line_start = False
        return self._keep(line, out) if fence else 0

    def _take(self, text: str, at: int, out: list[str]) -> int:
        """Handle the special character at `at`; how many characters that used, 0 to wait for more."""
        if text[at] == "\n":
            self._end_line()
            out.append("\n")
            return 1
        if self._fence:
            return self._keep(text[at], out)
        if text[at] == "`":
            return self._take_code(text, at, out)
        if self._code_span:
            return self._keep(text[at], out)
        if mark := _MARK.match(text, at):
            if not self._final and _MARK_GOES_ON.match(text, mark.end()) and len(text) - at < _LONGEST_MARK:
                return 0
            if not self._resolve(mark[0], out):
                return 0
            if text.startswith("(", mark.end()) and out[-1].endswith("]"):
                out.append(" ")  # else it were a link
            return mark.end() - at
        waiting = _MARK_BEGINNING.match(text, at) and len(text) - at < _LONGEST_MARK
        if waiting and not self._final:
            return 0
        is_escape = text.startswith(("\\`", "\\\\"), at)
        return self._keep(text[at : at + 1 + is_escape], out)

    def _take_code(self, text: str, at: int, out: list[str]) -> int:
        run = text[at : len(text) - len(text[at:].lstrip("`"))]
        if at + len(run) == len(text) and not self._final and len(run) < _LONGEST_MARK:
            return 0
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
        if self._fence:
            self._code.append(self._line)
        elif self._line.strip():
            self._note_claim()
        else:
            self._code_span = ""
        self._line = self._said = ""
        self._at_line_start = True

    def _note_claim(self) -> None:
        """What was said since the last mark is the claim of the next, unless it says nothing."""
        said = alignment.claim(self._said, self._terms)
        if said.terms:
            self._claim = said

    def _resolve(self, numbers: str, out: list[str]) -> bool:
        """Emit what is left of a mark; False to wait, in doubt."""
        self._note_claim()
        decided = self._decide(numbers)
        if decided is None:
            return False
        self._said = ""
        self._settled.clear()
        for index, span in decided:
            self._cite(index, span)
        if decided:
            out.append("".join(f"[{index}]" for index, _ in decided))
        else:
            self._drop(out)
        return True

    def _drop(self, out: list[str]) -> None:
        """Emit nothing for a mark, and take back the space before it, unless two runs of code marks would
        become one, an escape escape what follows, or what stands around it become a mark."""
        before = (self._last + "".join(out))[-2:]
        if out and out[-1].endswith(" ") and before[:1] not in _PARTED:
            out[-1] = out[-1][:-1]
        elif before[-1:] in _PARTED or _MARK_BEGINNING.search(self._line[-_LONGEST_MARK:]):
            out.append(" ")

    def _decide(self, numbers: str) -> list[tuple[int, Span | None]] | None:
        """Which passages of a mark support the claim, and with which span; None in doubt."""
        kept: list[tuple[int, Span | None]] = []
        lost = 0
        indexes = dict.fromkeys(int(number) for number in re.findall(r"\d+", numbers))
        for index in indexes:
            passage = self._passage(index)
            found = passage.align(self._claim, parts=len(indexes)) if passage else Alignment(None)
            span = self._settled.get(index, found.span)
            is_asked = found.is_open and self._claim.terms and self._doubts and index not in self._settled
            if passage and is_asked and (spans := passage.candidates(self._claim, parts=len(indexes))):
                self._doubts -= 1
                self._doubt = Doubt(index, self._claim.text, spans, found.span)
                return None
            if span or found.is_believed:
                kept.append((index, span))
            else:
                lost += 1
        self._lost += lost
        return kept

    def _passage(self, index: int) -> Passage | None:
        if not 1 <= index <= len(self._chunks):
            return None
        if index not in self._passages:
            self._passages[index] = Passage(self._chunks[index - 1], self._terms)
        return self._passages[index]

    def _cite(self, index: int, span: Span | None) -> None:
        chunk = self._chunks[index - 1]
        self._citations.append(
            Citation(
                index=index,
                url=chunk.link,
                title=chunk.title,
                heading=" > ".join(chunk.heading),
                quote=span.text if span else "",
                occurrence=len(self._citations),
                fragment=fragments.directive(span) if span else "",
            )
        )
