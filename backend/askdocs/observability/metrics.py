"""The numbers that operators watch."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from askdocs.config import metrics_dir
from askdocs.types import AnswerMode, AnswerStatus

_FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SLOW = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 15.0, 30.0, 60.0)
"""4 and 10 are default thresholds of alerts: between two bounds a percentile is a guess."""

FALLBACK_REASONS = ("budget", "embedding", "refused", "repeated", "slow", "unavailable")


@dataclass(frozen=True, slots=True)
class SiteState:
    """Of one site's docs: when the live revision was published, None if none is, and how many publishes have
    failed since the newest one that did not."""

    published_at: datetime | None
    failed_publishes: int


class Metrics:
    """The metrics of one runtime, in a registry of their own: two runtimes in a process do not mix.

    Where several workers serve one port, prometheus_client keeps values in files that they share: whichever
    of them is scraped renders the sums.
    """

    def __init__(self, *, memory_limit: int | None = None) -> None:
        registry = self._registry = CollectorRegistry()
        # What a look at the world finds is the same in every worker, so it is in no file that they share.
        self._probed, self._sites = CollectorRegistry(), CollectorRegistry()
        self._dependencies, self._states = _Dependencies(), _SiteStates()
        self._probed.register(self._dependencies)
        self._sites.register(self._states)
        ProcessCollector(registry=registry)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(name, text, labels, registry=registry)

        def histogram(name: str, text: str, *labels: str, buckets: Sequence[float] = _FAST) -> Histogram:
            return Histogram(name, text, labels, registry=registry, buckets=buckets)

        self.http_requests = counter("http_requests_total", "Requests.", "method", "endpoint", "status")
        self.http_request_duration = histogram(
            "http_request_duration_seconds",
            "Time until the response is sent.",
            "method",
            "endpoint",
            buckets=_SLOW,
        )
        self.active_sessions = Gauge(
            "active_sessions", "Answers being streamed.", registry=registry, multiprocess_mode="livesum"
        )
        self.time_to_first_token = histogram(
            "askdocs_time_to_first_token_seconds", "From question to the answer's first text.", buckets=_SLOW
        )
        self.retrieval_seconds = histogram("askdocs_retrieval_seconds", "From question to passages.")
        self.model_seconds = histogram("askdocs_model_seconds", "How long the model wrote.", buckets=_SLOW)
        self.answers = counter("askdocs_answers_total", "Answers.", "status", "mode")
        self.tokens = counter("askdocs_tokens_total", "Tokens the model read and wrote.", "kind")
        self.cost = counter("askdocs_cost_total", "Estimated cost of the models.")
        self.cache = counter("askdocs_cache_total", "Look-ups in a cache.", "cache", "result")
        self.fallbacks = counter("askdocs_fallbacks_total", "Answers quoted instead of written.", "reason")
        self.limiter_errors = counter(
            "askdocs_limiter_errors_total", "Requests let through because the limiter failed."
        )
        self.connections_in_use = Gauge(
            "askdocs_database_connections_in_use",
            "Connections to the database that work or are waited for.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.connections_limit = Gauge(
            "askdocs_database_connections_limit",
            "Connections to the database that may be in use.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.database_refusals = counter(
            "askdocs_database_refusals_total", "Times that no connection became free in time."
        )
        if memory_limit is not None:
            Gauge(
                "askdocs_memory_limit_bytes",
                "Memory that the process may take.",
                registry=registry,
                multiprocess_mode="livemax",
            ).set(memory_limit)
        self._begin_at_zero()

    def _begin_at_zero(self) -> None:
        """Show what has not happened yet: a counter that appears with its first event never rises from 0."""
        for status, mode in product(get_args(AnswerStatus), get_args(AnswerMode)):
            self.answers.labels(status=status, mode=mode)
        for reason in FALLBACK_REASONS:
            self.fallbacks.labels(reason=reason)

    def probed(self, up: Mapping[str, bool]) -> None:
        """What a look at the dependencies found; those that are disabled are left out."""
        self._dependencies.up = dict(up)

    def looked(self, sites: Mapping[str, SiteState]) -> None:
        """What a look at all sites by name found. Ages are counted from there at every scrape."""
        self._states.sites = dict(sites)

    def render(self, *, sites: bool) -> bytes:
        """The metrics in Prometheus' text format, with or without those that name sites."""
        folder = metrics_dir()
        counted = generate_latest(self._registry if folder is None else _of_all_workers(folder))
        told = generate_latest(self._sites) if sites else b""
        return counted + generate_latest(self._probed) + told


class _Dependencies(Collector):
    def __init__(self) -> None:
        self.up: dict[str, bool] = {}

    def collect(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily(
            "askdocs_dependency_up", "Whether it answered when it was asked last.", labels=["dependency"]
        )
        for name, is_up in self.up.items():
            up.add_metric([name], is_up)
        yield up


class _SiteStates(Collector):
    def __init__(self) -> None:
        self.sites: dict[str, SiteState] = {}

    def collect(self) -> Iterator[GaugeMetricFamily]:
        ages = GaugeMetricFamily(
            "askdocs_index_revision_age_seconds", "Since the live revision.", labels=["site"]
        )
        failures = GaugeMetricFamily(
            "askdocs_publish_failures", "Publishes that failed since one succeeded.", labels=["site"]
        )
        for name, site in self.sites.items():
            failures.add_metric([name], site.failed_publishes)
            if site.published_at is not None:
                ages.add_metric([name], time.time() - site.published_at.timestamp())
        yield ages
        yield failures


def _of_all_workers(folder: Path) -> CollectorRegistry:
    for file in folder.glob("gauge_live*.db"):
        found = re.search(r"_(\d+)\.db$", file.name)
        if found and not _lives(int(found[1])):
            mark_process_dead(int(found[1]), str(folder))  # type: ignore[no-untyped-call]  # it has no types
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]  # it has no types
    return registry


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
