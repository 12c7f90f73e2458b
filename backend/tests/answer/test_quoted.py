"""What readers get without a model: quotes, a kind word, or that nothing answers, said once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from askdocs.db import messages
from askdocs.index import run as index_run
from askdocs.text import phrases
from askdocs.types import Ask, Block, ModelStop, Page, Section, Source, SourcesFound
from tests.answer.asking import STOP, ScriptedModel, finished, logged, run, text
from tests.worlds import World, open_world

pytestmark = pytest.mark.anyio

SITE = {"name": "docs", "key": "demo", "origins": ["http://localhost:3000"]}
ROTATE = "Rotate keys every month with the rotate command."


def page(path: str, said: str, **fields: Any) -> Page:
    title = path.partition(".")[0].title()
    return Page(path, f"/{path}", title, (Section("", (), (Block(said),)),), **fields)


async def publish(world: World, *pages: Page, version: str = "", locale: str = "") -> None:
    source = Source("markdown", "", len(pages), iter(pages), version, locale)
    await index_run.index(world.rt, world.site, [source])


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


@pytest.fixture
async def unsure(tmp_path: Path) -> AsyncIterator[World]:
    """Where nothing is sure enough to be answered."""
    site = SITE | {"support_url": "https://help.test/ask"}
    async with open_world(tmp_path, sites=[site], answers={"min_confidence": 1.0}) as opened:
        yield opened


# small talk


async def test_greeting_gets_a_kind_word_without_a_search_or_a_model(world: World) -> None:
    model = ScriptedModel("never", STOP)

    events = await run(world, Ask("hi!"), model=model)

    answer = finished(events)
    assert (answer.status, answer.mode, answer.citations) == ("answered", "greeting", ())
    assert text(events) == "Hello! What would you like to know?"
    assert model.prompts == []


async def test_small_talk_speaks_the_language_of_the_page_or_of_the_message(world: World) -> None:
    assert text(await run(world, Ask("hi", locale="de-AT"))).startswith("Hallo!")
    assert text(await run(world, Ask("danke!"))).startswith("Gern geschehen.")
    assert text(await run(world, Ask("merci"))).startswith("You're welcome.")


async def test_small_talk_is_no_unanswered_question_and_no_turn_to_go_on_from(world: World) -> None:
    await publish(world, page("keys.md", ROTATE), page("cache.md", "Answers are kept for an hour."))
    first = finished(await run(world, Ask("how often to rotate keys")))
    await run(world, Ask("thanks!", session=first.session))

    events = await run(world, Ask("and with which command?", session=first.session))

    assert "rotate command" in text(events)
    since = world.rt.now() - timedelta(days=1)
    assert await world.rt.db.run(messages.unanswered, world.site.id, since=since, limit=9) == []


# not answered


async def test_nothing_found_is_said_once_with_what_comes_near_and_whom_to_ask(unsure: World) -> None:
    await publish(unsure, page("keys.md", ROTATE), page("cache.md", "Answers are kept for an hour."))

    events = await run(unsure, Ask("rotate keys of zebras"))

    assert text(events) == (
        "I found nothing in the documentation that answers this. The nearest pages are:\n\n"
        "- [Keys](/keys.md): Rotate keys every month with the rotate command.\n\n"
        "You can also [ask the people behind it](https://help.test/ask)."
    )
    assert [event for event in events if isinstance(event, SourcesFound)] == [SourcesFound(())]


async def test_no_page_is_offered_that_has_nothing_to_do_with_the_question(world: World) -> None:
    await publish(world, page("keys.md", ROTATE))

    assert "/keys.md" not in text(await run(world, Ask("zebra xylophone quantum")))


async def test_page_in_another_language_is_offered_where_the_readers_has_none(unsure: World) -> None:
    await publish(
        unsure,
        page("keys.md", ROTATE, locale="en", language="en"),
        page("de.md", "Antworten gelten eine Stunde.", locale="de", language="de"),
        locale="en",
    )

    said = text(await run(unsure, Ask("rotate keys of zebras", locale="de")))

    assert said.startswith("In der Dokumentation habe ich nichts gefunden")
    assert "- [Keys](/keys.md) (Englisch)" in said


# cut answers


@pytest.mark.parametrize(
    ("said", "closed"),
    [
        ("Rotate keys every month [1] and", "Rotate keys every month [1] and"),
        (
            "Rotate keys every month [1]:\n\n```sh\nrotate",
            "Rotate keys every month [1]:\n\n```sh\nrotate\n```",
        ),
    ],
)
async def test_answer_that_its_length_limit_cut_says_so_outside_of_code(
    world: World, said: str, closed: str
) -> None:
    await publish(world, page("keys.md", ROTATE))

    events = await run(world, Ask("rotate keys"), model=ScriptedModel(said, ModelStop("length")))

    assert text(events) == f"{closed}\n\n{phrases.of('en').cut}"
    assert (await logged(world, finished(events).session))[1].text == text(events)


# what an answer speaks for


async def test_answer_names_the_version_and_language_it_speaks_for(world: World) -> None:
    await publish(
        world,
        page("v1.md", ROTATE, version="1.0", locale="en"),
        page("v2.md", ROTATE, version="2.0", locale="en"),
        page("de.md", "Schlüssel werden monatlich getauscht.", version="2.0", locale="de"),
        version="2.0",
        locale="en",
    )
    quoted = finished(await run(world, Ask("rotate keys", version="1.0")))
    written = finished(await run(world, Ask("rotate keys"), model=ScriptedModel("Monthly [1].", STOP)))

    assert (quoted.mode, quoted.version, quoted.language) == ("extractive", "1.0", "en")
    assert (written.mode, written.version, written.language) == ("model", "2.0", "en")


async def test_answer_names_no_version_and_language_where_there_is_but_one(world: World) -> None:
    await publish(world, page("v2.md", ROTATE, version="2.0", locale="en"), version="2.0", locale="en")

    answer = finished(await run(world, Ask("rotate keys")))

    assert (answer.version, answer.language) == ("", "")
    question, _ = await logged(world, answer.session)
    assert question.text == "rotate keys"


# misspelt


async def test_misspelt_question_is_answered_with_what_it_means(world: World) -> None:
    await publish(world, page("keys.md", "Rotate the certificate every month with the rotate command."))

    events = await run(world, Ask("certifcate"))

    assert "Rotate the certificate every month" in text(events)
