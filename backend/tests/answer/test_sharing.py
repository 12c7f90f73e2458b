"""An answer is shared by those who ask the same, at once or later, and by nobody else."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest
from sqlalchemy import select

from askdocs.answer import chat
from askdocs.db import tables
from askdocs.errors import ModelUnavailable
from askdocs.types import (
    AnswerText,
    Ask,
    ModelStop,
    Vector,
)
from tests.answer.asking import ASK, STOP, ScriptedModel, finished, run, text
from tests.worlds import World

pytestmark = pytest.mark.anyio


async def test_repeated_question_is_answered_from_the_cache_and_logged_anew(world: World) -> None:
    first = await run(world, model=ScriptedModel("Every month [1].", STOP))
    again = ScriptedModel("never", STOP)

    second = await run(world, Ask("  How do I  rotate keys "), model=again)

    assert again.prompts == []
    assert text(second) == text(first)
    assert finished(second).citations == finished(first).citations
    assert finished(second).message_id != finished(first).message_id


async def test_answer_that_was_cut_is_said_so_in_the_log_and_not_kept_for_others(world: World) -> None:
    model = ScriptedModel("Rotate keys every month [1] and", ModelStop("length"))

    answer = finished(await run(world, model=model))
    await run(world, model=model)

    assert answer.status == "answered"
    assert len(model.prompts) == 2
    stored = select(tables.Message.usage).where(tables.Message.id == answer.message_id)
    usage = await world.rt.db.run(lambda db: db.scalar(stored)) or {}
    assert usage["reason"] == "length"


async def test_reader_is_told_in_their_language_that_the_answer_was_cut(world: World) -> None:
    model = ScriptedModel("Rotate keys every month [1]:\n\n> ```sh\n> rota", ModelStop("length"))

    english = text(await run(world, model=model))
    german = text(await run(world, Ask(ASK.question, locale="de"), model=model))
    whole = text(await run(world, model=ScriptedModel("Rotate keys every month [1].", STOP)))

    said = "The answer reached its greatest length and was cut here. Ask for the part that is missing."
    assert english.endswith(f"> rota\n> ```\n\n{said}")
    assert "Die Antwort hat ihre größte Länge erreicht" in german
    assert whole == "Rotate keys every month [1]."


async def test_cached_answer_does_not_outlive_its_revision(world: World) -> None:
    await run(world, model=ScriptedModel("Every month [1].", STOP))
    world.write({"keys.md": "# Keys\n\nRotate keys every day."})
    await world.index()

    events = await run(world, model=ScriptedModel("Rotate every day [1].", STOP))

    assert text(events) == "Rotate every day [1]."


async def test_answer_found_by_words_alone_is_not_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(_: str) -> Vector:
        raise ModelUnavailable("away")

    with monkeypatch.context() as outage:
        outage.setattr(world.rt.embedder, "embed_query", fail)
        await run(world, model=ScriptedModel("Every month [1].", STOP))
    model = ScriptedModel("Monthly [1].", STOP)

    events = await run(world, model=model)

    assert text(events) == "Monthly [1]."


async def test_publish_that_leaves_its_sources_alone_keeps_an_answer(world: World) -> None:
    first = await run(world, model=ScriptedModel("Every month [1].", STOP))
    world.write({"new.md": "# Colours\n\nBlue and green."})
    await world.index()
    again = ScriptedModel("never", STOP)

    second = await run(world, model=again)

    assert again.prompts == []
    assert text(second) == text(first)
    assert finished(second).release["revision"] == 2


async def test_answer_kept_on_one_page_is_not_told_on_another(world: World) -> None:
    on_keys, on_cache = (replace(ASK, page_url=f"https://docs.test/{page}") for page in ("keys", "cache"))
    await run(world, on_keys, model=ScriptedModel("Every month [1].", STOP))
    model = ScriptedModel("Monthly [1].", STOP)

    await run(world, on_cache, model=model)

    assert len(model.prompts) == 1


async def test_readers_who_ask_the_same_at_once_share_one_call(world: World) -> None:
    model = ScriptedModel("Rotate keys ", 0.05, "every month [1].", STOP)

    answers = await asyncio.gather(*(run(world, model=model) for _ in range(5)))

    assert len(model.prompts) == 1
    assert {text(events) for events in answers} == {"Rotate keys every month [1]."}
    assert len({finished(events).message_id for events in answers}) == 5
    stored = select(tables.Message.usage).where(tables.Message.role == "assistant")
    usage = await world.rt.db.run(lambda db: list(db.scalars(stored)))
    assert [one["output_tokens"] for one in usage if one] == [7], "what it cost is counted once"


async def test_first_of_several_readers_leaves_and_the_others_are_answered(world: World) -> None:
    world.rt.model = model = ScriptedModel("Rotate keys ", 0.2, "every month [1].", STOP)
    first, second = (chat.answer(world.rt, world.site, ASK) for _ in range(2))
    for reader in (first, second):
        while not isinstance(await anext(reader), AnswerText):
            pass

    await first.aclose()

    async with aclosing(second):
        rest = [event async for event in second]
    assert text(rest).endswith("every month [1].")
    assert finished(rest).status == "answered"
    assert len(model.prompts) == 1
    assert not model.cancelled


class SpoiledCache:
    """Holds under every key what no release of ours wrote."""

    async def get(self, key: str) -> bytes | None:
        return b'{"text": 7}'

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        pass

    async def delete(self, key: str) -> None:
        pass

    async def delete_all(self, prefix: str) -> None:
        pass

    async def ping(self) -> None:
        pass

    async def close(self) -> None:
        pass


async def test_kept_answer_that_cannot_be_read_is_composed_anew(world: World) -> None:
    world.rt.cache = SpoiledCache()

    events = await run(world, model=ScriptedModel("Every month [1].", STOP))

    assert text(events) == "Every month [1]."
    assert finished(events).status == "answered"
