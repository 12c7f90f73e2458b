"""Looks at a page of the site as a browser gets it: does it hold the chat, and may the chat load?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx
from selectolax.lexbor import LexborHTMLParser

from askdocs.doctor import policies
from askdocs.doctor.findings import Finding, ok, skipped, warning, wrong

_KEY = re.compile(r"\bpk_[A-Za-z0-9_-]+")
_API = re.compile(r"""\bapi["']?\s*[:=]\s*["'](https?://[^"'\s]+|)["']""")
_LOCAL = ("localhost", "127.0.0.1", "[::1]", "::1")


@dataclass(frozen=True, slots=True)
class Chat:
    """How a page loads the chat; `key` and `api` are "" where they could not be seen."""

    how: str
    script: str
    key: str = ""
    api: str = ""


def check_page(client: httpx.Client, url: str, *, key: str, api: str) -> Iterator[Finding]:
    """Findings on the page at `url`. `api` is where the server is reached, `key` the site's."""
    try:
        response = client.get(url, headers={"accept": "text/html"})
    except httpx.HTTPError as error:
        yield wrong("page", f"{url} cannot be read: {_reason(error)}.", "Start the site, or correct --url.")
        return
    if response.status_code != 200:
        yield wrong(
            "page", f"{url} answers {response.status_code}.", "Correct --url: it names a page of the site."
        )
        return
    tree = LexborHTMLParser(response.content)
    found = find_chat(tree, str(response.url), _getter(client))
    if found is None and tree.css_first('script[src*="/@vite/"]') is not None:
        yield skipped("page", f"{url} is put together in the browser.", "Look at a page that was built.")
        return
    if found is None:
        yield wrong(
            "page",
            f"{url} loads no chat: it has neither the script tag nor the plugin.",
            "Add it, and build the site anew: `askdocs init` in the docs folder says where.",
        )
        return
    yield from _judge(found, str(response.url), key=key, api=api)
    yield _policy(tree, response, found, api=found.api or api)


def find_chat(tree: LexborHTMLParser, url: str, get: Callable[[str], str]) -> Chat | None:
    """The chat on a page: a script tag, a script that makes one, or Docusaurus' plugin. `get` reads a script,
    "" if there is none."""
    for node in tree.css("script[src]"):
        source = urljoin(url, node.attributes.get("src") or "")
        if not urlsplit(source).path.endswith("/askdocs.js"):
            continue
        named = node.attributes.get("data-site-key") or ""
        if named:
            return Chat("script tag", source, named, node.attributes.get("data-api") or _origin(source))
        text = get(source)
        if key := _KEY.search(text):
            inner = re.search(r"""https?://[^"'\s]+/askdocs\.js""", text)
            script = inner[0] if inner else source
            return Chat("script", script, key[0], _origin(script))
    element = tree.css_first("askdocs-chat")
    if element is not None:
        return Chat(
            "element", url, element.attributes.get("site-key") or "", element.attributes.get("api") or ""
        )
    return _plugin(tree, url, get)


def _plugin(tree: LexborHTMLParser, url: str, get: Callable[[str], str]) -> Chat | None:
    """Docusaurus' plugin puts its options into the site's main script, and the widget below its base URL."""
    for node in tree.css("script[src]"):
        source = urljoin(url, node.attributes.get("src") or "")
        if not re.search(r"/main(?:\.[0-9a-f]+)?\.js$", urlsplit(source).path):
            continue
        text = get(source)
        if "siteKey" not in text:
            continue
        base = re.sub(r"(?:assets/js/)?main(?:\.[0-9a-f]+)?\.js.*$", "", source)
        key, api = _KEY.search(text), _API.search(text)
        return Chat("plugin", f"{base}askdocs/askdocs.js", key[0] if key else "", api[1] if api else "")
    return None


def _judge(found: Chat, url: str, *, key: str, api: str) -> Iterator[Finding]:
    where = found.api or _origin(url)
    if key and found.key and found.key != key:
        yield wrong(
            "page",
            f"The page asks with the key {found.key}, but the site's is {key}.",
            f"Put {key} on the pages ({found.how}), and build the site anew.",
        )
    elif urlsplit(where).hostname in _LOCAL and urlsplit(url).hostname not in _LOCAL:
        yield wrong(
            "page",
            f"The page asks a server at {where}, which readers' browsers do not reach.",
            f"Name the server's public address on the pages ({found.how}), and build the site anew.",
        )
    elif (
        url.startswith("https://") and where.startswith("http://") and urlsplit(where).hostname not in _LOCAL
    ):
        yield wrong(
            "page", f"The page is https and asks {where}: browsers block that.", "Serve Askdocs over https."
        )
    elif api and found.api and _origin(found.api) != _origin(api):
        yield warning(
            "page",
            f"The page asks {found.api}, which is not the server that was checked, {api}.",
            f"Run `askdocs doctor --api {found.api}`, or correct the pages.",
        )
    else:
        yield ok("page", f"{url} loads the chat ({found.how}).")


def _policy(tree: LexborHTMLParser, response: httpx.Response, found: Chat, *, api: str) -> Finding:
    stated = [
        *response.headers.get_list("content-security-policy"),
        *(
            node.attributes.get("content") or ""
            for node in tree.css("meta[http-equiv]")
            if (node.attributes.get("http-equiv") or "").lower() == "content-security-policy"
        ),
    ]
    if not stated:
        return skipped("content security policy", "The page has none.")
    url = str(response.url)
    lacking = policies.blocked(stated, page=url, script=found.script, api=api or url)
    if lacking:
        return wrong(
            "content security policy",
            f"The page's policy blocks {'; '.join(lacking)}.",
            "Add it to the Content-Security-Policy that the page is served with.",
        )
    return ok("content security policy", "The page's policy lets the chat load and ask.")


def _getter(client: httpx.Client) -> Callable[[str], str]:
    def get(url: str) -> str:
        try:
            response = client.get(url)
        except httpx.HTTPError:
            return ""
        return response.text if response.status_code == 200 else ""

    return get


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _reason(error: httpx.HTTPError) -> str:
    return str(error) or type(error).__name__
