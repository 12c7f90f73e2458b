"""The code blocks of the documentation's pages, and what their info strings tell the test that runs them.

Behind the language of a block may stand, where no reader sees it:

- `title="discount.md"`: readers see this one; the block is the content of that file, or with words behind a
  comma, as in `title="conf.py, at the end"`, a part of one
- `serves="Askdocs is at"`: the command goes on until Ctrl-C; it is up once it has printed this
- `exit="1"`: the code that the block ends with, if not 0
- `not-run="needs a Google Cloud project"`: why it cannot run in a test
- `example="the figures of a site with hundreds of questions"`: why this is not the output of the block above
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

SHELLS = ("bash", "sh", "console", "shell")
OUTPUT = "text"

_MARK = re.compile(r'([a-z-]+)="([^"]*)"')
_KNOWN = {"title", "serves", "exit", "not-run", "example"}


@dataclass(frozen=True, slots=True)
class Block:
    """`place` is the file with the line of the block's first code. `marks` are those of its info string."""

    place: str
    language: str
    marks: Mapping[str, str]
    code: str

    @property
    def file(self) -> str:
        """The file that this is the content of, "" if it is none."""
        title = self.marks.get("title", "")
        return "" if "," in title else title

    @property
    def is_run(self) -> bool:
        return self.language in SHELLS and "not-run" not in self.marks


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in its order."""
    tokens = MarkdownIt().parse(page.read_text(encoding="utf-8"))
    found = []
    for token in tokens:
        if token.type != "fence":
            continue
        language, _, rest = token.info.partition(" ")
        line = token.map[0] + 2 if token.map else 0
        marks = dict(_MARK.findall(rest))
        assert not _MARK.sub("", rest).strip(), f"{page.name}:{line}: {rest!r} is no list of marks"
        assert marks.keys() <= _KNOWN, f"{page.name}:{line}: unknown marks in {rest!r}"
        found.append(Block(f"{page.parent.name}/{page.name}:{line}", language, marks, token.content))
    return found


def with_output(found: list[Block]) -> Iterator[tuple[Block, Block | None]]:
    """Each block with the one that shows its output: a block of text right behind a block of commands."""
    for block, following in zip(found, [*found[1:], None], strict=True):
        shown = following is not None and following.language == OUTPUT and "example" not in following.marks
        yield block, following if block.is_run and shown else None


def matches(shown: str, printed: str) -> bool:
    """Whether `printed` holds the lines that the page shows.

    An ellipsis stands for anything, in a line of its own for any lines; a decimal number, as of seconds or
    of a score, stands for any other one.
    """
    pattern = ""
    for piece in re.split(r"(^…\n|…|\d+\.\d+)", shown.rstrip("\n"), flags=re.MULTILINE):
        if piece.startswith("…"):
            pattern += r"(?:.*\n)*?" if piece == "…\n" else "[^\n]*"
        elif re.fullmatch(r"\d+\.\d+", piece):
            pattern += r"-?\d+(?:\.\d+)?"
        else:
            pattern += re.escape(piece)
    return re.search(rf"^{pattern}\s*$", printed, flags=re.MULTILINE) is not None
