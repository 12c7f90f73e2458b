"""Metrics have the names that operators know."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from askdocs.config import root
from askdocs.observability.memory import container_limit
from askdocs.observability.metrics import Metrics, SiteState


def test_names_of_metrics_are_fixed() -> None:
    names = {family.name for family in text_string_to_metric_families(Metrics().render(sites=True).decode())}
    assert names >= {
        "http_requests",
        "http_request_duration_seconds",
        "active_sessions",
        "askdocs_time_to_first_token_seconds",
        "askdocs_retrieval_seconds",
        "askdocs_model_seconds",
        "askdocs_answers",
        "askdocs_tokens",
        "askdocs_cache",
        "askdocs_fallbacks",
        "askdocs_index_revision_age_seconds",
        "askdocs_limiter_errors",
    }


@pytest.mark.parametrize(
    ("file", "content", "limit"),
    [
        ("memory.max", "536870912\n", 2**29),
        ("memory/memory.limit_in_bytes", "536870912\n", 2**29),
        ("memory.max", "max\n", None),
        ("memory/memory.limit_in_bytes", "9223372036854771712\n", None),
        ("other", "", None),
    ],
)
def test_memory_is_limited_by_the_container(
    tmp_path: Path, file: str, content: str, limit: int | None
) -> None:
    (tmp_path / "memory").mkdir()
    (tmp_path / file).write_text(content)
    assert container_limit(tmp_path) == limit
    shown = Metrics(memory_limit=limit).render(sites=False)
    assert (b"askdocs_memory_limit_bytes 5.36870912e+08" in shown) == (limit is not None)


def test_runtimes_do_not_share_metrics() -> None:
    one, other = Metrics(), Metrics()
    one.answers.labels(status="answered", mode="model").inc()
    assert b'askdocs_answers_total{mode="model",status="answered"} 1.0' in one.render(sites=True)
    assert b'askdocs_answers_total{mode="model",status="answered"} 0.0' in other.render(sites=True)


def test_age_of_a_revision_grows() -> None:
    metrics = Metrics()
    metrics.looked({"docs": SiteState(datetime.now(UTC) - timedelta(hours=1), 0)})
    families = text_string_to_metric_families(metrics.render(sites=True).decode())
    ages = [sample for family in families for sample in family.samples if "revision_age" in sample.name]
    assert ages[0].labels == {"site": "docs"}
    assert 3600 <= ages[0].value < 3700


def test_what_names_sites_can_be_left_out() -> None:
    metrics = Metrics()
    metrics.looked({"docs": SiteState(datetime.now(UTC), 2)})
    assert b'site="docs"' not in metrics.render(sites=False)


def test_every_metric_is_documented_and_every_documented_one_exists() -> None:
    page = (root() / "website" / "docs" / "operate" / "health.md").read_text()
    rows = [
        line.split(" | ")[0]
        for line in page.splitlines()
        if line.startswith(("| `http_", "| `a", "| `process_"))
    ]
    documented = {re.sub(r"\{.*|_total", "", name) for row in rows for name in re.findall(r"`([^`]+)`", row)}

    families = text_string_to_metric_families(Metrics(memory_limit=2**29).render(sites=True).decode())

    names = {re.sub(r"^process_.*", "process_*", family.name) for family in families}
    exported = {name for name in names if not name.endswith("_created")}  # the parser takes them for others
    assert exported == documented
