from __future__ import annotations

import structlog

from askdocs.observability.breaker import CircuitBreaker


def test_outage_is_told_once_a_minute() -> None:
    now = [0.0]
    breaker = CircuitBreaker("redis", clock=lambda: now[0])
    with structlog.testing.capture_logs() as logged:
        for now[0] in (0.0, 2.0, 60.0, 61.0):
            breaker.failed(OSError("refused"))
    assert len(logged) == 2


def test_breaker_closes_after_its_rest() -> None:
    now = [0.0]
    breaker = CircuitBreaker("redis", rest=2, clock=lambda: now[0])
    opened = []
    breaker.failed(OSError("refused"))
    for now[0] in (1.9, 2.0):
        opened.append(breaker.is_open)
    assert opened == [True, False]
