"""Background tasks of a serving process: sweeping in small steps, at times of its own."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, event

from askdocs.api import background
from askdocs.db import embeddings, messages
from askdocs.types import Ask
from tests.worlds import World, open_world

pytestmark = pytest.mark.anyio


async def ask(world: World, number: int, *, days_ago: float) -> None:
    await world.rt.db.run(
        messages.open_turn,
        world.site.id,
        token=f"t{number}",
        question="?",
        answer_id=f"a{number}",
        question_id=f"q{number}",
        ask=Ask("?"),
        now=world.rt.now() - timedelta(days=days_ago),
        history_turns=0,
    )


async def test_sweep_forgets_what_is_old_in_small_transactions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "_BATCH", 3)
    erased: list[int] = []

    def note(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("DELETE FROM chat_sessions"):
            erased.append(cursor.rowcount)

    async with open_world(tmp_path) as world:
        for number in range(7):
            await ask(world, number, days_ago=91)
        await ask(world, 8, days_ago=89)
        event.listen(Engine, "after_cursor_execute", note)
        await background.sweep(world.rt)
        event.remove(Engine, "after_cursor_execute", note)
        recent = await world.rt.db.run(messages.conversation, world.site.id, token="t8")

    assert erased == [3, 3, 1]
    assert recent is not None
    assert [message.status for message in recent.messages] == [None, "failed"]


async def test_embeddings_are_kept_as_long_as_runs_ask_for_them(tmp_path: Path) -> None:
    async with open_world(tmp_path, embeddings={"cache_days": 2}) as world:
        today = world.rt.now().date()
        for age in range(4):
            vector = {bytes([age]): np.zeros(4, np.float32)}
            await world.rt.db.run(embeddings.put, "m", vectors=vector, today=today - timedelta(days=age))

        await background.sweep(world.rt)

        hashes = [bytes([age]) for age in range(4)]
        left = await world.rt.db.run(embeddings.get, "m", hashes=hashes, today=today)
    assert set(left) == {b"\0", b"\1", b"\2"}


def test_processes_that_start_together_sweep_at_different_times() -> None:
    first, second = (list(islice(background.pauses(random.Random(seed)), 5)) for seed in (1, 2))

    assert not set(first) & set(second)
    assert first[0] <= 300
    assert all(1800 <= pause <= 5400 for pause in first[1:] + second[1:])
