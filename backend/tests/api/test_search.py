"""Search as a reader types, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from askdocs.db import tables
from askdocs.db.database import Session
from tests.served import ORIGIN, SITE, Served, problem, serve

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with serve(tmp_path_factory.mktemp("search")) as opened:
        opened.world.write(
            {"keys.md": "# Keys\n\n## Rotate\n\nRotate keys every month.", "other.md": "# Other\n\nText."}
        )
        await opened.world.index()
        yield opened


async def search(served: Served, query: str, **body: Any) -> httpx.Response:
    return await served.client.post(f"{SITE}/search", json={"query": query, **body})


async def test_sections_come_with_what_to_show_of_them(served: Served) -> None:
    response = await search(served, "rot")
    assert response.status_code == 200
    assert response.json()["sections"][0] == {
        "url": "/keys#rotate",
        "title": "Keys",
        "heading": ["Rotate"],
        "text": "Rotate keys every month.",
        "marks": [[0, 6]],
    }


@pytest.mark.parametrize("query", ["", "  ", "xqzwv"])
async def test_nothing_known_finds_nothing(served: Served, query: str) -> None:
    assert (await search(served, query)).json() == {"sections": []}


async def test_long_text_is_cut_rather_than_refused(served: Served) -> None:
    assert (await search(served, "rotate " * 5000)).status_code == 200


async def test_nothing_of_a_search_is_stored(served: Served) -> None:
    def messages(db: Session) -> int:
        return db.scalar(select(func.count()).select_from(tables.Message)) or 0

    before = await served.rt.db.run(messages)
    await search(served, "rotate")
    assert await served.rt.db.run(messages) == before


@pytest.mark.parametrize("limit", [0, 21, "many"])
async def test_limit_has_bounds(served: Served, limit: object) -> None:
    problem(await search(served, "rotate", limit=limit), 422, "invalid-request")


async def test_only_pages_of_the_site_may_search(served: Served) -> None:
    for origin, status in ((ORIGIN, 200), ("https://evil.example", 403)):
        response = await served.client.post(
            f"{SITE}/search", json={"query": "rot"}, headers={"origin": origin}
        )
        assert response.status_code == status


async def test_searches_are_counted_apart_from_questions(tmp_path: Path, one_minute: None) -> None:
    async with serve(tmp_path, rate_limit_searches=3, rate_limit_requests=2) as served:
        assert [(await search(served, "rot")).status_code for _ in range(4)] == [200, 200, 200, 429]
        assert [(await served.ask("Rotate?")).status_code for _ in range(3)] == [200, 200, 429]
