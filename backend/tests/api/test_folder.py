"""Texts go out as small as clients take them, and every client gets the file that it asked for."""

from __future__ import annotations

import gzip
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from askdocs.api.folder import accepted
from tests.served import Served, serve

pytestmark = pytest.mark.anyio

TEXT = "All work and no play makes a dull page.\n" * 200


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("folder")
    files = {
        "widget/askdocs.js": TEXT,
        "widget/askdocs.js.br": "the build's brotli",
        "widget/askdocs.js.gz": "the build's gzip",
        "widget/stale.js": TEXT,
        "widget/stale.js.br": "of an earlier build",
        "widget/linked.js": TEXT,
        "site/index.html": TEXT,
        "site/404.html": f"lost {TEXT}",
        "site/small.html": "small",
        "site/picture.png": TEXT,
        "site/archive.json.gz": TEXT,
        "secret.txt": "not for readers",
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    os.utime(folder / "widget" / "stale.js.br", (0, 0))
    (folder / "widget" / "linked.js.br").symlink_to(folder / "secret.txt")
    return folder


@pytest.fixture(scope="module")
async def served(folder: Path) -> AsyncIterator[Served]:
    server = {"widget_dir": str(folder / "widget"), "site_dir": str(folder / "site")}
    async with serve(folder, server=server) as opened:
        yield opened


async def fetch(served: Served, path: str, encodings: str, **headers: str) -> tuple[dict[str, str], bytes]:
    """Headers and what came over the wire."""
    asked = {
        "accept-encoding": encodings,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    async with served.client.stream("GET", path, headers=asked) as response:
        raw = b"".join([piece async for piece in response.aiter_raw()])
        return {**response.headers, "status": str(response.status_code)}, raw


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", []),
        ("gzip, deflate, br, zstd", ["br", "gzip"]),
        ("gzip", ["gzip"]),
        ("GZIP;q=0.5 , BR ; q=0.1", ["br", "gzip"]),
        ("br;q=0, gzip", ["gzip"]),
        ("*", ["br", "gzip"]),
        ("*;q=0", []),
        ("br;q=0, *", ["gzip"]),
        ("identity", []),
        ("gzip;q=much", []),
        (",;,=,gzip;", ["gzip"]),
    ],
)
def test_what_a_client_takes(header: str, expected: list[str]) -> None:
    assert accepted(header) == expected


@pytest.mark.parametrize(
    ("encodings", "encoding", "content"),
    [
        ("gzip, br", "br", b"the build's brotli"),
        ("gzip", "gzip", b"the build's gzip"),
        ("identity", None, TEXT.encode()),
    ],
)
async def test_copy_of_the_build_is_sent(
    served: Served, encodings: str, encoding: str | None, content: bytes
) -> None:
    headers, raw = await fetch(served, "/widget/askdocs.js", encodings)
    assert raw == content
    assert headers.get("content-encoding") == encoding
    assert headers["content-length"] == str(len(content))
    assert headers["vary"] == "accept-encoding"
    assert headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize("path", ["/", "/widget/stale.js", "/widget/linked.js"])
async def test_without_a_copy_of_its_own_a_text_is_compressed(served: Served, path: str) -> None:
    for _ in range(2):  # made, and kept
        headers, raw = await fetch(served, path, "gzip, br")
        assert headers["content-encoding"] == "gzip"
        assert gzip.decompress(raw).decode() == TEXT
        assert len(raw) < len(TEXT) / 10


async def test_page_that_says_that_there_is_none_is_compressed(served: Served) -> None:
    headers, raw = await fetch(served, "/missing", "gzip")
    assert (headers["status"], headers["content-encoding"]) == ("404", "gzip")
    assert gzip.decompress(raw).decode() == f"lost {TEXT}"


@pytest.mark.parametrize("path", ["/small.html", "/picture.png", "/archive.json.gz"])
async def test_what_would_not_gain_is_sent_as_it_is(served: Served, path: str) -> None:
    headers, _ = await fetch(served, path, "gzip, br")
    assert "content-encoding" not in headers


async def test_packed_file_is_no_text(served: Served) -> None:
    headers, _ = await fetch(served, "/archive.json.gz", "gzip")
    assert headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize("path", ["/widget/askdocs.js", "/"])
async def test_each_copy_has_its_own_tag(served: Served, path: str) -> None:
    tags = {
        encodings: (await fetch(served, path, encodings))[0]["etag"] for encodings in ("identity", "gzip")
    }
    assert len(set(tags.values())) == 2
    for encodings, tag in tags.items():
        headers, raw = await fetch(served, path, encodings, if_none_match=tag)
        assert (headers["status"], raw) == ("304", b"")
        assert (headers["etag"], headers["vary"]) == (tag, "accept-encoding")
    assert (await fetch(served, path, "gzip", if_none_match=tags["identity"]))[0]["status"] == "200"


@pytest.mark.parametrize("path", ["/widget/askdocs.js", "/"])
async def test_head_says_what_get_sends(served: Served, path: str) -> None:
    for encodings in ("identity", "gzip"):
        got, raw = await fetch(served, path, encodings)
        head = await served.client.head(path, headers={"accept-encoding": encodings})
        assert head.content == b""
        assert head.headers["content-length"] == str(len(raw)) == got["content-length"]
        assert head.headers["etag"] == got["etag"]


@pytest.mark.parametrize("path", ["/widget/askdocs.js", "/"])
async def test_ranges_are_of_the_file_as_it_is(served: Served, path: str) -> None:
    headers, raw = await fetch(served, path, "gzip, br", range="bytes=4-7")
    assert (headers["status"], raw) == ("206", TEXT[4:8].encode())
    assert headers["content-range"] == f"bytes 4-7/{len(TEXT)}"
    assert "content-encoding" not in headers
    whole, _ = await fetch(served, path, "gzip")
    headers, raw = await fetch(served, path, "gzip", range="bytes=4-7", if_range=whole["etag"])
    assert (headers["status"], raw) == ("200", TEXT.encode())


async def test_file_that_changed_is_compressed_anew(served: Served, folder: Path) -> None:
    page = folder / "site" / "changing.html"
    page.write_text(TEXT)
    before, _ = await fetch(served, "/changing.html", "gzip")
    page.write_text(f"{TEXT} But this.")
    after, raw = await fetch(served, "/changing.html", "gzip")
    assert gzip.decompress(raw).decode() == f"{TEXT} But this."
    assert before["etag"] != after["etag"]


async def test_stream_of_an_answer_is_not_compressed(served: Served) -> None:
    body = {"question": "How do I install it?"}
    url = "/api/v1/sites/pk_docs_local/chat"
    async with served.client.stream(
        "POST", url, json=body, headers={"accept-encoding": "gzip, br"}
    ) as response:
        assert response.status_code == 200
        assert "content-encoding" not in response.headers
        assert (await response.aread()).startswith(b"data: ")
