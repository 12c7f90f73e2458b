"""A loop is answered without the model, by what is kept or by quotes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from askdocs.answer import chat
from askdocs.types import Answered, Ask, Started
from tests.answer.asking import STOP, ScriptedModel, finished, run, text
from tests.worlds import World, open_world

pytestmark = pytest.mark.anyio

QUESTION = "how do I rotate keys every month"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    guard = {"repeats_per_session": 3, "repeats_per_hour": 5}
    async with open_world(tmp_path, answers={"min_confidence": 0.3}, guard=guard) as opened:
        opened.write({"keys.md": "# Keys\n\nRotate keys every month with the rotate command."})
        await opened.index()
        yield opened


async def converse(world: World, questions: list[str]) -> list[Answered]:
    """Ask in one session, so that no answer is kept for others."""
    session: str | None = None
    answers = []
    for question in questions:
        ask = Ask(question, session=session)
        events = [event async for event in chat.answer(world.rt, world.site, ask)]
        assert isinstance(events[0], Started)
        session = events[0].session
        answers.append(finished(events))
    return answers


async def test_loop_in_a_conversation_is_quoted_and_says_why(world: World) -> None:
    model = world.rt.model = ScriptedModel("Rotate them every month.", STOP)  # cites nothing, so is not kept
    answers = await converse(world, [f"{QUESTION} {number}" for number in range(20)])

    assert len(model.prompts) == 4  # the first had no session yet
    assert [one.limited for one in answers[-10:]] == ["repeated"] * 10
    assert {one.mode for one in answers[-10:]} == {"extractive"}


async def test_loop_of_new_readers_is_quoted(world: World) -> None:
    model = ScriptedModel("Rotate them every month.", STOP)
    events = [await run(world, Ask(f"{QUESTION} {number}"), model=model) for number in range(12)]

    assert len(model.prompts) == 5
    assert "the same has been asked very often just now" in text(events[-1])
    counted = world.rt.metrics.fallbacks.labels(reason="repeated")._value.get()
    assert counted == 7


async def test_loop_gets_the_answer_that_is_kept(world: World) -> None:
    model = world.rt.model = ScriptedModel("Rotate them every month [1].", STOP)
    answers = await converse(world, [QUESTION] * 12)

    assert len(model.prompts) == 4
    assert {(one.mode, one.limited) for one in answers} == {("model", "")}
    assert all(one.citations for one in answers)
