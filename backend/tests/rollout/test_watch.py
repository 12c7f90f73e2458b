"""Watching a release, at a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from askdocs.answer import retrieve
from askdocs.errors import Unavailable
from askdocs.rollout.verdict import MINIMUM, Thresholds
from askdocs.rollout.watch import Question, Watch
from tests.served import KEY, ORIGIN, Served, serve

pytestmark = pytest.mark.anyio

TOKEN = "a-token-of-the-metrics"
QUESTION = Question(KEY, ORIGIN, "How long are answers kept?")


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serve(tmp_path, metrics_token=TOKEN, answers={"cache_ttl": 0}) as running:
        running.world.write({"cache.md": "# Cache\n\nAnswers are kept for an hour."})
        await running.world.index()
        yield running


def watch(served: Served, *, question: Question | None = QUESTION, **options: Any) -> Watch:
    allowed = Thresholds(
        error_rate=0.02,
        latency_p95=options.pop("latency", 10),
        time_to_first_token_p95=10,
        fallback_share=0.2,
    )
    fields = {"url": f"http://127.0.0.1:{served.port}", "token": TOKEN, "seconds": 0.4, **options}
    return Watch(allowed=allowed, question=question, **fields)


async def test_quiet_release_is_asked_and_found_healthy(served: Served) -> None:
    verdict = await watch(served).run()
    assert verdict.breaches == ()
    assert verdict.requests >= MINIMUM
    assert verdict.is_founded


async def test_busy_release_is_asked_less(served: Served) -> None:
    watching = watch(served)
    async with asyncio.TaskGroup() as readers:
        watched = readers.create_task(watching.run())
        for _ in range(MINIMUM // 2):
            readers.create_task(served.ask(QUESTION.text))
    assert watched.result().breaches == ()
    assert watching.asked < MINIMUM


async def test_without_a_site_too_few_requests_are_said_to_be_few(served: Served) -> None:
    verdict = await watch(served, question=None).run()
    assert (verdict.requests, verdict.breaches, verdict.is_founded) == (0, (), False)


async def test_slow_answers_end_the_watch(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    search = retrieve.search

    async def slow(*arguments: Any, **options: Any) -> Any:
        await asyncio.sleep(0.2)  # the fault
        return await search(*arguments, **options)

    monkeypatch.setattr(retrieve, "search", slow)
    watching = watch(served, latency=0.1, seconds=6)
    verdict = await watching.run()
    assert verdict.breaches[0].endswith("answers took longer than 0.1 s; 5% are allowed")
    assert watching.asked < MINIMUM


async def test_failing_answers_end_the_watch(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setattr(retrieve, "search", broken)
    verdict = await watch(served).run()
    assert "requests failed; 2% are allowed" in verdict.breaches[0]


async def test_answers_that_never_come_are_counted(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hanging(*_: Any, **__: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(retrieve, "search", hanging)
    verdict = await watch(served, latency=0.1, patience=0.3).run()
    assert "requests failed; 2% are allowed" in verdict.breaches[0]


async def test_wrong_token_is_said(served: Served) -> None:
    with pytest.raises(Unavailable, match="it answers 401"):
        await watch(served, token="another").run()


async def test_server_that_is_gone_is_said(served: Served) -> None:
    with pytest.raises(Unavailable, match="ConnectError"):
        await watch(served, url="http://127.0.0.1:9").run()
