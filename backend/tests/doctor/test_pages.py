"""Pages of sites, as generators build them: is the chat on them, and will it work?"""

from __future__ import annotations

from collections.abc import Mapping

import httpx
import pytest

from askdocs.doctor import pages
from askdocs.doctor.findings import Finding

KEY, API = "pk_kettle", "https://ask.example.com"
TAG = f'<script src="{API}/widget/askdocs.js" data-site-key="{KEY}" data-api="{API}" defer></script>'
DOCUSAURUS = '<script src="/docs/assets/js/main.1a2b3c4d.js" defer></script>'
MAIN = f'JSON.parse(\'{{"docusaurus-plugin-askdocs":{{"default":{{"siteKey":"{KEY}","api":"{API}"}}}}}}\')'
MADE = f's.src = "{API}/widget/askdocs.js"; s.dataset.siteKey = "{KEY}";'


def look(
    html: str,
    *,
    url: str = "https://docs.example.com/",
    files: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    key: str = KEY,
    api: str = API,
) -> list[Finding]:
    def answer(request: httpx.Request) -> httpx.Response:
        if str(request.url) == url:
            return httpx.Response(200, html=html, headers=headers)
        text = (files or {}).get(request.url.path)
        return httpx.Response(200, text=text) if text is not None else httpx.Response(404)

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        return list(pages.check_page(client, url, key=key, api=api))


def on_page(findings: list[Finding]) -> Finding:
    return next(one for one in findings if one.check == "page")


@pytest.mark.parametrize(
    ("html", "files", "how"),
    [
        (TAG, {}, "script tag"),
        (DOCUSAURUS, {"/docs/assets/js/main.1a2b3c4d.js": MAIN}, "plugin"),
        ('<script src="../javascripts/askdocs.js"></script>', {"/javascripts/askdocs.js": MADE}, "script"),
        (f'<askdocs-chat site-key="{KEY}" api="{API}"></askdocs-chat>', {}, "element"),
    ],
)
def test_chat_is_found_however_it_came_there(html: str, files: Mapping[str, str], how: str) -> None:
    found = on_page(look(html, files=files))

    assert (found.state, f"({how})" in found.said) == ("ok", True), found


@pytest.mark.parametrize(
    ("html", "arguments", "said"),
    [
        ("<p>Docs", {}, "loads no chat"),
        (DOCUSAURUS, {"files": {"/docs/assets/js/main.1a2b3c4d.js": "x"}}, "loads no chat"),
        ("<!--" + TAG + "-->", {}, "loads no chat"),
        (TAG, {"key": "pk_other"}, "but the site's is pk_other"),
        (TAG.replace(API, "http://127.0.0.1:8000"), {}, "readers' browsers do not reach"),
        (TAG.replace(API, "http://ask.example.com"), {}, "browsers block that"),
    ],
)
def test_what_keeps_readers_from_the_chat_is_wrong(html: str, arguments: dict[str, str], said: str) -> None:
    found = on_page(look(html, **arguments))  # type: ignore[arg-type]

    assert (found.state, said in found.said, bool(found.mend)) == ("wrong", True, True), found


def test_page_that_asks_another_server_is_warned_of() -> None:
    found = on_page(look(TAG, api="https://other.example.com"))

    assert (found.state, f"--api {API}" in found.mend) == ("warning", True)


def test_page_on_this_machine_may_ask_this_machine() -> None:
    local = TAG.replace(API, "http://127.0.0.1:8000")

    assert on_page(look(local, url="http://localhost:3000/", api="http://127.0.0.1:8000")).state == "ok"


def test_page_that_a_development_server_puts_together_tells_nothing() -> None:
    assert on_page(look('<script type="module" src="/kettle/@vite/client"></script>')).state == "skipped"


def test_page_that_is_not_there_is_wrong() -> None:
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(404))) as client:
        (found,) = pages.check_page(client, "https://docs.example.com/", key=KEY, api=API)

    assert (found.state, "answers 404" in found.said) == ("wrong", True)


@pytest.mark.parametrize(
    ("headers", "meta", "state"),
    [
        ({}, "", "skipped"),
        ({"content-security-policy": f"default-src 'self' {API}"}, "", "ok"),
        ({"content-security-policy": "default-src 'self'"}, "", "wrong"),
        ({}, "<meta http-equiv=Content-Security-Policy content=\"script-src 'self'\">", "wrong"),
    ],
)
def test_policy_of_the_page_is_read_from_header_and_meta(
    headers: dict[str, str], meta: str, state: str
) -> None:
    found = look(meta + TAG, headers=headers)

    assert next(one.state for one in found if one.check == "content security policy") == state
