"""More streams than may be are refused before they begin, and slots are free again however they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import httpx
import pytest

from askdocs.types import ModelStop, ModelText, Prompt
from tests.api.test_stopping import Endless, deaf_reader
from tests.served import SITE, Served, problem, serve, session_of, until

pytestmark = pytest.mark.anyio

GUARD = {"streams_per_session": 2, "streams_per_client": 4, "streams_per_process": 5}


class Waiting:
    """Begins each answer, and ends all of them at once."""

    model, trouble = "waiting", ""

    def __init__(self) -> None:
        self.end = asyncio.Event()
        self.begun = 0

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelText | ModelStop]:
        self.begun += 1
        yield ModelText("Rotate them every month [1].")
        await self.end.wait()
        yield ModelStop("stop", 100, 10)

    async def warm(self) -> None:
        pass

    async def close(self) -> None:
        pass


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    answers = {"cache_ttl": 0, "min_confidence": 0.3}
    async with serve(tmp_path, guard=GUARD, answers=answers, server={"send_timeout": 0.5}) as opened:
        opened.world.write({"keys.md": "# Keys\n\nRotate keys every month with the rotate command."})
        await opened.world.index()
        yield opened


async def asking(
    served: Served, count: int, **body: object
) -> tuple[Waiting, list[asyncio.Task[httpx.Response]]]:
    """So many answers that have begun and do not end."""
    model = served.rt.model = Waiting()
    tasks = [asyncio.create_task(served.ask("How do I rotate keys?", **body)) for _ in range(count)]
    await until(lambda: model.begun == count)
    return model, tasks


@pytest.mark.parametrize("resumable", [False, True])
async def test_conversation_gets_two_answers_at_once(served: Served, resumable: bool) -> None:
    session = session_of(await served.ask("How do I rotate keys?"))
    model, tasks = await asking(served, 2, session=session, resumable=resumable)
    refused = await served.ask("How do I rotate keys?", session=session)
    model.end.set()
    ended = [await task for task in tasks]

    found = problem(refused, 429, "rate-limited")
    assert refused.headers["retry-after"] == "2"
    assert "in this conversation" in found["detail"]
    assert [one.status_code for one in ended] == [200, 200]
    assert (await served.ask("How do I rotate keys?", session=session)).status_code == 200
    await until(lambda: served.rt.slots.taken == 0)


async def test_network_gets_a_few_answers_at_once(served: Served) -> None:
    model, tasks = await asking(served, 4)
    refused = await served.ask("How do I rotate keys?")
    model.end.set()
    await asyncio.gather(*tasks)

    assert "network" in problem(refused, 429, "rate-limited")["detail"]
    assert served.rt.slots.taken == 0


async def test_process_that_has_all_that_it_can_do_says_when_to_come_back(served: Served) -> None:
    others = [served.rt.slots.take(client=f"192.0.2.{number}") for number in range(5)]
    refused = await served.ask("How do I rotate keys?")
    for one in others:
        one.leave()

    assert problem(refused, 503, "busy")["detail"] == "Too many readers ask at the moment."
    assert refused.headers["retry-after"] == "2"
    assert (await served.ask("How do I rotate keys?")).status_code == 200


async def test_reader_who_takes_nothing_is_cut_and_leaves_the_slot(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served.rt, "model", Endless("x" * 20_000))
    async with deaf_reader(served.port):
        await until(lambda: served.rt.slots.taken == 1)
        await until(lambda: served.rt.slots.taken == 0)


async def test_question_that_is_refused_takes_no_slot(served: Served) -> None:
    model, tasks = await asking(served, 1)
    for body in (
        {"question": ""},
        {"question": "x", "session": "1.nobody"},
        {"question": "x", "replaces": "y"},
    ):
        assert (await served.client.post(f"{SITE}/chat", json=body)).status_code >= 400
    taken = served.rt.slots.taken
    model.end.set()
    await asyncio.gather(*tasks)

    assert (taken, served.rt.slots.taken) == (1, 0)
