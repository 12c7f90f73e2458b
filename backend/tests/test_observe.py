"""Logs say who asked, keep secrets out and speak JSON; metrics have the names that operators know."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families

from askdocs.config import load
from askdocs.observe import Metrics, configure_logging, log


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    root = logging.root
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


def lines(output: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.getvalue().splitlines()]


def test_lines_are_json_with_request_and_site(output: io.StringIO) -> None:
    configure_logging(load("test", log_format="json"), stream=output)
    with structlog.contextvars.bound_contextvars(request_id="r1", site="docs"):
        log.warning("slow", seconds=3)
    (line,) = lines(output)
    assert line.pop("timestamp")
    assert line == {"event": "slow", "level": "warning", "seconds": 3, "request_id": "r1", "site": "docs"}


def test_lines_of_libraries_look_the_same(output: io.StringIO) -> None:
    configure_logging(load("test", log_format="json", log_level="info"), stream=output)
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        logging.getLogger("uvicorn.error").info("Started server process [%d]", 7)
        logging.getLogger("sqlalchemy.engine").info("SELECT a secret")
    (line,) = lines(output)
    assert (line["event"], line["request_id"]) == ("Started server process [7]", "r1")
    assert line["logger"] == "uvicorn.error"


def test_level_is_honoured(output: io.StringIO) -> None:
    configure_logging(load("test", log_format="json", log_level="warning"), stream=output)
    log.info("quiet")
    assert output.getvalue() == ""


def test_exceptions_are_one_line(output: io.StringIO) -> None:
    configure_logging(load("test", log_format="json"), stream=output)
    log.error("failed", exc_info=ValueError("broken"))
    (line,) = lines(output)
    assert "ValueError: broken" in str(line["exception"])


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_secrets_never_show(output: io.StringIO, log_format: str) -> None:
    settings = load(
        "test",
        log_format=log_format,
        gemini_api_key="AIza-not-real",
        database_url="postgresql://ask:hunter%402@db/ask",
    )
    configure_logging(settings, stream=output)
    refusal = ValueError("refused hunter@2")
    log.error("failed", url="https://g.example/?key=AIza-not-real", dsn="ask:hunter%402@db", exc_info=refusal)
    assert "refused ***" in output.getvalue()
    assert "AIza" not in output.getvalue()
    assert "hunter" not in output.getvalue()


def test_console_lines_are_readable(output: io.StringIO) -> None:
    configure_logging(load("test", log_format="console"), stream=output)
    log.warning("slow", seconds=3)
    assert "slow" in output.getvalue()
    assert "seconds=3" in output.getvalue()


def test_names_of_metrics_are_fixed() -> None:
    names = {family.name for family in text_string_to_metric_families(Metrics().render().decode())}
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


def test_runtimes_do_not_share_metrics() -> None:
    one, other = Metrics(), Metrics()
    one.answers.labels(status="answered", mode="model").inc()
    assert b'askdocs_answers_total{mode="model",status="answered"} 1.0' in one.render()
    assert b"askdocs_answers_total{" not in other.render()


def test_age_of_a_revision_grows() -> None:
    metrics = Metrics()
    metrics.published("docs", datetime.now(UTC) - timedelta(hours=1))
    families = text_string_to_metric_families(metrics.render().decode())
    ages = [sample for family in families for sample in family.samples if "revision_age" in sample.name]
    assert ages[0].labels == {"site": "docs"}
    assert 3600 <= ages[0].value < 3700
