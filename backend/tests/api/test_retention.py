"""Conversations go when their site says so, and where a site keeps nothing, nothing is there to go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from askdocs.answer import chat
from askdocs.api import background
from askdocs.db import messages, sites
from askdocs.types import Ask, Site, Started
from tests.answer.asking import STOP, ScriptedModel
from tests.served import KEY, ORIGIN, SITE, Served, only, parts, problem, serve, session_of
from tests.worlds import World, open_world

pytestmark = pytest.mark.anyio

UNUSUAL = "zyzzyvaquestion"


def site(name: str, **options: Any) -> dict[str, Any]:
    return {"name": name, "key": KEY if name == "docs" else f"pk_{name}", "origins": [ORIGIN], **options}


async def ask(world: World, of: Site) -> str:
    events = [event async for event in chat.answer(world.rt, of, Ask("how do I rotate keys"))]
    assert isinstance(events[0], Started)
    return events[0].session


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_each_site_forgets_at_its_own_time(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    configured = (site("docs", retention_days=30), site("blog", retention_days=60), site("wiki"))
    url = request.getfixturevalue(f"{kind}_url")
    async with open_world(tmp_path, database_url=url, sites=configured, sessions={"ttl_days": 90}) as world:
        rt = world.rt
        asked = {one.name: (one, await ask(world, one)) for one in await rt.db.run(sites.all_sites)}

        async def left(days: float) -> set[str]:
            began = rt.now()
            rt.now = lambda: began + timedelta(days=days)
            await background.sweep(rt)
            rt.now = lambda: began
            found = {
                name: await rt.db.run(messages.conversation, one.id, token=token)
                for name, (one, token) in asked.items()
            }
            return {name for name, log in found.items() if log is not None}

        assert await left(29.9) == {"docs", "blog", "wiki"}
        assert await left(30.1) == {"blog", "wiki"}
        assert await left(59.9) == {"blog", "wiki"}
        assert await left(60.1) == {"wiki"}
        assert await left(90.1) == set()


@pytest.fixture(scope="module")
async def forgetful(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with serve(tmp_path_factory.mktemp("forgetful"), sites=(site("docs", retention_days=0),)) as opened:
        opened.world.write({"keys.md": "# Keys\n\nRotate keys every month with the rotate command."})
        await opened.world.index()
        opened.rt.model = ScriptedModel(f"Rotate keys of {UNUSUAL} every month [1].", STOP)
        yield opened


async def test_nothing_of_question_or_answer_is_stored(forgetful: Served) -> None:
    answer = await forgetful.ask(f"How do I rotate keys of {UNUSUAL}?", resumable=True)
    told = parts(answer.content)
    message = only(told, "start")["messageId"]
    assert only(told, "data-answer")["data"]["message_id"] == message
    assert UNUSUAL in answer.text

    named = {"x-askdocs-session": session_of(answer)}
    resumed = await forgetful.client.get(f"{SITE}/chat/{message}/stream", headers=named)
    assert resumed.status_code == 204
    home = forgetful.rt.settings.home
    kept = [path for path in home.rglob("*") if path.is_file() and UNUSUAL.encode() in path.read_bytes()]
    assert kept == []
    model = forgetful.rt.model
    assert isinstance(model, ScriptedModel)
    asked = len(model.prompts)
    await forgetful.ask(f"How do I rotate keys of {UNUSUAL}?")
    assert len(model.prompts) == asked + 1, "an answer was kept for the next reader"


async def test_each_question_stands_alone_in_the_same_session(forgetful: Served) -> None:
    first = await forgetful.ask("How do I rotate keys?")
    token = session_of(first)
    replaced = only(parts(first.content), "start")["messageId"]
    second = await forgetful.ask("And how do I rotate keys?", session=token, replaces=replaced)
    assert second.status_code == 200
    assert session_of(second) == token
    assert isinstance(forgetful.rt.model, ScriptedModel)
    assert forgetful.rt.model.prompts[-1].turns == ()


async def test_what_is_not_kept_cannot_be_rated_read_or_deleted(forgetful: Served) -> None:
    answer = await forgetful.ask("How do I rotate keys?")
    message, named = only(parts(answer.content), "start")["messageId"], session_of(answer)
    headers = {"x-askdocs-session": named}
    voted = await forgetful.client.post(f"{SITE}/messages/{message}/feedback", json={"vote": "up"})
    problem(voted, 404, "nothing-kept")
    problem(await forgetful.client.get(f"{SITE}/session", headers=headers), 404, "nothing-kept")
    assert (await forgetful.client.delete(f"{SITE}/session", headers=headers)).status_code == 204
