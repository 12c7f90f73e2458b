"""`python -m bench.links`: whether the links of citations open in Chromium at their sentence.

    python -m bench.citations … --save CITATIONS
    python -m bench.links CITATIONS --corpus vite=CORPUS --corpus … [--most 100] [--widget DIST]
    python -m bench.links CITATIONS --built vite=SITE [--widget DIST]

The corpora's Markdown becomes pages like those of a documentation site: a header that stays, a menu with the
titles of all pages, the page's own headings, links in the headings, code that is coloured line by line.
`--built` opens a site that a generator built of a corpus instead. A link is right when its page has the
heading, the sentence stands in that heading's section, and is in view when the page rests, nothing over it.
With `--widget` the chat is on all pages and its reader has followed the citation; else it is the browser's
affair alone.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import json
import os
import re
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

from websockets.asyncio.client import ClientConnection, connect

from askdocs.sources import commonmark, frontmatter, open_source
from askdocs.types import Page, SourceSpec

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_SETTLED = 3.0
"""Seconds that a page gets to load."""
_RESTS = 1.0
"""Seconds in which a page that has loaded may scroll: routers do so once they have taken it over."""
_SITE_KEY = "pk_bench"

_STYLE = """
body { font: 16px/1.6 sans-serif; display: grid; grid-template-columns: 250px 750px; margin: 0 }
header { grid-column: 1 / 3; position: sticky; top: 0; height: 60px; background: silver; z-index: 1 }
nav { height: calc(100vh - 60px); overflow: auto; position: sticky; top: 60px }
main { min-width: 0 } pre { overflow: auto } td, th { border: 1px solid; padding: 4px }
"""
_HEADING = re.compile(r"(<h([1-6]) id=\"([^\"]*)\">.*?)(</h\2>)", re.DOTALL)
_CODE = re.compile(r"(<pre><code[^>]*>\n?)(.*?)(</code></pre>)", re.DOTALL)

_CHECK = """
((anchor, quote) => {
  const squeeze = (text) => text.replace(/\\s+/g, "");
  const main = document.querySelector("main") ?? document.body;
  const heading = anchor ? document.getElementById(anchor) : main.querySelector("h1");
  if (!heading && anchor) return { ready: document.readyState === "complete" };
  const headings = [...main.querySelectorAll("h1,h2,h3,h4,h5,h6")];
  const next = headings[headings.indexOf(heading) + 1];
  const places = []; let text = "";
  const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest(".hash-link, .header-anchor, button")) continue;
    if (heading && !(heading.compareDocumentPosition(node) & 4)) continue;
    if (next && !(next.compareDocumentPosition(node) & 2)) break;
    for (const { index } of node.data.matchAll(/\\S/g)) {
      places.push([node, index]);
      text += node.data[index];
    }
  }
  const wanted = squeeze(quote); const tops = []; let isClear = false;
  for (let at = text.indexOf(wanted); at >= 0 && wanted; at = text.indexOf(wanted, at + 1)) {
    const range = document.createRange();
    range.setStart(...places[at]);
    const [node, index] = places[at + wanted.length - 1];
    range.setEnd(node, index + 1);
    const { left, top } = range.getClientRects()[0] ?? { left: -9, top: -9 };
    tops.push(top);
    const [x, y] = [left + 2, top + 4];
    isClear ||= main.contains(document.elementFromPoint(x, y));
  }
  const marks = [...(CSS.highlights.get("askdocs-quote") ?? [])].map((range) => squeeze(String(range)));
  return { section: tops.length > 0, view: isClear, tops, y: scrollY, marked: marks.includes(wanted),
           ready: document.readyState === "complete" };
})
"""


@dataclass(frozen=True, slots=True)
class Seen:
    citation: Mapping[str, Any]
    found: Mapping[str, Any]

    @property
    def is_right_heading(self) -> bool:
        return bool(self.found.get("section"))

    @property
    def is_in_view(self) -> bool:
        return bool(self.found.get("view"))


def write_site(corpus: Path, folder: Path) -> None:
    """The corpus as a site, a folder with an index.html for each page."""
    pages = list(open_source(SourceSpec(corpus)).pages)
    menu = "".join(
        f"<li><a href='{html.escape(page.url)}'>{html.escape(page.title)}</a></li>" for page in pages
    )
    for page in pages:
        place = folder / page.url.strip("/")
        place.mkdir(parents=True, exist_ok=True)
        (place / "index.html").write_text(_page(page, (corpus / page.path).read_text(), menu))


def _page(page: Page, markdown: str, menu: str) -> str:
    content = commonmark.parse(frontmatter.split(markdown)[1]).html()
    content = _HEADING.sub(r'\1<a class="hash-link" href="#\3">&#8203;</a>\4', content)
    content = _CODE.sub(lambda code: f"{code[1]}{_coloured(code[2])}{code[3]}", content)
    title = "" if "<h1" in content else f"<h1>{html.escape(page.title)}</h1>"
    headings = (section.heading[-1] for section in page.sections if section.heading)
    toc = "".join(f"<li>{html.escape(heading)}</li>" for heading in headings)
    return (
        "<!doctype html>"
        f"<meta charset=utf-8><title>{html.escape(page.title)}</title><style>{_STYLE}</style>"
        f"<header>{html.escape(page.title)}</header><nav><ul>{menu}</ul><ul>{toc}</ul></nav><main>{title}{content}</main>"
    )


def _coloured(code: str) -> str:
    coloured = (_WORD.sub(r"<span>\1</span>", line) for line in code.rstrip("\n").split("\n"))
    return "".join(f'<span class="line">{line}<br></span>' for line in coloured)


_WORD = re.compile(r"(?<![&\w])([A-Za-z_]+)(?![\w;])")


async def look(
    citations: Sequence[Mapping[str, Any]], root: str, *, rests: float = 0.1, with_widget: bool = False
) -> AsyncIterator[Seen]:
    """What Chromium shows of each citation's page, `rests` seconds after it has loaded."""
    async with _browser() as page:
        for citation in citations:
            url, _, anchor = citation["url"].partition("#")
            fragment = f":~:{citation['fragment']}" if citation["fragment"] else ""
            await page.send("Page.navigate", url=f"{root}/{_BLANK}")
            if with_widget:
                await page.rest("({ ready: document.readyState === 'complete' })", seconds=0)
                await page.send("Runtime.evaluate", expression=_follow(anchor, citation["quote"]))
            await page.send("Page.navigate", url=f"{root}{url}#{anchor}{fragment}")
            expression = f"{_CHECK}({json.dumps(anchor)}, {json.dumps(citation['quote'])})"
            yield Seen(citation, await page.rest(expression, seconds=rests))


def _follow(anchor: str, quote: str) -> str:
    """What the widget leaves in the tab's storage when somebody follows a citation."""
    cited = f"{{ id: {json.dumps(anchor)}, quote: {json.dumps(quote)}, at: Date.now() }}"
    place = f"askdocs:{_SITE_KEY}"
    return (
        f"sessionStorage.setItem('{place}:open', '1');"
        f"sessionStorage.setItem('{place}:cited', JSON.stringify({cited}))"
    )


class _Tab:
    """A tab of Chromium, over its DevTools protocol."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection, self._last = connection, 0

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        self._last += 1
        await self._connection.send(json.dumps({"id": self._last, "method": method, "params": params}))
        while True:
            answer = json.loads(await self._connection.recv())
            if answer.get("id") == self._last:
                return dict(answer.get("result", {}))

    async def rest(self, expression: str, *, seconds: float) -> Mapping[str, Any]:
        """What the expression says when the page has loaded and so many seconds have passed."""
        ends = asyncio.get_running_loop().time() + _SETTLED
        while True:
            answer = await self.send("Runtime.evaluate", expression=expression, returnByValue=True)
            found: dict[str, Any] = answer.get("result", {}).get("value") or {}
            if found.get("ready") and not seconds:
                return found
            if found.get("ready") or asyncio.get_running_loop().time() > ends:
                await asyncio.sleep(seconds)
                answer = await self.send("Runtime.evaluate", expression=expression, returnByValue=True)
                return answer.get("result", {}).get("value") or {}
            await asyncio.sleep(0.05)  # between two looks


@asynccontextmanager
async def _browser() -> AsyncIterator[_Tab]:
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if program is None:
        raise SystemExit("There is no Chromium; name one in CHROMIUM.")
    with TemporaryDirectory() as profile:
        options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,800")
        process = await asyncio.create_subprocess_exec(
            program,
            *options,
            "--remote-debugging-port=0",
            f"--user-data-dir={profile}",
            "about:blank",
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            assert process.stderr is not None
            async for line in process.stderr:
                if found := re.search(rb"ws://([\d.:]+)/", line):
                    break
            else:
                raise SystemExit("Chromium did not start.")
            address = await asyncio.to_thread(_first_tab, found[1].decode())
            async with connect(address, max_size=None) as connection:
                yield _Tab(connection)
        finally:
            process.terminate()
            await process.wait()


def _first_tab(host: str) -> str:
    with urlopen(f"http://{host}/json/list") as response:
        return next(str(tab["webSocketDebuggerUrl"]) for tab in json.load(response) if tab["type"] == "page")


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    """Serves pages at addresses with and without `.html` and a slash."""

    def translate_path(self, path: str) -> str:
        folder = Path(self.directory, urlsplit(path).path.strip("/"))
        places = (folder / "index.html", folder.with_name(f"{folder.name}.html"))
        return str(next((place for place in places if place.is_file()), folder))

    def log_message(self, format: str, *args: Any) -> None:
        pass


async def look_at(
    site: Path, citations: Sequence[Mapping[str, Any]], *, is_built: bool = False, widget: Path | None = None
) -> list[Seen]:
    """`site` is a corpus, or the folder that a generator built of it; `widget` the widget's `dist/`."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        if is_built:
            shutil.copytree(site, folder, dirs_exist_ok=True)
        else:
            write_site(site, folder)
        (folder / f"{_BLANK}.html").write_text("<!doctype html><title>Blank</title>")
        if widget:
            _add_widget(folder, widget)
        with _served(folder) as root:
            rests = _RESTS if is_built or widget else 0.1
            looked = look(citations, root, rests=rests, with_widget=widget is not None)
            return [seen async for seen in looked]


def _add_widget(folder: Path, dist: Path) -> None:
    script = f'<script src="/_widget/askdocs.js" data-site-key="{_SITE_KEY}"></script>'
    for page in folder.rglob("*.html"):
        if page.stem != _BLANK:
            page.write_text(page.read_text() + script)
    shutil.copytree(dist, folder / "_widget")


_BLANK = "_blank"


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.links", description=__doc__)
    parser.add_argument("citations", type=Path)
    parser.add_argument("--corpus", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--built", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--widget", type=Path, metavar="DIST", help="what the widget's build wrote")
    parser.add_argument("--most", type=int, default=100, help="citations per corpus, spread over all")
    arguments = parser.parse_args(given)
    saved = json.loads(arguments.citations.read_text())
    for text in (*arguments.corpus, *arguments.built):
        name, folder = text.split("=", 1)
        quoted = [citation for citation in saved[name] if citation["quote"]]
        step = max(1, len(quoted) // arguments.most)
        seen = look_at(
            Path(folder),
            quoted[::step][: arguments.most],
            is_built=text in arguments.built,
            widget=arguments.widget,
        )
        print_seen(name, asyncio.run(seen))


def print_seen(name: str, seen: Sequence[Seen]) -> None:
    headings, views = sum(one.is_right_heading for one in seen), sum(one.is_in_view for one in seen)
    marked = sum(bool(one.found.get("marked")) for one in seen)
    print(
        f"{name}: {len(seen)} links, {headings} to the right heading, {views} with the sentence in view, "
        f"{marked} marked by the widget"
    )
    for one in seen:
        if not (one.is_right_heading and one.is_in_view):
            print(f"  {one.citation['url']} {one.citation['fragment']}")
            print(f"    {one.citation['quote']!r}\n    {dict(one.found)}")


if __name__ == "__main__":
    main()
