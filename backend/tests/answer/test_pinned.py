"""A pinned answer is given to its question alone, as reviewed, until what it cites has changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from askdocs.answer import pinned
from askdocs.answer.pinned import Review
from askdocs.control.operations import pinning
from askdocs.db import pins
from askdocs.errors import InputError
from askdocs.types import Ask, SourcesFound
from tests.answer.asking import ASK, STOP, ScriptedModel, finished, logged, run, text
from tests.worlds import World

pytestmark = pytest.mark.anyio

REVIEW = Review(
    questions=(ASK.question, "new keys, when?"),
    text="Rotate keys **every month** [1]. Answers are kept for an hour [2].",
    cited=(("keys.md", ""), ("cache.md", "")),
    version="",
    locale="",
    reviewed_on=date(2026, 1, 31),
    reviewed_by="Ada",
)


async def pin(world: World, given: Review = REVIEW) -> str:
    revision = await world.rt.live.get(world.site.id)
    assert revision
    content = await pinned.review(world.rt, world.site, revision, given)
    pin_id = await world.rt.db.run(pins.add, world.site.id, content=content, now=world.rt.now())
    world.rt.pins.forget((world.site.id, revision.store_id, revision.number))
    return pin_id


@pytest.mark.parametrize(
    "question", [ASK.question, "How can I rotate my key?", "New keys: when", "hi, how to rotate the keys ?!"]
)
async def test_pinned_answer_is_given_without_a_call_of_the_model(world: World, question: str) -> None:
    await pin(world)
    model = ScriptedModel("never", STOP)

    events = await run(world, Ask(question), model=model)

    answer = finished(events)
    assert text(events) == REVIEW.text
    assert (answer.status, answer.mode, answer.reviewed_on) == ("answered", "pinned", "2026-01-31")
    assert [citation.index for citation in answer.citations] == [1, 2]
    assert answer.citations[0].quote == "Rotate keys every month with the rotate command."
    sources = next(event for event in events if isinstance(event, SourcesFound))
    assert [hit.chunk.path for hit in sources.hits] == ["keys.md", "cache.md"]
    assert model.prompts == []
    assert (await logged(world, answer.session))[1].mode == "pinned"


@pytest.mark.parametrize(
    "question", ["how do I not rotate keys", "why do I rotate keys", "rotate keys", "how do I rotate caches"]
)
async def test_another_question_is_answered_from_the_docs(world: World, question: str) -> None:
    await pin(world)

    assert finished(await run(world, Ask(question))).mode != "pinned"


async def test_it_is_given_without_a_model_too(world: World) -> None:
    await pin(world)

    assert text(await run(world)) == REVIEW.text


async def test_change_of_a_cited_section_suspends_it_and_a_review_gives_it_again(world: World) -> None:
    pin_id = await pin(world)
    world.write({"keys.md": "# Keys\n\nRotate keys every month, or every day."})
    await world.index()
    store = await world.rt.db.run(pins.listing, world.site.id, store_id=await store_of(world), revision=2)

    assert store[0].changed == ("keys.md",)
    assert finished(await run(world)).mode != "pinned"

    again = pinning.pin(
        world.rt,
        site=world.site.name,
        questions=REVIEW.questions,
        text=REVIEW.text,
        cited=REVIEW.cited,
        reviewed_by="Ada",
        replacing=pin_id,
    )
    assert [event async for event in again] == [{"result": {"id": pin_id}}]
    world.rt.pins.forget((world.site.id, await store_of(world), 2))
    assert finished(await run(world)).mode == "pinned"


async def test_change_elsewhere_on_the_page_does_not_suspend_it(world: World) -> None:
    await pin(world)
    kept = "# Keys\n\nRotate keys every month with the rotate command."
    world.write({"keys.md": f"{kept}\n\n## Colours\n\nBlue."})
    await world.index()

    assert finished(await run(world)).mode == "pinned"


async def test_rollback_to_what_was_reviewed_gives_it_again(world: World) -> None:
    await pin(world)
    world.write({"keys.md": "# Keys\n\nRotate keys every day."})
    await world.index()
    assert finished(await run(world)).mode != "pinned"

    await world.roll_back()

    assert finished(await run(world)).mode == "pinned"


async def test_it_is_given_in_its_version_only(world: World) -> None:
    await pin(world, replace(REVIEW, version="2.0"))

    assert finished(await run(world)).mode != "pinned"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (replace(REVIEW, text="Rotate keys every month."), "no mark"),
        (replace(REVIEW, text="Rotate keys every month [3]."), r"\[3\] cites nothing"),
        (replace(REVIEW, text="Bananas are yellow [1]."), r"not said in keys\.md\."),
        (replace(REVIEW, text="Rotate keys [1] as [they say](https://evil.example/x)."), "outside the docs"),
        (replace(REVIEW, cited=(("keys.md", "nowhere"), ("cache.md", ""))), "no section #nowhere"),
        (replace(REVIEW, cited=(("gone.md", ""), ("cache.md", ""))), "no page gone.md"),
    ],
)
async def test_review_that_does_not_hold_is_refused(world: World, given: Review, said: str) -> None:
    with pytest.raises(InputError, match=said):
        await pin(world, given)


async def store_of(world: World) -> str:
    revision = await world.rt.live.get(world.site.id)
    assert revision
    return revision.store_id
