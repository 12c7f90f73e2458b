"""`python -m tests.sources.built_sites BUILT [BASE] > site.json` lists the pages that a generator built.

The list stands beside the docs that the site was built from, so that tests need no generator: for each page
its ids of headings and of entries of an API, those of the page's own title apart.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

from askdocs.sources import open_source
from askdocs.sources.boilerplate import HEADINGS, main_content
from askdocs.types import SourceSpec
from bench.built import Built, Report, address, compare

NO_PAGES = frozenset(
    {"404.html", "genindex.html", "search.html", "py-modindex.html", "print.html", "toc.html"}
)


def compared(spec: SourceSpec, file: Path) -> Report:
    """What the source has, beside what the generator built."""
    source = open_source(spec)
    report = compare(source.pages, _read(file))
    report.problems = source.problems
    return report


def _read(file: Path) -> dict[str, Built]:
    return {
        page: Built(frozenset(ids["title"]) | frozenset(ids["below"]), frozenset(ids["below"]))
        for page, ids in json.loads(file.read_text()).items()
    }


def _ids(file: Path) -> dict[str, list[str]]:
    main = main_content(LexborHTMLParser(file.read_bytes()))
    nodes = main.css(f"{HEADINGS},dt") if main is not None else []
    named = [(node.attributes.get("id") or _of_section(node), node.tag) for node in nodes]
    return {
        "title": [name for name, tag in named if name and tag == "h1"],
        "below": [name for name, tag in named if name and tag != "h1"],
    }


def _leads_elsewhere(file: Path) -> bool:
    return LexborHTMLParser(file.read_bytes()).css_first("meta[http-equiv=refresh]") is not None


def _of_section(node: LexborNode) -> str:
    parent = node.parent
    return (parent.attributes.get("id") or "") if parent is not None and parent.tag == "section" else ""


def main() -> None:
    root, base = Path(sys.argv[1]), "".join(sys.argv[2:])
    pages = {
        address(f"{base}/{file.relative_to(root).as_posix()}"): _ids(file)
        for file in sorted(root.rglob("*.html"))
        if file.name not in NO_PAGES and not _leads_elsewhere(file)
    }
    lines = (f"{json.dumps(page)}: {json.dumps(ids, ensure_ascii=False)}" for page, ids in pages.items())
    sys.stdout.write("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
