"""What a release has answered, from its metrics."""

from __future__ import annotations

import pytest

from askdocs.observability.metrics import Metrics
from askdocs.rollout.counters import Counts, Instances, read

ENDPOINT = "/api/v1/sites/{site_key}/chat"


def answered(metrics: Metrics, *seconds: float, status: str = "200") -> None:
    for one in seconds:
        metrics.http_requests.labels("POST", ENDPOINT, status).inc()
        metrics.http_request_duration.labels("POST", ENDPOINT).observe(one)


def counted(metrics: Metrics, *, latency: float = 10, first_token: float = 4) -> Counts:
    return read(metrics.render(sites=False).decode(), latency=latency, first_token=first_token)[1]


def test_requests_of_platforms_do_not_count() -> None:
    metrics = Metrics()
    metrics.http_requests.labels("GET", "/health", "503").inc(100)
    answered(metrics, 0.1)
    assert counted(metrics).requests == 1
    assert counted(metrics).broken == 0


def test_broken_failed_and_quoted_answers_are_counted() -> None:
    metrics = Metrics()
    answered(metrics, 0.1, 0.1, status="503")
    metrics.answers.labels("failed", "model").inc(3)
    metrics.answers.labels("answered", "model").inc(4)
    metrics.fallbacks.labels("timeout").inc(5)
    found = counted(metrics)
    assert (found.broken, found.failed, found.answers, found.quoted) == (2, 3, 7, 5)


@pytest.mark.parametrize(
    ("limit", "slow"),
    [(8.0, 5), (15.0, 1), (22.5, 0.5), (60.0, 0), (100.0, 0)],
)
def test_slow_answers_are_those_beyond_the_limit(limit: float, slow: float) -> None:
    """Between the bounds 15 and 30 it counts as spread evenly."""
    metrics = Metrics()
    answered(metrics, 0.1, 5.0, 9.0, 10.0, 11.0, 12.0, 20.0)
    assert counted(metrics, latency=limit).slow == pytest.approx(slow)


def test_late_first_words_are_counted() -> None:
    metrics = Metrics()
    for seconds in (0.2, 5.0, 90.0):
        metrics.time_to_first_token.observe(seconds)
    assert (counted(metrics).begun, counted(metrics).late) == (3, 2)


def test_what_was_counted_before_the_watch_is_not_its() -> None:
    instances = Instances(since=1000)
    instances.see(900, Counts(requests=50, broken=9))
    instances.see(900, Counts(requests=60, broken=9))
    assert instances.total() == Counts(requests=10)


def test_instance_that_starts_meanwhile_counts_from_nothing() -> None:
    instances = Instances(since=1000)
    instances.see(900, Counts(requests=50))
    instances.see(1001, Counts(requests=7, broken=1))
    instances.see(900, Counts(requests=51))
    assert instances.total() == Counts(requests=8, broken=1)


def test_instance_is_told_by_its_start() -> None:
    metrics = Metrics()
    started, _ = read(metrics.render(sites=False).decode(), latency=1, first_token=1)
    assert started > 0
