"""Files are found as sites link to them, cached as long as they may be, and none lies outside its folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.served import SITE, Served, problem, serve

pytestmark = pytest.mark.anyio

FOREVER = "public, max-age=31536000, immutable"


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    folder = tmp_path_factory.mktemp("static")
    files = {
        "widget/askdocs.js": "loader",
        "widget/panel-BTq1XaAp.js": "panel",
        "widget/strings-settings.js": "not hashed",
        "site/index.html": "home",
        "site/404.html": "lost",
        "site/de/404.html": "verloren",
        "site/docs/intro/index.html": "intro",
        "site/blog.html": "blog",
        "site/assets/js/main.1a2b3c4d.js": "main",
        "site/img/logo.svg": "<svg/>",
        "secret.txt": "not for readers",
        "site/.env": "not for readers",
        "site/.git/config": "not for readers",
        "site/docs/.htaccess": "not for readers",
        "site/.well-known/security.txt": "write to us",
        "widget/.DS_Store": "not for readers",
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    (folder / "site" / "escape.txt").symlink_to(folder / "secret.txt")
    server = {"widget_dir": str(folder / "widget"), "site_dir": str(folder / "site")}
    async with serve(folder, server=server) as opened:
        yield opened


@pytest.mark.parametrize(
    ("path", "caching"),
    [
        ("/widget/panel-BTq1XaAp.js", FOREVER),
        ("/widget/askdocs.js", "public, max-age=300, stale-while-revalidate=86400"),
        ("/widget/strings-settings.js", "public, max-age=300, stale-while-revalidate=86400"),
        ("/assets/js/main.1a2b3c4d.js", FOREVER),
        ("/", "no-cache"),
        ("/docs/intro", "no-cache"),
        ("/img/logo.svg", "no-cache"),
    ],
)
async def test_files_are_cached_as_their_names_allow(served: Served, path: str, caching: str) -> None:
    response = await served.client.get(path)
    assert response.status_code == 200
    assert response.headers["cache-control"] == caching
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_unchanged_file_is_not_sent_again(served: Served) -> None:
    tag = (await served.client.get("/widget/askdocs.js")).headers["etag"]
    response = await served.client.get("/widget/askdocs.js", headers={"if-none-match": tag})
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["cache-control"].startswith("public, max-age=300")


async def test_every_page_may_load_the_widget(served: Served) -> None:
    response = await served.client.get("/widget/askdocs.js", headers={"origin": "https://any.test"})
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "javascript" in response.headers["content-type"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/", "home"),
        ("/index.html", "home"),
        ("/docs/intro", "intro"),
        ("/docs/intro/", "intro"),
        ("/docs/intro/index.html", "intro"),
        ("/blog", "blog"),
        ("/blog/", "blog"),
    ],
)
async def test_pages_are_found_by_any_of_their_names(served: Served, path: str, text: str) -> None:
    response = await served.client.get(path)
    assert (response.status_code, response.text) == (200, text)
    assert response.headers["content-type"].startswith("text/html")


async def test_head_has_no_body(served: Served) -> None:
    response = await served.client.head("/docs/intro")
    assert (response.status_code, response.headers["content-length"]) == (200, "5")


async def test_api_reference_comes_before_the_site(served: Served) -> None:
    assert "swagger" in (await served.client.get("/api/docs")).text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/docs/missing", "lost"),
        ("/docs/", "lost"),
        ("/escape.txt", "lost"),
        ("/de/missing", "verloren"),
        ("/de/docs/", "verloren"),
        ("/denver", "lost"),
    ],
)
async def test_missing_page_gets_the_sites_own(served: Served, path: str, text: str) -> None:
    response = await served.client.get(path)
    assert (response.status_code, response.text) == (404, text)


@pytest.mark.parametrize(
    "path",
    [
        "/widget/missing.js",
        "/widget/",
        "/widget/../secret.txt",
        "/widget/%2e%2e/secret.txt",
        "/widget/..%2fsecret.txt",
        "/widget/..%5csecret.txt",
        "/widget//etc/passwd",
        "/widget/%00",
        "/widget/" + "a" * 5000,
        "/api/v1/nothing",
        "/internal/nothing",
    ],
)
async def test_nothing_outside_is_served(served: Served, path: str) -> None:
    response = await served.client.get(path)
    assert response.status_code == 404
    assert "not for readers" not in response.text
    assert "root:" not in response.text


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/%2fetc/passwd"]
)
async def test_nothing_outside_of_the_site_is_served(served: Served, path: str) -> None:
    assert (await served.client.get(path)).text == "lost"


@pytest.mark.parametrize(
    "path",
    ["/.env", "/.git/config", "/%2egit/config", "/docs/.htaccess", "/docs/../.env", "/.well-known/../.env"],
)
async def test_hidden_files_are_not_served(served: Served, path: str) -> None:
    response = await served.client.get(path)
    assert (response.status_code, response.text) == (404, "lost")


async def test_hidden_file_of_the_widget_is_not_served(served: Served) -> None:
    problem(await served.client.get("/widget/.DS_Store"), 404, "not-found")


async def test_well_known_addresses_are_served(served: Served) -> None:
    assert (await served.client.get("/.well-known/security.txt")).text == "write to us"


async def test_files_cannot_be_posted_to(served: Served) -> None:
    problem(await served.client.post("/widget/askdocs.js"), 405, "method-not-allowed")


async def test_methods_of_the_api_are_told_beside_a_site(served: Served) -> None:
    response = await served.client.get(f"{SITE}/chat")
    problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "POST"


async def test_folder_that_is_not_built_yet_is_explained(tmp_path: Path, sqlite_url: str) -> None:
    server = {"widget_dir": str(tmp_path / "no-widget"), "site_dir": str(tmp_path / "no-site")}
    async with serve(tmp_path, database_url=sqlite_url, server=server) as served:
        assert "make docs" in problem(await served.client.get("/"), 404, "not-found")["detail"]
        problem(await served.client.get("/widget/askdocs.js"), 404, "not-found")
        (tmp_path / "no-site").mkdir()
        (tmp_path / "no-site" / "index.html").write_text("built meanwhile")
        assert (await served.client.get("/")).text == "built meanwhile"
