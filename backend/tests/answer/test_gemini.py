"""A question answered by Gemini as the settings choose it, through everything that is ours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from askdocs.answer import chat
from askdocs.types import Answered, AnswerText, Ask
from tests.fakes import gemini, google_auth
from tests.fakes.gemini import API_KEY, FakeGemini, Reply
from tests.worlds import World, open_world

pytestmark = pytest.mark.anyio


@pytest.fixture
async def fake() -> AsyncIterator[FakeGemini]:
    async with gemini.running() as fake:
        yield fake


@pytest.fixture(params=["developer", "vertex"])
async def world(
    request: pytest.FixtureRequest, fake: FakeGemini, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    settings: dict[str, Any] = {"gemini": {"platform": request.param}, "gemini_base_url": fake.url}
    if request.param == "vertex":
        google_auth.write_account(tmp_path / "account.json", fake.url)
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "account.json"))
    else:
        settings["gemini_api_key"] = API_KEY
    async with open_world(tmp_path, answers={"provider": "gemini"}, **settings) as world:
        world.write({"keys.md": "# Keys\n\nRotate keys every month with the rotate command."})
        await world.index()
        yield world


async def ask(world: World) -> tuple[str, Answered]:
    events = [event async for event in chat.answer(world.rt, world.site, Ask("how do I rotate keys"))]
    assert isinstance(events[-1], Answered), events[-1]
    return "".join(event.text for event in events if isinstance(event, AnswerText)), events[-1]


async def test_answer_is_written_and_cited(world: World) -> None:
    text, answered = await ask(world)

    assert text == "Rotate keys every month with the rotate command. [1]"
    assert (answered.mode, answered.status) == ("model", "answered")


@pytest.mark.parametrize(
    "reply",
    [Reply(raw=["<!doctype html>"]), Reply(raw=['data: {"error":"boom"}\n\n']), Reply(status=503)],
    ids=["page", "error", "busy"],
)
async def test_reply_that_cannot_be_used_leaves_the_passages(
    fake: FakeGemini, world: World, reply: Reply
) -> None:
    fake.script(reply)

    text, answered = await ask(world)

    assert answered.mode == "extractive"
    assert "Rotate keys every month" in text
