"""Answers are paid for out of a budget, and quoted when nothing of it is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from askdocs.answer import chat
from askdocs.config import load
from askdocs.errors import ModelSlow, ModelUnavailable
from askdocs.models import prices
from askdocs.models.prices import Prices
from askdocs.types import AnswerText, Ask, ModelStop
from tests.answer.asking import ASK, STOP, ScriptedModel, Step, finished, run, text
from tests.worlds import World, open_world

pytestmark = pytest.mark.anyio

SAID: tuple[Step, ...] = ("Rotate them every month [1].", STOP)
PRICES = Prices(prompt=10.0, output=1000.0, embedding=0.0)
COST = (100 * 10 + 7 * 1000) / 1_000_000
"""Of an answer that ends in `STOP`."""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """With money for two answers, each of which may take nearly all of the tokens that one may have."""
    guard = {"budget_per_hour": 2.2, "budget_per_day": None}
    answers = {"min_confidence": 0.5, "cache_ttl": 0}
    async with open_world(tmp_path, answers=answers, guard=guard) as opened:
        opened.rt.prices = PRICES
        opened.write({"keys.md": "# Keys\n\nRotate keys every month with the rotate command."})
        await opened.index()
        yield opened


def cost(world: World) -> float:
    return float(world.rt.metrics.cost._value.get())


async def test_answer_costs_what_the_model_counted(world: World) -> None:
    events = await run(world, model=ScriptedModel(*SAID))

    assert finished(events).limited == ""
    assert cost(world) == pytest.approx(COST)


async def test_what_no_budget_is_left_for_is_quoted_and_says_why(world: World) -> None:
    dear = ModelStop("stop", prompt_tokens=100, output_tokens=1100)
    models = [ScriptedModel("Rotate them every month [1].", dear) for _ in range(3)]
    events = [await run(world, model=model) for model in models]

    assert [len(model.prompts) for model in models] == [1, 1, 0]
    assert [finished(each).mode for each in events] == ["model", "model", "extractive"]
    assert finished(events[2]).limited == "budget"
    assert finished(events[2]).citations
    assert text(events[2]).endswith(
        "*This is quoted, not written: the allowance for written answers is used up for now.*"
    )
    assert "rotate command" in text(events[2])


async def test_german_reader_is_told_in_german(world: World) -> None:
    world.rt.prices = Prices(prompt=1e6, output=1e6, embedding=0)
    events = await run(world, replace(ASK, locale="de"), model=ScriptedModel(*SAID))

    assert "Das Kontingent für verfasste Antworten ist vorerst aufgebraucht." in text(events)


@pytest.mark.parametrize("site_budget", [0.0, None])
async def test_site_has_a_budget_of_its_own(tmp_path: Path, site_budget: float | None) -> None:
    site = {"name": "docs", "key": "pk_docs", "budget_per_day": site_budget}
    async with open_world(tmp_path, answers={"min_confidence": 0.5}, sites=[site]) as world:
        world.write({"keys.md": "# Keys\n\nRotate keys every month with the rotate command."})
        await world.index()
        world.rt.prices = PRICES
        mode = finished(await run(world, model=ScriptedModel(*SAID))).mode

    assert mode == ("extractive" if site_budget == 0 else "model")


@pytest.mark.parametrize(
    ("script", "least", "most"),
    [
        (("Rotate them", ModelUnavailable("It broke.")), 0.001, 0.02),
        ((ModelSlow("Not begun."),), 0.001, 0.01),
        ((ModelStop("safety", prompt_tokens=100),), 0.001, 0.001),
    ],
)
async def test_failure_costs_what_it_took(
    world: World, script: tuple[Step, ...], least: float, most: float
) -> None:
    await run(world, model=ScriptedModel(*script))

    assert least <= cost(world) <= most


async def test_refusal_costs_nothing(world: World) -> None:
    refused = ModelUnavailable("Over quota.")
    refused.is_free = True
    await run(world, model=ScriptedModel(refused))

    assert cost(world) == 0


async def test_answer_that_its_reader_leaves_costs_what_was_said(world: World) -> None:
    world.rt.model = ScriptedModel("Rotate them every month. " * 40, 60.0)
    events = chat.answer(world.rt, world.site, ASK)
    async for event in events:
        if isinstance(event, AnswerText):
            break
    await events.aclose()

    assert 0.1 < cost(world) < 0.5  # some 250 tokens at 1000 a million


async def test_many_at_once_do_not_pass_the_budget(world: World) -> None:
    model = ScriptedModel("Rotate them every month [1].", 0.01, ModelStop("stop", 100, 1000))
    world.rt.model = model

    async def ask(number: int) -> str:
        events = [event async for event in chat.answer(world.rt, world.site, Ask(f"{ASK.question} {number}"))]
        return finished(events).mode

    modes = await asyncio.gather(*(ask(number) for number in range(20)))

    assert set(modes) == {"model", "extractive"}
    assert cost(world) <= 2.2
    assert len(model.prompts) == modes.count("model") == 2


async def test_questions_are_embedded_only_as_far_as_the_budget_goes(world: World) -> None:
    world.rt.prices = Prices(prompt=0, output=0, embedding=100_000)  # a question takes about one
    embedded = []

    async def embed(text: str) -> object:
        embedded.append(text)
        return await type(world.embedder).embed_query(world.embedder, text)

    world.embedder.embed_query = embed  # type: ignore[method-assign,assignment]
    events = [await run(world, Ask(f"how do I rotate keys {number}")) for number in range(6)]

    assert 1 <= len(embedded) <= 4
    assert all(finished(each).citations for each in events)


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"gemini_api_key": "key"}, (0.30, 2.50, 0.15)),
        ({"gemini_api_key": "key", "answers": {"model": "gemini-2.5-flash-lite-001"}}, (0.10, 0.40, 0.15)),
        ({"gemini_api_key": "key", "answers": {"model": "gemini-9-ultra"}}, (1.25, 10.0, 0.15)),
        ({"prices": {"prompt": 7, "output": 8, "embedding": 9}}, (7, 8, 9)),
        ({}, (0.30, 2.50, 0.0)),
    ],
)
def test_prices_are_those_of_the_model_unless_configured(
    tmp_path: Path, overrides: dict[str, object], expected: tuple[float, float, float]
) -> None:
    found = prices.of(load("test", home=tmp_path, **overrides))

    assert (found.prompt, found.output, found.embedding) == expected


def test_deployment_without_configuration_has_a_breaker(tmp_path: Path) -> None:
    caps = load("development", home=tmp_path, gemini_api_key="key").guard.caps

    assert (caps.hour.micros, caps.day.micros) == (2_000_000, 10_000_000)
