"""Watches a release that gets traffic, and asks it questions where readers ask too few."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from dataclasses import dataclass, field

import httpx

from askdocs.errors import Unavailable
from askdocs.rollout.counters import Counts, Instances, read
from askdocs.rollout.verdict import MINIMUM, Thresholds, Verdict, judge

_PATIENCE = 10.0
"""Seconds that a look at the metrics may take, and an answer more than the 95th percentile may be."""

_SILENCE = 3
"""Looks in a row that may fail."""


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask of which site, as a page of its own would."""

    site: str
    origin: str
    text: str


@dataclass(slots=True)
class Watch:
    """One step: `seconds` long, with `MINIMUM` looks. `asked` questions were ours."""

    url: str
    token: str
    seconds: float
    allowed: Thresholds
    question: Question | None = None
    patience: float = _PATIENCE
    asked: int = 0
    _open: set[asyncio.Task[None]] = field(default_factory=set)
    _broken: int = 0
    _run: str = field(default_factory=lambda: uuid.uuid4().hex)

    async def run(self) -> Verdict:
        """The verdict at the end, or at the first breach. Errors: `Unavailable`."""
        instances = Instances(time.time())
        pause = self.seconds / MINIMUM
        async with httpx.AsyncClient(base_url=self.url, timeout=self.patience, trust_env=False) as client:
            await self._look(client, instances)
            try:
                for turn in range(1, MINIMUM + 1):
                    self._ask_up_to(turn, client, instances)
                    await asyncio.sleep(pause)
                    await self._look(client, instances)
                    verdict = judge(self._counted(instances), self.allowed)
                    if verdict.breaches:
                        return verdict
                await self._finish(client, instances)
                # One whose answer was counted before it had arrived here was counted twice, until now.
                self._ask_up_to(MINIMUM, client, instances)
                await self._finish(client, instances)
                return judge(self._counted(instances), self.allowed)
            finally:
                for task in self._open:
                    task.cancel()

    def _counted(self, instances: Instances) -> Counts:
        """With the questions of ours that no instance has counted, because they were never answered."""
        return instances.total() + Counts(requests=self._broken, broken=self._broken)

    async def _look(self, client: httpx.AsyncClient, instances: Instances) -> None:
        problem = ""
        for _ in range(_SILENCE):
            try:
                response = await client.get("/metrics", headers={"authorization": f"Bearer {self.token}"})
            except httpx.HTTPError as error:
                problem = f"{type(error).__name__} {error}".strip()
                continue
            if response.status_code == 200:
                limits = self.allowed
                started, counts = read(
                    response.text, latency=limits.latency_p95, first_token=limits.time_to_first_token_p95
                )
                instances.see(started, counts)
                return
            problem = f"it answers {response.status_code}"
        raise Unavailable(
            f"{self.url}/metrics cannot be read: {problem}.",
            fix="401 means another METRICS_TOKEN than it has, 404 that monitoring_enabled is false.",
        )

    def _ask_up_to(self, number: int, client: httpx.AsyncClient, instances: Instances) -> None:
        if self.question is None:
            return
        for _ in range(number - round(self._counted(instances).requests) - len(self._open)):
            self.asked += 1
            # On a page of its own, or the answer that is kept of the first one would do for all.
            page = f"{self.question.origin}/release-{self._run}-{self.asked}"
            task = asyncio.create_task(self._put(client, self.question, page))
            self._open.add(task)
            task.add_done_callback(self._open.discard)

    async def _put(self, client: httpx.AsyncClient, question: Question, page: str) -> None:
        """Of what is answered the instances count how; the rest is ours to count."""
        try:
            await client.post(
                f"/api/v1/sites/{question.site}/chat",
                json={"question": question.text, "page": {"url": page}},
                headers={"origin": question.origin},
                timeout=self.allowed.latency_p95 + self.patience,
            )
        except httpx.HTTPError:
            self._broken += 1

    async def _finish(self, client: httpx.AsyncClient, instances: Instances) -> None:
        if self._open:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.allowed.latency_p95 + self.patience + 1):
                    await asyncio.wait(self._open)
        await self._look(client, instances)
