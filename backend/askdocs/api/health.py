"""Of each thing that answers depend on, whether it answers and how fast."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from askdocs import __version__
from askdocs.cache.loading import LoadingCache
from askdocs.db import leases, sites
from askdocs.errors import AskdocsError, SchemaMismatch
from askdocs.observability.logging import log
from askdocs.observability.metrics import SiteState
from askdocs.runtime import Runtime

_PATIENCE = 2.0
"""Seconds that a probe may take."""

_FRESH = 5.0
"""Seconds that a report is reused: /health must not be a way to put load on what is behind it."""


_STATES_FRESH = 60.0
"""Seconds between two looks at the sites' revisions: news of them is not worth a query at every scrape."""


class Dependency(BaseModel):
    status: Literal["healthy", "unhealthy", "disabled"]
    milliseconds: float
    detail: str = ""


class Budget(BaseModel):
    """What all sites together may spend on models. Spent, it is no fault: answers are quoted until then."""

    status: Literal["within", "spent", "unlimited"]
    spent_until: datetime | None = None


class Health(BaseModel):
    """Of no site, since everybody may read it."""

    overall_status: Literal["healthy", "degraded"]
    version: str
    environment: str
    dependencies: dict[str, Dependency]
    budget: Budget


class HealthCheck:
    """Probes everything at once, and lets whoever asks meanwhile share the report."""

    def __init__(self, rt: Runtime, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rt = rt
        self._reports: LoadingCache[None, Health] = LoadingCache(
            lambda _: self._probe_all(), ttl=_FRESH, max_weight=1, clock=clock
        )

    async def report(self) -> Health:
        """A report that is at most `_FRESH` seconds old."""
        return await self._reports.get(None)

    async def _probe_all(self) -> Health:
        rt = self._rt
        async with asyncio.TaskGroup() as group:
            database = group.create_task(_probe("database", rt.db.ping()))
            vectors = group.create_task(_probe("vectors", rt.vectors.ping()))
            cache = group.create_task(_probe("cache", rt.cache.ping()))
        dependencies = {
            "database": database.result(),
            "vectors": vectors.result(),
            "model": _model(rt),
            "cache": cache.result(),
        }
        rt.metrics.probed(
            {
                name: found.status == "healthy"
                for name, found in dependencies.items()
                if found.status != "disabled"
            }
        )
        healthy = all(found.status != "unhealthy" for found in dependencies.values())
        return Health(
            overall_status="healthy" if healthy else "degraded",
            version=__version__,
            environment=rt.settings.environment,
            dependencies=dependencies,
            budget=_budget(rt),
        )


class SiteStates:
    """Keeps the metrics that tell of each site's revisions: how old the live one is, what failed since.

    They are read from the database, since publishes happen in other processes.
    """

    def __init__(self, rt: Runtime, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rt = rt
        self._looks: LoadingCache[None, None] = LoadingCache(
            lambda _: self._look(), ttl=_STATES_FRESH, max_weight=1, clock=clock
        )

    async def refresh(self) -> None:
        """Ask the database, unless that was done lately."""
        await self._looks.get(None)

    async def _look(self) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                live = await self._rt.db.run(sites.live_revisions)
                failures = await self._rt.db.run(leases.failures)
        except (AskdocsError, TimeoutError) as error:
            log.warning("probe_failed", what="revisions", error=str(error))
            return
        self._rt.metrics.looked(
            {
                name: SiteState(found[1] if found else None, failures.get(name, 0))
                for name, found in live.items()
            }
        )


async def _probe(what: str, answer: Awaitable[None]) -> Dependency:
    started = time.perf_counter()
    error: Exception | None = None
    try:
        async with asyncio.timeout(_PATIENCE):
            await answer
    except (AskdocsError, TimeoutError, OSError) as raised:
        error = raised
        log.warning("probe_failed", what=what, error=f"{type(error).__name__}: {error}")
    return Dependency(
        status="unhealthy" if error else "healthy",
        milliseconds=round((time.perf_counter() - started) * 1000, 1),
        detail=_told(error) if error else "",
    )


def _told(error: Exception) -> str:
    """Only the kind of the error: the rest names hosts, and /health is public. What is wrong with the tables
    names none, and what to do."""
    return f"{error} {error.fix}" if isinstance(error, SchemaMismatch) else type(error).__name__


def _model(rt: Runtime) -> Dependency:
    """From the outcome of the last call: asking a model whether it is there costs money."""
    if rt.model is None:
        return Dependency(status="disabled", milliseconds=0, detail="answers are quoted passages")
    if rt.model.trouble:
        return Dependency(status="unhealthy", milliseconds=0, detail=f"{rt.model.model}: {rt.model.trouble}")
    return Dependency(status="healthy", milliseconds=0, detail=rt.model.model)


def _budget(rt: Runtime) -> Budget:
    if rt.model is None or rt.settings.guard.caps.is_unlimited:
        return Budget(status="unlimited")
    until = rt.budget.spent_until(rt.now())
    return Budget(status="spent" if until else "within", spent_until=until)
