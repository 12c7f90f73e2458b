"""What a release has answered, from the metrics of its instances."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields

from prometheus_client.parser import text_string_to_metric_families

_API = "/api/"
_CHAT = "/chat"


@dataclass(frozen=True, slots=True)
class Counts:
    """Requests to the API and those that ended in a 5xx; answers, those that failed after they had begun, and
    those that were quoted because the model failed; answers that took longer than is allowed, and those that
    began later than is."""

    requests: float = 0
    broken: float = 0
    answers: float = 0
    failed: float = 0
    quoted: float = 0
    timed: float = 0
    slow: float = 0
    begun: float = 0
    late: float = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def __sub__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, one.name) - getattr(other, one.name) for one in fields(self)))


@dataclass(slots=True)
class _Buckets:
    """A cumulative histogram."""

    counts: dict[float, float] = field(default_factory=dict)

    def add(self, bound: float, count: float) -> None:
        self.counts[bound] = self.counts.get(bound, 0) + count

    @property
    def total(self) -> float:
        return max(self.counts.values(), default=0)

    def beyond(self, limit: float) -> float:
        """How many were larger; between two bounds they count as spread evenly, as Prometheus has it."""
        below, lower = 0.0, 0.0
        for bound, count in sorted(self.counts.items()):
            if bound >= limit:
                # Those in the last bucket, which has no end, all count as larger.
                share = 0.0 if bound == float("inf") else (limit - lower) / (bound - lower)
                return self.total - below - (count - below) * (1.0 if bound == limit else share)
            below, lower = count, bound
        return 0


def read(text: str, *, latency: float, first_token: float) -> tuple[float, Counts]:
    """When the instance started, which tells it from others, and what it has counted since."""
    started = requests = broken = answers = failed = quoted = 0.0
    durations, first = _Buckets(), _Buckets()
    for sample in _samples(text):
        labels, endpoint = sample.labels, sample.labels.get("endpoint", "")
        if sample.name == "process_start_time_seconds":
            started = sample.value
        elif sample.name == "http_requests_total" and endpoint.startswith(_API):
            requests += sample.value
            broken += sample.value if labels["status"].startswith("5") else 0
        elif sample.name == "http_request_duration_seconds_bucket" and endpoint.endswith(_CHAT):
            durations.add(float(labels["le"]), sample.value)
        elif sample.name == "askdocs_time_to_first_token_seconds_bucket":
            first.add(float(labels["le"]), sample.value)
        elif sample.name == "askdocs_answers_total":
            answers += sample.value
            failed += sample.value if labels["status"] == "failed" else 0
        elif sample.name == "askdocs_fallbacks_total":
            quoted += sample.value
    return started, Counts(
        requests=requests,
        broken=broken,
        answers=answers,
        failed=failed,
        quoted=quoted,
        timed=durations.total,
        slow=durations.beyond(latency),
        begun=first.total,
        late=first.beyond(first_token),
    )


class Instances:
    """What all instances of a release have counted since a moment. Each look reaches one of them."""

    def __init__(self, since: float) -> None:
        self._since = since
        self._first: dict[float, Counts] = {}
        self._last: dict[float, Counts] = {}

    def see(self, started: float, counts: Counts) -> None:
        """One that started later has counted from nothing; what another counted before is not ours."""
        if started not in self._first:
            self._first[started] = Counts() if started > self._since else counts
        self._last[started] = counts

    def total(self) -> Counts:
        total = Counts()
        for started, last in self._last.items():
            total += last - self._first[started]
        return total


@dataclass(frozen=True, slots=True)
class _Sample:
    name: str
    labels: dict[str, str]
    value: float


def _samples(text: str) -> Iterable[_Sample]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            yield _Sample(sample.name, dict(sample.labels), float(sample.value))
