"""A site of two versions in two languages: what the reader's own docs do not say, others may."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from askdocs.answer import elsewhere, retrieve
from askdocs.answer.elsewhere import OtherLocale
from askdocs.answer.retrieve import Retrieval
from askdocs.index import run
from askdocs.sources import markdown
from askdocs.text import tokens
from askdocs.types import Ask, Chunk, Hit, Page, Scope, Source
from tests.answer.asking import STOP, ScriptedModel, finished, text
from tests.answer.asking import run as asked
from tests.worlds import World, open_world

pytestmark = pytest.mark.anyio

INSTALL = "Run the installer of the proxy."
PAGES = {
    # (version, locale, name): text
    ("2.0", "en", "install"): f"# Install\n\n{INSTALL}",
    ("3.0", "en", "install"): f"# Install\n\n{INSTALL}",
    ("3.0", "en", "tokens"): "# Tokens\n\n## Rotate tokens\n\nThe proxy rotates session tokens every month.",
    ("2.0", "en", "certificates"): "# Certificates\n\n## Renewal\n\nRenew certificates with openssl.",
    ("3.0", "de", "install"): "# Einrichten\n\nStarten Sie den Installer.",
    ("2.0", "de", "install"): "# Einrichten\n\nStarten Sie den Installer.",
}


def page(place: tuple[str, str, str], text: str) -> Page:
    version, locale, name = place
    read = markdown.parse_page(f"{locale}/{version}/{name}.md", text, lambda problem: None)
    assert read is not None
    return Page(read.path, read.url, read.title, read.sections, "", version, locale, locale)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    pages = [page(*one) for one in PAGES.items()]
    source = Source("docusaurus", "", len(pages), iter(pages), default_version="3.0", default_locale="en")
    async with open_world(tmp_path, answers={"min_confidence": 0.6}) as world:
        await run.index(world.rt, world.site, [source])
        yield world


async def find(world: World, question: str, *, version: str = "3.0", locale: str = "en") -> Retrieval:
    return await retrieve.search(world.rt, world.site, question, version=version, locale=locale)


def hit(version: str, heading: str, score: float, *, locale: str = "") -> Hit:
    path = f"{version}/{heading}.md"
    return Hit(Chunk(path, f"/{path}", "", "Page", (heading,), version, locale, "", 0, 0, ()), score)


@pytest.mark.parametrize(
    ("own", "having", "said"),
    [
        ("2.9", ["2.10", "3.0"], ("2.10", True)),
        ("1.0", ["next", "2.0"], ("2.0", True)),
        ("2.0", ["1.0", "1.5"], ("1.5", False)),
        ("2.0", ["1.0", "3.0"], ("3.0", False)),
        ("3.0", ["next"], ("next", True)),
    ],
)
def test_nearest_of_the_versions_that_have_a_section_is_named(
    own: str, having: list[str], said: tuple[str, bool]
) -> None:
    hits = [hit(version, "New", 0.8) for version in having]

    there = elsewhere.other_version(Scope("s", 1, own), [hit(own, "Old", 0.5)], hits)

    assert there is not None
    assert (there.version, there.is_since) == said


def test_section_of_another_version_that_is_hardly_better_is_no_reason() -> None:
    scope, own = Scope("s", 1, "1.0"), [hit("1.0", "Old", 0.5)]

    assert elsewhere.other_version(scope, own, [hit("2.0", "New", 0.55)]) is None
    assert elsewhere.other_version(scope, own, [hit("", "New", 0.9)]) is None
    assert elsewhere.other_version(scope, own, [hit("2.0", "Old", 0.9)]) is None
    assert elsewhere.other_version(scope, own, []) is None
    assert elsewhere.other_version(scope, [], [hit("2.0", "New", 0.3)]) is not None


async def test_what_the_readers_version_answers_needs_no_notice(world: World) -> None:
    found = await find(world, "rotate session tokens")

    assert (found.is_declined, found.notices) == (False, ())
    assert {hit.chunk.version for hit in found.hits} == {"3.0"}


async def test_what_is_new_in_a_later_version_is_not_answered_for_an_earlier_one(world: World) -> None:
    found = await find(world, "rotate session tokens", version="2.0")

    assert found.is_declined
    assert {hit.chunk.version for hit in found.hits} == {"2.0"}
    there = found.other_version
    assert there is not None
    assert (there.version, there.is_since, there.hit.chunk.path) == ("3.0", True, "en/3.0/tokens.md")


async def test_what_a_later_version_lacks_is_said_to_be_in_the_earlier_one(world: World) -> None:
    found = await find(world, "renew certificates with openssl")

    there = found.other_version
    assert there is not None
    assert (there.version, there.is_since) == ("2.0", False)


async def test_section_that_the_readers_version_has_too_is_no_other_versions(world: World) -> None:
    found = await find(world, "run the installer of the proxy", version="2.0")

    assert (found.is_declined, found.notices) == (False, ())


async def test_question_that_nobody_answers_is_declined_without_a_notice(world: World) -> None:
    found = await find(world, "who bakes zebra cakes", version="2.0", locale="de")

    assert (found.is_declined, found.notices) == (True, ())


async def test_passages_of_another_language_stand_in_for_those_that_the_readers_lacks(world: World) -> None:
    found = await find(world, "rotate session tokens", locale="de")

    assert not found.is_declined
    assert found.notices == (OtherLocale("en"),)
    assert found.hits[0].chunk.path == "en/3.0/tokens.md"


async def test_question_in_the_readers_language_finds_names_on_pages_of_another(world: World) -> None:
    found = await find(world, "Was macht der Proxy mit Session-Tokens?", locale="de")

    assert found.other_locale == OtherLocale("en")
    assert found.hits[0].chunk.path == "en/3.0/tokens.md"
    assert found.asked is not None
    assert set(tokens.terms("proxy tokens", "en")) <= set(found.asked.terms)


async def test_search_may_be_kept_to_the_readers_own(world: World) -> None:
    found = await retrieve.search(
        world.rt, world.site, "rotate session tokens", version="3.0", locale="de", exactly=True
    )

    assert {hit.chunk.locale for hit in found.hits} == {"de"}


async def test_reader_of_an_earlier_version_is_told_since_when_and_led_there(world: World) -> None:
    events = await asked(world, Ask("rotate session tokens", version="2.0", locale="en"))

    assert text(events) == (
        "Available since version 3.0: [Tokens › Rotate tokens](/en/3.0/tokens#rotate-tokens)."
    )
    assert (finished(events).status, finished(events).version) == ("unanswered", "2.0")


async def test_reader_of_a_later_version_is_told_which_one_it_is_in(world: World) -> None:
    events = await asked(world, Ask("renew certificates with openssl", version="3.0", locale="en"))

    link = "[Certificates › Renewal](/en/2.0/certificates#renewal)"
    assert text(events) == f"This is answered in version 2.0 only: {link}."


async def test_answer_from_another_language_says_so_in_the_readers(world: World) -> None:
    quoted = await asked(world, Ask("rotate session tokens", locale="de"))
    written = await asked(
        world, Ask("rotate session tokens", locale="de"), model=ScriptedModel("Every month [1].", STOP)
    )

    notice = "Diese Stellen sind auf Englisch: In Ihrer Sprache steht es nicht in der Dokumentation."
    for events in (quoted, written):
        assert text(events).endswith(f"\n\n{notice}")
        assert finished(events).language == "en"
