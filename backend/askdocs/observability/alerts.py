"""The alerts as Prometheus' rules: what is too much is a setting, how it is measured is written here.

Every condition on a share also wants a few of what it is a share of: one question that fails at night wakes
nobody. Counters are added up over all instances; what is down or missing is told of each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from askdocs.config import Settings

JOB = 'job="askdocs"'
"""Which targets are ours: names such as http_requests_total are other programs' too."""

_HEAD = """\
# Generated from alert_thresholds: change config/{environment}.yaml, then run
# askdocs monitoring rules --env {environment} > config/monitoring/rules/askdocs.yml
"""

_API = f'{JOB}, endpoint=~"/api/v1/.*"'
_CHAT = f'{JOB}, endpoint="/api/v1/sites/{{site_key}}/chat", method="POST"'

_LEAST_ERRORS = 3
"""Failures within ten minutes that are more than somebody's bad luck."""

_LEAST_ANSWERS = 20
"""Answers within the time that is looked at. Of fewer, the 95th percentile is the slowest one."""


@dataclass(frozen=True, slots=True)
class Alert:
    """`held` is how long the condition holds before anybody is told; `page` names the page of the runbook."""

    name: str
    page: str
    severity: Literal["critical", "warning"]
    condition: str
    held: str
    summary: str
    description: str


def rules(settings: Settings, *, docs: str) -> str:
    """A file of rules for Prometheus. `docs` is the address of these docs, to which alerts link."""
    measures = {"name": "askdocs-measures", "rules": list(_measures())}
    told = {"name": "askdocs-alerts", "rules": [_rule(alert, settings, docs) for alert in alerts(settings)]}
    head = _HEAD.format(environment=settings.environment)
    return head + yaml.dump({"groups": [measures, told]}, Dumper=_Dumper, sort_keys=False, width=10_000)


def alerts(settings: Settings) -> list[Alert]:
    """Every alert, the most urgent first."""
    return [*_of_service(settings), *_of_answers(settings), *_of_parts(settings), *_of_time(settings)]


def _of_service(settings: Settings) -> Iterator[Alert]:
    limits = settings.alert_thresholds
    yield Alert(
        "AskdocsDown",
        "service-unavailable",
        "critical",
        f"absent(up{{{JOB}}} == 1)",
        "2m",
        "No instance of Askdocs can be reached",
        "Prometheus reaches none of the targets of the job askdocs, or knows of none.",
    )
    yield Alert(
        "AskdocsTargetDown",
        "target-down",
        "warning",
        f"up{{{JOB}}} == 0",
        "5m",
        "{{ $labels.instance }} cannot be scraped",
        "Others may answer in its place.",
    )
    yield Alert(
        "AskdocsErrorRateHigh",
        "error-rate",
        "critical",
        f"askdocs:error_share:10m > {limits.error_rate} and askdocs:errors:10m >= {_LEAST_ERRORS}",
        "2m",
        "{{ $value | humanizePercentage }} of the requests fail",
        f"More than {limits.error_rate:.1%} of the requests of the last ten minutes ended in a 5xx, or in an "
        "answer that broke off.",
    )
    yield Alert(
        "AskdocsLatencyHigh",
        "latency",
        "warning",
        f"askdocs:answer_seconds:p95 > {limits.latency_p95:g} and askdocs:answers:10m >= {_LEAST_ANSWERS}",
        "5m",
        "One answer in twenty takes longer than {{ $value | humanizeDuration }}",
        f"The 95th percentile of the time of a whole answer is above {limits.latency_p95:g} s.",
    )
    yield Alert(
        "AskdocsFirstTokenSlow",
        "time-to-first-token",
        "warning",
        f"askdocs:first_token_seconds:p95 > {limits.time_to_first_token_p95:g}"
        f" and askdocs:answers:10m >= {_LEAST_ANSWERS}",
        "5m",
        "One answer in twenty begins later than {{ $value | humanizeDuration }}",
        "The 95th percentile of the time until an answer begins is above "
        f"{limits.time_to_first_token_p95:g} s.",
    )


def _of_answers(settings: Settings) -> Iterator[Alert]:
    limits = settings.alert_thresholds
    yield Alert(
        "AskdocsFallbackShareHigh",
        "fallbacks",
        "warning",
        f"askdocs:fallback_share:10m > {limits.fallback_share} and on () askdocs:answers:10m >= 10",
        "5m",
        "{{ $value | humanizePercentage }} of the answers do without the model's {{ $labels.without }}",
        f"More than {limits.fallback_share:.0%} of the answers of the last ten minutes are quoted passages, "
        "or were searched for by words alone.",
    )
    yield Alert(
        "AskdocsBudgetSpent",
        "budget-spent",
        "warning",
        "askdocs:unpaid:10m > 0",
        "1m",
        "{{ $value | humanize }} times in ten minutes there was no budget for a model",
        "The budget of the hour or the day is spent, of all sites or of one: answers are quoted until then.",
    )
    yield Alert(
        "AskdocsUnansweredShareHigh",
        "unanswered",
        "warning",
        f"askdocs:unanswered_share:1h > {limits.unanswered_share} and askdocs:judged:1h >= {_LEAST_ANSWERS}",
        "15m",
        "{{ $value | humanizePercentage }} of the questions find no answer",
        f"More than {limits.unanswered_share:.0%} of the questions of the last hour were not answered from "
        "the docs.",
    )


def _of_parts(settings: Settings) -> Iterator[Alert]:
    limits = settings.alert_thresholds
    yield Alert(
        "AskdocsDependencyDown",
        "dependency-down",
        "critical",
        f'askdocs_dependency_up{{{JOB}, dependency=~"database|vectors"}} == 0',
        "2m",
        "{{ $labels.instance }} does not reach the {{ $labels.dependency }}",
        "Without it no question is answered.",
    )
    yield Alert(
        "AskdocsDependencyDown",
        "dependency-down",
        "warning",
        f'askdocs_dependency_up{{{JOB}, dependency!~"database|vectors"}} == 0',
        "5m",
        "{{ $labels.instance }} does without the {{ $labels.dependency }}",
        "Questions are answered, but worse or slower.",
    )
    yield Alert(
        "AskdocsConnectionPoolExhausted",
        "database-connections",
        "critical",
        f"askdocs:connections_share:5m > {limits.pool_share}"
        f" or increase(askdocs_database_refusals_total{{{JOB}}}[5m]) >= {_LEAST_ERRORS}",
        "1m",
        "{{ $labels.instance }} has no database connection to spare",
        f"Over five minutes more than {limits.pool_share:.0%} of its connections were in use, or requests "
        "gave up waiting for one.",
    )
    yield Alert(
        "AskdocsMemoryHigh",
        "memory",
        "warning",
        f"process_resident_memory_bytes{{{JOB}}} / askdocs_memory_limit_bytes{{{JOB}}}"
        f" > {limits.memory_share}",
        "10m",
        "{{ $labels.instance }} takes {{ $value | humanizePercentage }} of its memory",
        f"For ten minutes it has taken more than {limits.memory_share:.0%} of what it may: soon it is "
        "killed, with the answers that it is writing.",
    )
    yield Alert(
        "AskdocsPublishFailing",
        "publish-failing",
        "warning",
        f"max by (site) (askdocs_publish_failures{{{JOB}}}) > 0",
        "15m",
        "The docs of {{ $labels.site }} are not published: {{ $value }} failed in a row",
        "Readers are answered from the last revision that was published.",
    )


def _of_time(settings: Settings) -> Iterator[Alert]:
    limits = settings.alert_thresholds
    yield Alert(
        "AskdocsIndexTooOld",
        "index-age",
        "warning",
        f"max by (site) (askdocs_index_revision_age_seconds{{{JOB}}}) > {limits.index_age:.0f}",
        "1h",
        "The index of {{ $labels.site }} is {{ $value | humanizeDuration }} old",
        "Nothing has been published for longer than you allow.",
    )
    yield Alert(
        "AskdocsBackupTooOld",
        "backup-age",
        "warning",
        f"time() - max(askdocs_backup_last_success_timestamp_seconds) > {limits.backup_age:.0f}",
        "10m",
        "The newest backup is {{ $value | humanizeDuration }} old",
        "What was written since then would be lost.",
    )
    yield Alert(
        "AskdocsRestoreDrillTooOld",
        "restore-drill-age",
        "warning",
        f"time() - max(askdocs_restore_drill_last_success_timestamp_seconds) > {limits.drill_age:.0f}",
        "1h",
        "No backup was restored for {{ $value | humanizeDuration }}",
        "Nobody knows whether the newest backups can be restored.",
    )
    yield Alert(
        "AskdocsMetricsMissing",
        "metrics-missing",
        "warning",
        _absent(
            f"askdocs_dependency_up{{{JOB}}}",
            f"askdocs_publish_failures{{{JOB}}}",
            "askdocs_backup_last_success_timestamp_seconds",
            "askdocs_restore_drill_last_success_timestamp_seconds",
        ),
        "30m",
        "Nothing is known of {{ $labels.metric }}",
        "The alerts that need it cannot fire.",
    )


def _absent(*selectors: str) -> str:
    return "\nor ".join(
        f'label_replace(absent({selector}), "metric", "{selector.partition("{")[0]}", "", "")'
        for selector in selectors
    )


def _measures() -> Iterator[dict[str, Any]]:
    """What alerts and dashboards both show, computed once.

    A request that was refused as one too many does not count: a flood of them would hide others' errors.
    """
    total, failed = (
        f'http_requests_total{{{_API}, status!="429"}}',
        f'http_requests_total{{{_API}, status=~"5.."}}',
    )
    broken = f'askdocs_answers_total{{{JOB}, status="failed"}}'
    answers = f"askdocs_answers_total{{{JOB}}}"
    judged = f'askdocs_answers_total{{{JOB}, status=~"answered|unanswered", mode!="greeting"}}'
    unanswered = f'askdocs_answers_total{{{JOB}, status="unanswered"}}'
    first = f"askdocs_time_to_first_token_seconds_bucket{{{JOB}}}"
    unwritten = f'askdocs_fallbacks_total{{{JOB}, reason!~"embedding|budget|repeated"}}'
    unembedded = f'askdocs_fallbacks_total{{{JOB}, reason="embedding"}}'
    yield _record("askdocs:requests:10m", f"sum(increase({total}[10m]))")
    yield _record(
        "askdocs:errors:10m",
        f"(sum(increase({failed}[10m])) or vector(0))\n+ (sum(increase({broken}[10m])) or vector(0))",
    )
    yield _record("askdocs:error_share:10m", "askdocs:errors:10m / (askdocs:requests:10m > 0)")
    yield _record("askdocs:answers:10m", f"sum(increase({answers}[10m]))")
    yield _record("askdocs:answer_seconds:p95", _p95(f"http_request_duration_seconds_bucket{{{_CHAT}}}"))
    yield _record("askdocs:first_token_seconds:p95", _p95(first))
    for without, counted in (("text", unwritten), ("embedding", unembedded)):
        share = f"sum(increase({counted}[10m])) / (askdocs:answers:10m > 0)"
        yield _record("askdocs:fallback_share:10m", share, without=without)
    unpaid = f'askdocs_fallbacks_total{{{JOB}, reason="budget"}}'
    yield _record("askdocs:unpaid:10m", f"sum(increase({unpaid}[10m]))")
    yield _record("askdocs:judged:1h", f"sum(increase({judged}[1h]))")
    yield _record("askdocs:unanswered_share:1h", f"sum(increase({unanswered}[1h])) / (askdocs:judged:1h > 0)")
    yield _record(
        "askdocs:connections_share:5m",
        f"avg_over_time(askdocs_database_connections_in_use{{{JOB}}}[5m])\n"
        f"/ askdocs_database_connections_limit{{{JOB}}}",
    )


def _p95(buckets: str) -> str:
    return f"histogram_quantile(0.95, sum by (le) (rate({buckets}[10m])))"


def _record(name: str, expression: str, **labels: str) -> dict[str, Any]:
    return {"record": name, "expr": expression, **({"labels": labels} if labels else {})}


def _rule(alert: Alert, settings: Settings, docs: str) -> dict[str, Any]:
    return {
        "alert": alert.name,
        "expr": alert.condition,
        "for": alert.held,
        "labels": {"severity": alert.severity, "environment": settings.environment},
        "annotations": {
            "summary": alert.summary,
            "description": alert.description,
            "runbook_url": f"{docs.rstrip('/')}/operate/runbook/{alert.page}",
        },
    }


class _Dumper(yaml.SafeDumper):
    """Writes a text of several lines as such."""


def _write_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _write_text)
