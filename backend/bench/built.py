"""`python -m bench.built SOURCE BUILT`: whether a source's pages are those that its generator builds of it.

    python -m bench.built content public [--base-url https://docs.example.com] [--except '**/tags/**'] …

BUILT is the folder of HTML that the generator itself wrote. Of its pages count all but those that only lead
elsewhere or say no more than their title, the page for what is not found, and those that `--except` names
(lists of tags and the like, which no file holds). The report says how many of them the source has, how many
of the source's addresses are pages of the site, how many of its anchors are ids of their page, how many of
the site's headings it leads to, and how many of its chunks show syntax that readers of the site do not see.
`--read N` prints N chunks, chosen by chance but the same each time, to be read.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser

from askdocs.sources import open_source
from askdocs.sources.boilerplate import HEADINGS, main_content
from askdocs.text import chunking
from askdocs.types import Block, Chunk, Page, SourceSpec

CHUNK_CHARS = 500
"""The default of `index.chunk_chars`."""

_SEED = 7

LEFTOVER = {
    "shortcode": re.compile(r"\{\{[<%]|[%>]\}\}"),
    "template": re.compile(r"\{%-?\s|\s-?%\}|\{\{.*?\}\}"),
    "include": re.compile(r"^-{1,2}8<-|\{!.*!\}|^@include|<!--@include|^\{\*.*\*\}", re.MULTILINE),
    "admonition": re.compile(
        r'^(?:[!?]{3}\+? \w|:{3,}|/{3,})|^===\+?!? "|^> \[!\w+\]|^\[!\w+\]', re.MULTILINE
    ),
    "attributes": re.compile(r"\{:?\s*[#.][\w-]+[^{}]*\}|\{:\s"),
    "wiki link": re.compile(r"\[\[[^\]]+\]\]"),
    "link": re.compile(r"(?<!\\)\]\((?:[^\s()]|\([^()]*\))+\)"),
    "tag": re.compile(
        r"(?<!\w)</?[A-Z]\w+\b[^<>]*>|</?(?:div|span|p|br|table|details|summary|a|img)\b[^<>]*>"
    ),
    "comment": re.compile(r"<!--|\{/\*"),
    "statement": re.compile(r"^(?:import .* from ['\"]|export (?:const|default|function) )", re.MULTILINE),
    "heading": re.compile(r"^#{1,6} ", re.MULTILINE),
}
"""What a page's prose shows when its syntax was not understood; code may show anything."""


@dataclass(frozen=True, slots=True)
class Built:
    """A page of the built site: its ids, those of its headings, and whether it says more than its title."""

    ids: frozenset[str]
    headings: frozenset[str]
    is_empty: bool = False


@dataclass(slots=True)
class Report:
    """What was counted; the lists name what was not as it should be."""

    seconds: float = 0.0
    expected: int = 0
    found: int = 0
    pages: int = 0
    missing: list[str] = field(default_factory=list)
    astray: list[str] = field(default_factory=list)
    anchors: int = 0
    dead: list[str] = field(default_factory=list)
    headings: int = 0
    unled: list[str] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)
    torn: int = 0
    leftover: list[str] = field(default_factory=list)
    """The kind of syntax, the link of the chunk, and the text around it."""
    problems: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        yield f"pages of the site that the source has {_share(self.found, self.expected)}"
        yield f"addresses that are pages of the site  {_share(self.pages - len(self.astray), self.pages)}"
        yield f"anchors that are ids of their page    {_share(self.anchors - len(self.dead), self.anchors)}"
        led = self.headings - len(self.unled)
        yield f"headings of the site with an anchor   {_share(led, self.headings)}"
        yield f"chunks with leftover syntax           {_share(self.torn, len(self.chunks))}"
        yield f"problems told                         {len(self.problems)}"
        yield f"read in                               {self.seconds:.1f} s"


def compare(pages: Iterable[Page], site: Mapping[str, Built]) -> Report:
    """`site` has the built pages by address, as `address` makes it."""
    wanted = {name for name, built in site.items() if not built.is_empty}
    report, seen = Report(expected=len(wanted)), set[str]()
    for page in pages:
        report.pages += 1
        report.chunks += chunking.split(page, max_chars=CHUNK_CHARS)
        name = address(page.url)
        built = site.get(name)
        if built is None:
            report.astray.append(f"{page.path}: {page.url}")
            continue
        seen.add(name)
        anchors = {section.anchor for section in page.sections if section.anchor}
        report.anchors += len(anchors)
        report.dead += [f"{page.url}#{anchor}" for anchor in sorted(anchors - built.ids)]
        report.headings += len(built.headings)
        report.unled += [f"{page.url}#{anchor}" for anchor in sorted(built.headings - anchors)]
    report.found = len(wanted & seen)
    report.missing = sorted(wanted - seen)
    for chunk in report.chunks:
        found = list(leftover(chunk.blocks))
        report.torn += bool(found)
        report.leftover += [f"{kind:10} {chunk.link}  {where}" for kind, where in found]
    return report


def address(url: str) -> str:
    """The part of a page's address that tells it from the site's others, whatever its style."""
    path = unquote(urlsplit(url).path)
    return path.removesuffix("index.html").removesuffix(".html").rstrip("/") or "/"


def read_site(root: Path, excluded: Collection[str] = (), base: str = "") -> dict[str, Built]:
    """The built pages by address, without those that match a pattern; all are below the path `base`."""
    site = {}
    for file in sorted(root.rglob("*.html")):
        name = file.relative_to(root).as_posix()
        if file.name == "404.html" or any(fnmatch(name, pattern) for pattern in excluded):
            continue
        tree = LexborHTMLParser(file.read_bytes())
        if tree.css_first("meta[http-equiv=refresh]") is None:
            site[address(f"{base}/{name}")] = _built(tree)
    return site


def _built(tree: LexborHTMLParser) -> Built:
    ids = {node.attributes.get("id") or "" for node in tree.css("[id]")}
    ids |= {node.attributes.get("name") or "" for node in tree.css("a[name]")}
    main = main_content(tree)
    if main is None:
        return Built(frozenset(ids - {""}), frozenset(), is_empty=True)
    named = {node.attributes.get("id") or "" for node in main.css(HEADINGS) if node.tag != "h1"}
    title = main.css_first("h1")
    said = len(main.text(separator=" ").split()) - (len(title.text().split()) if title is not None else 0)
    return Built(frozenset(ids - {""}), frozenset(named - {""}), is_empty=said <= 0)


def leftover(blocks: Sequence[Block]) -> Iterator[tuple[str, str]]:
    """Kinds of syntax in the prose, each with the text around its first place."""
    prose = "\n".join(_without_code(block) for block in blocks if not block.is_code)
    for kind, pattern in LEFTOVER.items():
        if found := pattern.search(prose):
            yield kind, prose[max(0, found.start() - 40) : found.end() + 40].replace("\n", "⏎")


def _without_code(block: Block) -> str:
    text = block.text
    for one in reversed(block.inlines):
        if one.kind == "code":
            text = f"{text[: one.start]}{'·' * (one.end - one.start)}{text[one.end :]}"
    return text


def _share(part: int, whole: int) -> str:
    return f"{part:6} of {whole:6}  {100 * part / whole if whole else 0:6.2f} %"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.built", description=__doc__.partition("\n")[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("built", type=Path)
    parser.add_argument("--base-url", default="", help="the same as for `askdocs index`")
    parser.add_argument(
        "--except", dest="excluded", action="append", default=[], help="files of BUILT, as **/tags/**"
    )
    parser.add_argument("--show", type=int, default=10, help="how many of each fault")
    parser.add_argument("--read", type=int, default=0, help="print as many chunks")
    given = parser.parse_args()
    site = read_site(given.built, given.excluded, urlsplit(given.base_url).path.rstrip("/"))
    began = time.monotonic()
    source = open_source(SourceSpec(given.source, base_url=given.base_url))
    pages = list(source.pages)
    seconds = time.monotonic() - began
    report = compare(pages, site)
    report.seconds, report.problems = seconds, source.problems
    print("\n".join(report.lines()))
    faults: dict[str, Sequence[str]] = {
        "missing": report.missing,
        "astray": report.astray,
        "dead anchors": report.dead,
        "headings without an anchor": report.unled,
        "leftover": report.leftover,
        "problems": report.problems,
    }
    for name, found in faults.items():
        if found and given.show:
            chosen = random.Random(_SEED).sample(list(found), min(given.show, len(found)))
            print(f"\n{name} ({len(found)})", *sorted(chosen), sep="\n  ")
    for chunk in random.Random(_SEED).sample(report.chunks, min(given.read, len(report.chunks))):
        print(f"\n━━━ {chunk.link}  {' > '.join((chunk.title, *chunk.heading))}\n{chunk.text}")


if __name__ == "__main__":
    main()
