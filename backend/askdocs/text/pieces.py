"""What can be quoted of a passage, piece by piece, and how Markdown shows it as its page does.

Inline code and links stay, and what describes an image goes; all else is escaped, so that it shows as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from askdocs.text import sentences
from askdocs.types import Block, Inline

Allow = Callable[[str], bool]
"""Whether an answer may link to an address."""

COLONS = (":", "：")
_LEADING = (*COLONS, "?", "？")

LONGEST = 60
"""Words of a sentence, after which it is cut: half of an answer."""

_LONGEST_TITLE = 10
"""Words of a line without a full stop that may be the title of what follows."""

_FEW_WORDS = 5
"""Words of its own that a piece needs to be read for its heading's sake; 4 and 7 give the same answers."""

_MARK = re.compile(r"[\[【]\^?\s*\d")
_MARKER = re.compile(r"\s*([-*+]|\d+[.)])\s+")
_SYNTAX = re.compile(
    r"`|\*(?=\S)|(?<![^\W_])_(?=\w)|~(?=~)|\[(?=[^\]]*\][(:\[])|<(?=[a-zA-Z/!?])|&(?=#?\w+;)"
    r"|\\(?=[!-/:-@\[-`{-~])|^[#>+-](?=\s)|(?<=^\d)[.)](?=\s)|(?<=^\d\d)[.)](?=\s)"
)
"""What would open something in Markdown; what would close it needs no escape then."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What is quoted whole or not at all: a sentence, an item of a list, a row of a table, a block of code.

    `block` counts the passage's blocks. `text` is as the page has it, `shown` the Markdown for it, without
    what stands before it: an item's `marker`, the `head` of a row's table, the `term` that is defined, also
    Markdown. `said` is what is neither code nor within a link.
    """

    kind: Literal["text", "item", "row", "code"]
    block: int
    text: str
    shown: str
    marker: str = ""
    head: str = ""
    said: str = ""
    term: str = ""

    @property
    def words(self) -> int:
        """Of prose: code is not read word by word."""
        return 0 if self.kind == "code" else len(f"{self.term} {self.text}".split())

    @property
    def is_label(self) -> bool:
        """Whether it says nothing alone: the title of a note, a question, words that lead to what follows."""
        if self.kind != "text":
            return False
        return self.text.endswith(_LEADING) or (self.text[-1].isalnum() and self.words <= _LONGEST_TITLE)

    @property
    def is_bare(self) -> bool:
        """Whether it hardly says anything, as `Type: boolean` does, the name of a file or the entry of an
        index: the words of its heading do not make an answer of it."""
        return self.is_label or (self.kind != "code" and len(self.said.split()) < _FEW_WORDS)

    @property
    def is_entry(self) -> bool:
        """Whether it is an item of a list that is nothing but a link."""
        return self.kind == "item" and self.said == "" and not _MARK.search(self.shown)

    @property
    def is_quotable(self) -> bool:
        """Not what would be read as a mark of ours, nor what is left of a row or of nothing but links."""
        return self.kind == "code" or (
            self.said != ""
            and not _MARK.search(self.shown)
            and (self.kind == "row" or "|" not in (self.text[0], self.text[-1]))
        )


def of(blocks: Sequence[Block], allow: Allow) -> list[Piece]:
    """In reading order. Rows of a table that has no head cannot be shown as one."""
    numbers = {id(block): number for number, block in enumerate(blocks)}
    terms = _terms(blocks, allow)
    pieces: list[Piece] = []
    at = 0
    for sentence in sentences.of(blocks):
        number, block = numbers[id(sentence.block)], sentence.block
        if block.is_code:
            pieces.append(Piece("code", number, block.text, block.markdown))
        elif block.kind == "row":
            head = block if not sentence.head else next(one for one in blocks if one.text == sentence.head)
            if sentence.head and _columns(block.text) == _columns(head.text.split("\n")[0]):
                shown = _row(block, allow)
                said = _said(block.text, block.inlines)
                pieces.append(Piece("row", number, sentence.text, shown, head=_head(head, allow), said=said))
        else:
            at = 0 if not pieces or pieces[-1].block != number else at
            at = block.text.find(sentence.text, at)
            piece = _piece(number, block, at, at + len(sentence.text), allow)
            at += len(sentence.text)
            if any(map(str.isalnum, piece.shown)) and not _is_with_definition(blocks, number):
                pieces.append(replace(piece, term=terms.get(number, "")))
    return pieces


def _terms(blocks: Sequence[Block], allow: Allow) -> dict[int, str]:
    """What each line of a definition defines, in bold, by the line's number."""
    terms: dict[int, str] = {}
    defined: list[str] = []
    for number, block in enumerate(blocks):
        if block.kind == "term":
            if not number or blocks[number - 1].kind != "term":
                defined = []
            defined.append(f"**{show(block.text, block.inlines, allow)}**")
        elif block.kind == "definition":
            terms[number] = ", ".join(defined)
        elif block.kind in ("prose", "head") and not block.is_code:
            defined = []
    return terms


def _is_with_definition(blocks: Sequence[Block], number: int) -> bool:
    """Whether the block is a term, which comes with the lines of its definition."""
    below = next((block for block in blocks[number:] if block.kind != "term"), None)
    return blocks[number].kind == "term" and below is not None and below.kind == "definition"


def _piece(number: int, block: Block, start: int, end: int, allow: Allow) -> Piece:
    text = block.text[start:end]
    end = start + len(_cut(text))
    inlines = block.within(start, end)
    shown = show(block.text[start:end], inlines, allow)
    return Piece(
        kind="item" if block.kind == "item" else "text",
        block=number,
        text=block.text[start:end],
        shown=shown if start + len(text) == end else f"{shown} …",
        marker=_marker(block) if start == _content(block) else "",
        said=_said(block.text[start:end], inlines),
    )


def _said(text: str, inlines: Iterable[Inline]) -> str:
    """The words that are neither code nor within a link or an image."""
    parts, at = [], 0
    for one in inlines:
        parts.append(text[at : one.start])
        at = max(at, one.end)
    words = " ".join((*parts, text[at:])).split()
    return " ".join(word for word in words if any(map(str.isalnum, word)))


def _content(block: Block) -> int:
    """Where an item's own text begins, or a line's."""
    marker = _MARKER.match(block.text) if block.kind == "item" else None
    return marker.end() if marker else 0


def _marker(block: Block) -> str:
    marker = _MARKER.match(block.text) if block.kind == "item" else None
    return f"{marker[1]} " if marker else ""


def _cut(text: str) -> str:
    """At most so long, ending with a whole word."""
    words = list(re.finditer(r"\S+", text))
    return text if len(words) <= LONGEST else text[: words[LONGEST - 1].end()]


def _columns(row: str) -> int:
    return len(re.findall(r"(?<!\\)\|", row))


def _row(block: Block, allow: Allow) -> str:
    """The row without the pipe at its end, for a mark to stand in its last cell."""
    end = len(block.text.rstrip("| "))
    return show(block.text[:end], block.within(0, end), allow)


def _head(block: Block, allow: Allow) -> str:
    end = block.text.index("\n")
    return show(block.text[:end], block.within(0, end), allow) + block.text[end:]


# writing Markdown


def show(text: str, inlines: Iterable[Inline], allow: Allow) -> str:
    """A line's text as Markdown that shows what the page does. `inlines` are as a block has them."""
    return "".join(_shown(text, 0, len(text), list(inlines), allow)).strip()


def _shown(text: str, at: int, end: int, inlines: Sequence[Inline], allow: Allow) -> Iterator[str]:
    for number, one in enumerate(inlines):
        if one.start < at or one.end > end:  # within the one before
            continue
        yield escape(text[at : one.start])
        at = one.end
        inner = [each for each in inlines[number + 1 :] if one.start <= each.start and each.end <= one.end]
        said = text[one.start : one.end]
        if one.kind == "code":
            yield code(said)
        elif one.kind == "link":
            label = "".join(_shown(text, one.start, one.end, inner, allow))
            yield link(label, one.url) if label.strip() and allow(one.url) else label
    yield escape(text[at:end])


def escape(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _SYNTAX.sub(r"\\\g<0>", text)


def code(text: str) -> str:
    """Inline code, within more backticks than it holds."""
    ticks = "`" * (1 + max(map(len, re.findall(r"`+", text)), default=0))
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def label(text: str) -> str:
    """Text as the label of a link."""
    return re.sub(r"(?<!\\)[\[\]]", r"\\\g<0>", escape(text))


def link(label: str, url: str) -> str:
    address = re.sub(r"[\s()<>\\]", lambda match: f"%{ord(match[0]):02X}", url)
    return f"[{label}]({address})"
