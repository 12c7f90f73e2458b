"""Decides whether what a release has answered is too bad to go on."""

from __future__ import annotations

from dataclasses import dataclass

from askdocs.rollout.counters import Counts

MINIMUM = 20
"""Below so many requests a share says nothing: fewer count as so many. With 2 % allowed, one error of five
requests is chance, and so is one of twenty (a release with 1 % of errors shows one in 18 % of such steps)."""

CHANCE = 1
"""So many bad answers are never a reason: two of twenty happen to a release with 0.2 % of them once in 1,300
steps, one of twenty once in 25."""

_SLOWER_THAN_P95 = 0.05


@dataclass(frozen=True, slots=True)
class Thresholds:
    """`alert_thresholds` of the settings."""

    error_rate: float
    latency_p95: float
    time_to_first_token_p95: float
    fallback_share: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """`breaches` are sentences; none: healthy, as far as `requests` tell."""

    requests: int
    breaches: tuple[str, ...]

    @property
    def is_founded(self) -> bool:
        return self.requests >= MINIMUM


def judge(counts: Counts, allowed: Thresholds) -> Verdict:
    """The 95th percentile is above a limit exactly if more than 5 % are, so that all four are shares."""
    found = (
        (counts.broken + counts.failed, counts.requests, allowed.error_rate, "requests failed"),
        (
            counts.slow,
            counts.timed,
            _SLOWER_THAN_P95,
            f"answers took longer than {allowed.latency_p95:g} s",
        ),
        (
            counts.late,
            counts.begun,
            _SLOWER_THAN_P95,
            f"answers began later than after {allowed.time_to_first_token_p95:g} s",
        ),
        (counts.quoted, counts.answers, allowed.fallback_share, "answers were quoted, not written"),
    )
    breaches = tuple(
        f"{round(bad)} of {round(of)} {what}; {share:.0%} are allowed"
        for bad, of, share, what in found
        if round(bad) > CHANCE and bad / max(of, MINIMUM) > share
    )
    return Verdict(round(counts.requests), breaches)
