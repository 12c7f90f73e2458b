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
