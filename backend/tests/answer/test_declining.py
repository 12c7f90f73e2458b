"""A question that the model declines: what the reader gets instead, and how it stands in the log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from askdocs.answer import chat, meaning
from askdocs.errors import ModelUnavailable
from askdocs.text.declining import MARKER
from askdocs.types import AnswerEvent, AnswerText, Ask, SourcesFound
from tests.answer.asking import ASK, STOP, ScriptedModel, Step, finished, logged, run, text
from tests.fakes import gemini
from tests.fakes.gemini import API_KEY, FakeGemini, Reply
from tests.fakes.gemini_json import Json, event
from tests.worlds import World, open_world

pytestmark = pytest.mark.anyio

UNSURE = Ask("which zebra may rotate the xylophone")
PAGES = {
    "keys.md": "# Keys\n\nRotate keys every month with the rotate command.",
    "cache.md": "# Cache\n\nAnswers are kept for an hour.",
}


def kinds(events: Sequence[AnswerEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


async def test_declined_question_is_not_answered_and_the_nearest_pages_are_named(world: World) -> None:
    events = await run(world, model=ScriptedModel(f"{MARKER}\n", STOP))

    answer = finished(events)
    assert (answer.status, answer.mode, answer.support) == ("unanswered", "none", "not_found")
    assert answer.citations == ()
    assert "found nothing in the documentation" in text(events)
    assert "](/keys)" in text(events)
    _, reply = await logged(world, answer.session)
    assert (reply.text, reply.status) == (text(events), "unanswered")


async def test_what_follows_the_marker_is_neither_shown_nor_waited_for(world: World) -> None:
    rests: list[tuple[Step, ...]] = [
        ("\n", STOP),
        ("\n\nThe passages cover keys only. ", "And more. ", 60.0, STOP),
        (60.0, STOP),
        (ModelUnavailable("cut"),),
        (),
    ]
    for rest in rests:
        events = await run(world, model=ScriptedModel(MARKER, *rest))

        assert finished(events).status == "unanswered", rest
        assert "cover keys only" not in text(events)
        assert MARKER not in text(events)


async def test_declined_question_is_asked_again_the_next_time(world: World) -> None:
    model = ScriptedModel(MARKER, STOP)

    for _ in range(2):
        await run(world, model=model)

    assert len(model.prompts) == 2


@pytest.fixture
async def doubtful(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, answers={"min_confidence": 0.0}) as opened:
        opened.write(PAGES)
        await opened.index()
        yield opened


async def test_model_is_asked_to_decline_in_the_grey_zone_alone(doubtful: World) -> None:
    unsure, sure = ScriptedModel(MARKER, STOP), ScriptedModel("Every month [1].", STOP)

    await run(doubtful, UNSURE, model=unsure)
    await run(doubtful, model=sure)

    assert MARKER in unsure.prompts[0].question
    assert MARKER not in sure.prompts[0].question


async def test_sources_wait_in_the_grey_zone_until_the_model_answers(doubtful: World) -> None:
    declined = await run(doubtful, UNSURE, model=ScriptedModel(MARKER, STOP))
    answered = await run(doubtful, UNSURE, model=ScriptedModel("Rotate keys every month [1].", STOP))

    assert kinds(declined) == ["Started", "SourcesFound", "AnswerText", "Answered"]
    assert kinds(answered)[:3] == ["Started", "SourcesFound", "AnswerText"]
    sources = next(event for event in answered if isinstance(event, SourcesFound))
    assert sources.hits[0].chunk.path == "keys.md"


# over HTTP


@pytest.fixture
async def fake() -> AsyncIterator[FakeGemini]:
    async with gemini.running() as fake:
        yield fake


@pytest.fixture
async def with_gemini(fake: FakeGemini, tmp_path: Path) -> AsyncIterator[World]:
    settings = {"gemini_base_url": fake.url, "gemini_api_key": API_KEY}
    async with open_world(tmp_path, answers={"provider": "gemini", "cache_ttl": 0}, **settings) as opened:
        opened.write(PAGES)
        await opened.index()
        yield opened


def said(*texts: str) -> Reply:
    """A stream of these texts, an event each."""
    parts: list[Json] = [
        {"candidates": [{"content": {"parts": [{"text": one}], "role": "model"}}]} for one in texts
    ]
    stop: Json = {
        "candidates": [{"finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 90, "candidatesTokenCount": 6},
    }
    return Reply(raw=[event(part) for part in (*parts, stop)])


async def ask(world: World) -> list[AnswerEvent]:
    return [event async for event in chat.answer(world.rt, world.site, ASK)]


async def test_gemini_declines_wherever_its_stream_is_cut(fake: FakeGemini, with_gemini: World) -> None:
    line = f"**{MARKER}**\n"
    for at in range(1, len(line)):
        fake.script(said(line[:at], line[at:]))

        events = await ask(with_gemini)

        answer = finished(events)
        assert (answer.status, answer.mode) == ("unanswered", "none"), at
        assert "](/keys)" in text(events)


async def test_gemini_may_begin_like_the_marker_and_answer(fake: FakeGemini, with_gemini: World) -> None:
    answer = "No answer in passing. Rotate keys every month [1]."
    for at in range(1, len(answer)):
        fake.script(said(answer[:at], answer[at:]))

        events = await ask(with_gemini)

        assert text(events) == answer, at
        assert finished(events).status == "answered"


async def test_first_words_of_an_answer_are_not_held_back(fake: FakeGemini, with_gemini: World) -> None:
    fake.script(replace(said("Rotate keys ", "every month [1]."), pause=0.2))

    events = await ask(with_gemini)

    first = next(event for event in events if isinstance(event, AnswerText))
    assert first.text == "Rotate ", "all but the word that may go on"


async def test_text_before_a_mark_in_doubt_is_not_held_back(
    fake: FakeGemini, with_gemini: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, decided = asyncio.Event(), asyncio.Event()

    async def support(*_: object) -> None:
        asked.set()
        await decided.wait()

    monkeypatch.setattr(meaning, "support", support)
    fake.script(said("Flowers may cost money at the market [1]. Rotate keys every month [1]."))
    so_far = ""

    async def read() -> None:
        nonlocal so_far
        async for one in chat.answer(with_gemini.rt, with_gemini.site, ASK):
            so_far += one.text if isinstance(one, AnswerText) else ""

    reading = asyncio.create_task(read())
    await asyncio.wait_for(asked.wait(), 30)
    before = so_far
    decided.set()
    await reading

    assert before == "Flowers may cost money at the ", "all but the word that may go on"
    assert so_far == "Flowers may cost money at the market. Rotate keys every month [1]."
