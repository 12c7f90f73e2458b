"""Runs a publish and tells how far it has come, for whoever stays to hear it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import asdict
from typing import Any

from askdocs.control.events import Event
from askdocs.errors import Unavailable
from askdocs.index.progress import Progress, Report
from askdocs.index.run import Summary
from askdocs.runtime import Runtime

Flow = Callable[[Report], Coroutine[Any, Any, Summary]]


async def reported(rt: Runtime, flow: Flow, *, silence: float | None = None) -> AsyncGenerator[Event]:
    """Events {"progress": {…}} and at the end {"result": summary}; {} after each `silence` seconds without
    one. Left early, the publish is undone.

    Raises what the flow raises, and `Unavailable` when the process is stopped meanwhile.
    """
    reports: asyncio.Queue[Progress | None] = asyncio.Queue()
    work = rt.tasks.start(flow(reports.put_nowait))
    work.add_done_callback(lambda _: reports.put_nowait(None))
    try:
        while True:
            try:
                progress = await asyncio.wait_for(reports.get(), silence)
            except TimeoutError:
                yield {}
                continue
            if progress is None:
                break
            yield {"progress": asdict(progress)}
    finally:
        work.cancel()
    if work.cancelled():
        raise Unavailable(
            "The publish was given up, since the server that it ran in is stopping.",
            fix="Run the command again: what was embedded is kept. `askdocs revisions` shows what is live.",
        )
    yield {"result": asdict(work.result())}
