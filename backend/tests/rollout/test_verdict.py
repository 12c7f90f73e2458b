"""Whether a release is too bad to go on with."""

from __future__ import annotations

import pytest

from askdocs.rollout.counters import Counts
from askdocs.rollout.verdict import Thresholds, judge

ALLOWED = Thresholds(error_rate=0.02, latency_p95=10, time_to_first_token_p95=4, fallback_share=0.2)


@pytest.mark.parametrize(
    "counts",
    [
        Counts(),
        Counts(requests=100, answers=100, timed=100, begun=100),
        Counts(requests=5, broken=1),
        Counts(requests=100, broken=2),
        Counts(timed=100, slow=5),
        Counts(timed=20, slow=1),
        Counts(answers=10, quoted=4),
    ],
)
def test_healthy_or_chance(counts: Counts) -> None:
    assert judge(counts, ALLOWED).breaches == ()


@pytest.mark.parametrize(
    ("counts", "breach"),
    [
        (Counts(requests=2, broken=2), "2 of 2 requests failed; 2% are allowed"),
        (Counts(requests=100, broken=1, failed=2), "3 of 100 requests failed"),
        (Counts(timed=100, slow=6), "6 of 100 answers took longer than 10 s"),
        (Counts(timed=5, slow=2), "2 of 5 answers took longer"),
        (Counts(begun=20, late=3), "3 of 20 answers began later than after 4 s"),
        (Counts(answers=20, quoted=5), "5 of 20 answers were quoted"),
    ],
)
def test_breach_says_what_and_how_much(counts: Counts, breach: str) -> None:
    (said,) = judge(counts, ALLOWED).breaches
    assert said.startswith(breach)


def test_all_breaches_are_said() -> None:
    assert len(judge(Counts(requests=50, broken=50, timed=50, slow=50), ALLOWED).breaches) == 2


def test_few_requests_do_not_found_a_verdict() -> None:
    assert not judge(Counts(requests=19), ALLOWED).is_founded
    assert judge(Counts(requests=20), ALLOWED).is_founded
