"""A question finds its passages whatever state the embedding model is in, whichever release wrote them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from askdocs.answer import retrieve
from askdocs.db import sites
from askdocs.errors import ModelMisconfigured, ModelUnavailable
from askdocs.models import calibrated
from askdocs.types import Block, Point, SparseVector, Turn, Vector
from tests.worlds import WordEmbedder, World, open_world

pytestmark = pytest.mark.anyio

FIXTURES = Path(__file__).parents[1] / "fixtures" / "schema1"
OLD = json.loads((FIXTURES / "payloads.json").read_text(encoding="utf-8"))


class BrokenEmbedder(WordEmbedder):
    """Embeds documents, but no question."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    async def embed_query(self, text: str) -> Vector:
        raise self.error


@pytest.mark.parametrize("error", [ModelMisconfigured("damaged"), ModelUnavailable("away")])
async def test_question_that_cannot_be_embedded_is_searched_by_its_words(
    tmp_path: Path, error: Exception
) -> None:
    async with open_world(tmp_path) as world:
        world.write({"cache.md": "# Cache\n\nAnswers are kept for an hour.", "b.md": "# Other\n\nElse."})
        await world.index()
        world.rt.embedder = BrokenEmbedder(error)

        found = await retrieve.search(world.rt, world.site, "how long are answers kept")

    assert [hit.chunk.path for hit in found.hits] == ["cache.md"]
    assert (found.calibration, found.is_declined) == (calibrated.BY_WORDS, False)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        opened.write({"cache.md": "# Cache\n\nAnswers are kept for an hour, e.g. in Redis."})
        await opened.index()
        yield opened


async def test_question_that_says_little_is_about_the_page_it_was_asked_on(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        world.write({f"{name}.md": f"# {name.title()}\n\nInstall it." for name in ("alpha", "beta", "gamma")})
        await world.index()

        here = await world.hits("how do I install this?", page_url="https://docs.test/beta?from=mail#top")
        elsewhere = await world.hits("how do I install Gamma?", page_url="https://docs.test/beta")

    assert here[0].chunk.path == "beta.md"
    assert elsewhere[0].chunk.path == "gamma.md"


async def test_follow_up_is_about_the_page_that_was_cited(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        world.write({f"{name}.md": f"# {name.title()}\n\nInstall it." for name in ("alpha", "beta", "gamma")})
        await world.index()
        before = Turn("Is there anything for me?", "Yes [1].", cited=("https://docs.test/gamma#top",))

        hits = await world.hits("and how do I install that?", turns=[before])

    assert hits[0].chunk.path == "gamma.md"


async def test_changelog_comes_after_docs_unless_it_is_asked_for(tmp_path: Path) -> None:
    releases = "".join(f"## 2.{n}.0\n\nTokens are rotated in the proxy.\n\n" for n in range(4))
    async with open_world(tmp_path) as world:
        world.write(
            {
                "history.md": f"# History\n\n{releases}",
                "tokens.md": "# Proxy\n\nHow tokens are rotated in the proxy: every month, by itself.",
            }
        )
        await world.index()

        used = await world.hits("how are tokens rotated in the proxy")
        changed = await world.hits("what changed in 2.1 about tokens")

    assert used[0].chunk.path == "tokens.md"
    assert (changed[0].chunk.path, changed[0].chunk.kind) == ("history.md", "changelog")


async def put(world: World, payload: dict[str, Any]) -> None:
    """Write a point as another release would, into what is live."""
    store = await world.rt.db.run(sites.store, world.site.id)
    revision = await world.rt.live.get(world.site.id)
    assert revision is not None
    dense = await world.embedder.embed_query(str(payload.get("text")))
    fields = payload | {"store_id": store.id, "from_rev": revision.number}
    point = Point("7d1c6a52-6d0f-4b8e-9c53-3a2b7a1f0e11", dense, SparseVector((), ()), fields)
    await world.rt.vectors.upsert(revision.collection, [point])


async def test_points_of_the_previous_release_are_found_beside_ours(world: World) -> None:
    await put(world, OLD[0])

    found = {hit.chunk.path: hit.chunk.blocks for hit in await world.hits("rotate keys every month")}

    assert found == {
        "keys.md": (Block(OLD[0]["text"]),),
        "cache.md": (Block("Answers are kept for an hour, e.g. in Redis."),),
    }


async def test_point_that_cannot_be_read_is_passed_over(world: World) -> None:
    await put(world, OLD[0] | {"text": 7})

    assert [hit.chunk.path for hit in await world.hits("how long are answers kept")] == ["cache.md"]


async def test_pasted_frames_do_not_hide_the_message(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        world.write(
            {
                "errors.md": "# Errors\n\nConnection refused: start the server.",
                "modules.md": "# Modules\n\nThe main module loads index files of node modules from home.",
            }
        )
        await world.index()

        trace = "\n".join(f"    at index (/home/main/node_modules/module/index.js:{n}:1)" for n in range(9))
        hits = await world.hits(f"connection refused\n{trace}")

    assert hits[0].chunk.path == "errors.md"


async def test_german_question_finds_other_forms_of_its_words(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        world.write(
            {
                "dienste.md": "# Aufbau\n\nDas ist der Aufbau: Jeder Dienst hat einen Namen.",
                "netze.md": "# Netze\n\nDas Netz ist ein Teil des Systems.",
            }
        )
        await world.index()
        world.rt.embedder = BrokenEmbedder(ModelUnavailable("away"))

        hits = await world.hits("Wie heißen die Dienste?")

    assert [hit.chunk.path for hit in hits] == ["dienste.md"]


async def test_metric_whose_name_is_a_stop_word_is_found(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        world.write(
            {
                "up.md": "# Health\n\nThe instance is scraped: `up` is 1 then, and `up` is 0 otherwise.",
                "other.md": "# Metric\n\nA metric has a name.",
            }
        )
        await world.index()
        world.rt.embedder = BrokenEmbedder(ModelUnavailable("away"))

        hits = await world.hits("what is up")

    assert [hit.chunk.path for hit in hits] == ["up.md"]
