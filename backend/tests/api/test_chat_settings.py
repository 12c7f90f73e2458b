"""A site says to the chat on its pages what its options are, to those who may ask it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from askdocs.tenancy import sites
from askdocs.types import Actor
from tests.served import KEY, ORIGIN, SITE, serve

pytestmark = pytest.mark.anyio

PATH = f"{SITE}/chat-settings"
ME = Actor("operator", "", "me")
SAID = {
    "consent": "required",
    "search_url": "https://docs.example/search?q={question}",
    "support_url": "mailto:help@docs.example",
    "privacy_url": "https://docs.example/privacy",
    "suggested_questions": ["How do I install it?", "What does it cost?"],
}


def site(**options: Any) -> tuple[dict[str, Any], ...]:
    return ({"name": "docs", "key": KEY, "origins": [ORIGIN], **options},)


async def test_options_are_said_as_configured_and_as_set(tmp_path: Path) -> None:
    async with serve(tmp_path, sites=site(retention_days=0, privacy_url=SAID["privacy_url"])) as served:
        before = await served.client.get(PATH)
        given = {name: value for name, value in SAID.items() if name != "privacy_url"}
        await sites.set_options(served.rt, served.world.site, {**given, "retention_days": 30}, actor=ME)
        served.app.state.directory._kept.forget(KEY)  # what is noticed after some seconds
        after = await served.client.get(PATH)

    assert before.json() == {
        "stored": False,
        "consent": "none",
        "search_url": None,
        "support_url": None,
        "privacy_url": SAID["privacy_url"],
        "suggested_questions": [],
    }
    assert after.json() == {"stored": True, **SAID}


async def test_chat_that_knows_them_is_told_no_more_and_counted(tmp_path: Path) -> None:
    async with serve(tmp_path, sites=site(rate_limit_requests=5)) as served:
        first = await served.client.get(PATH, headers={"origin": ORIGIN})
        tag = first.headers["etag"]
        again = [
            await served.client.get(PATH, headers={"if-none-match": known})
            for known in (tag, f'"other", W/{tag}', "*", '"other"', tag)
        ]

    assert first.headers["cache-control"] == "private, max-age=60"
    assert "Origin" in first.headers["vary"]
    assert [response.status_code for response in again] == [304, 304, 304, 200, 429]
    assert (again[0].content, again[0].headers["etag"]) == (b"", tag)


@pytest.mark.parametrize(
    ("options", "headers", "status", "problem"),
    [
        ({"access": "members"}, {}, 401, "user-token-required"),
        ({}, {"origin": "https://elsewhere.example"}, 403, "origin-not-allowed"),
    ],
)
async def test_who_may_not_ask_is_told_nothing(
    tmp_path: Path, options: dict[str, Any], headers: dict[str, str], status: int, problem: str
) -> None:
    async with serve(tmp_path, sites=site(**options)) as served:
        refused = await served.client.get(PATH, headers=headers)

    assert refused.status_code == status
    assert refused.json()["type"] == f"urn:askdocs:problem:{problem}"
