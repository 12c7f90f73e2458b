"""The numbers that operators watch."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from askdocs.config import metrics_dir

_FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SLOW = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)


class Metrics:
    """The metrics of one runtime, in a registry of their own: two runtimes in a process do not mix.

    Where several workers serve one port, prometheus_client keeps values in files that they share: whichever
    of them is scraped renders the sums.
    """

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self._sites = CollectorRegistry()
        self._ages = _RevisionAges()
        self._sites.register(self._ages)
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
        self.cache = counter("askdocs_cache_total", "Look-ups in a cache.", "cache", "result")
        self.fallbacks = counter("askdocs_fallbacks_total", "Answers quoted instead of written.", "reason")
        self.limiter_errors = counter(
            "askdocs_limiter_errors_total", "Requests let through because the limiter failed."
        )

    def published(self, site: str, at: datetime) -> None:
        """The site's live revision was published `at`: its age is counted from there at every scrape."""
        self._ages.since[site] = at.timestamp()

    def render(self, *, sites: bool) -> bytes:
        """The metrics in Prometheus' text format, with or without those that name sites."""
        folder = metrics_dir()
        counted = generate_latest(self._registry if folder is None else _of_all_workers(folder))
        return counted + (generate_latest(self._sites) if sites else b"")


class _RevisionAges(Collector):
    """Computed at each scrape, and in no file: the public part of the metrics is collected from those."""

    def __init__(self) -> None:
        self.since: dict[str, float] = {}

    def collect(self) -> Iterator[GaugeMetricFamily]:
        ages = GaugeMetricFamily(
            "askdocs_index_revision_age_seconds", "Since the live revision.", labels=["site"]
        )
        for site, since in self.since.items():
            ages.add_metric([site], time.time() - since)
        yield ages


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
