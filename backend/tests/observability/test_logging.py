"""Logs say who asked, keep secrets out and speak JSON."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from askdocs.config import load
from askdocs.observability.logging import configure_logging, log


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


def test_debug_is_stronger_than_the_level(output: io.StringIO) -> None:
    configure_logging(load("test", log_format="json", log_level="warning", debug=True), stream=output)
    log.debug("detail")
    (line,) = lines(output)
    assert line["event"] == "detail"


def test_exceptions_are_one_line(output: io.StringIO) -> None:
    configure_logging(load("test", log_format="json"), stream=output)
    log.error("failed", exc_info=ValueError("broken"))
    (line,) = lines(output)
    assert "ValueError: broken" in str(line["exception"])


@pytest.mark.parametrize("log_format", ["json", "console", "cloud"])
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


def test_cloud_logging_gets_severity_and_message(output: io.StringIO) -> None:
    configure_logging(load("test", log_format="cloud"), stream=output)
    log.warning("slow", seconds=3)
    (line,) = lines(output)
    assert str(line.pop("time")).endswith("Z")
    assert line == {"severity": "WARNING", "message": "slow", "seconds": 3}


def test_cloud_logging_finds_the_trace_of_a_line(output: io.StringIO) -> None:
    configure_logging(load("test", log_format="cloud", deployment={"project": "docs-prod"}), stream=output)
    with structlog.contextvars.bound_contextvars(trace_id="ab" * 16, span_id="cd" * 8, trace_sampled=True):
        log.warning("slow")
    (line,) = lines(output)
    assert line["logging.googleapis.com/trace"] == f"projects/docs-prod/traces/{'ab' * 16}"
    assert line["logging.googleapis.com/spanId"] == "cd" * 8
    assert line["logging.googleapis.com/trace_sampled"] is True


def test_cloud_logging_shows_a_request_as_such(output: io.StringIO) -> None:
    configure_logging(load("test", log_format="cloud"), stream=output)
    log.error("request", method="POST", route="/chat", status=503, ms=12.5, bytes=300)
    (line,) = lines(output)
    assert line["message"] == "POST /chat 503"
    assert line["httpRequest"] == {
        "requestMethod": "POST",
        "requestUrl": "/chat",
        "status": 503,
        "responseSize": "300",
        "latency": "0.0125s",
    }


def test_cloud_logging_gets_the_stack_trace_of_an_error(output: io.StringIO) -> None:
    configure_logging(load("test", log_format="cloud"), stream=output)
    logging.getLogger("uvicorn.error").error("failed", exc_info=ValueError("broken"))
    (line,) = lines(output)
    assert (line["severity"], line["message"]) == ("ERROR", "failed")
    assert "ValueError: broken" in str(line["stack_trace"])
