"""Errors reach Sentry as its SDK sends them, without a word that a reader or an operator wrote."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import orjson
import pytest
import structlog

from askdocs.config import Settings, load
from askdocs.observability.logging import configure_logging, log
from tests.fakes.receiver import Posted, Receiver, receiving
from tests.observability.test_logging import restored_logging  # noqa: F401  a fixture


@pytest.fixture
def sentry() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def reporting_to(sentry: Receiver) -> Settings:
    dsn = sentry.url.replace("http://", "http://public-key@") + "/7"
    return load("test", log_format="json", error_tracking={"dsn": dsn})


def event(posted: Posted) -> dict[str, object]:
    """The event in an envelope: a line on the envelope, then one on each item, followed by the item."""
    assert posted.path == "/api/7/envelope/"
    _, about, item, *_ = posted.body.split(b"\n")
    assert orjson.loads(about)["type"] == "event"
    content: dict[str, object] = orjson.loads(item)
    return content


def fail(question: str) -> None:
    raise ValueError(f"cannot read {question}")


def test_error_is_reported_with_where_and_of_which_request(sentry: Receiver) -> None:
    configure_logging(reporting_to(sentry), stream=io.StringIO())
    with structlog.contextvars.bound_contextvars(request_id="r1", site="docs"):
        try:
            fail("How do I pay?")
        except ValueError:
            log.exception("unexpected_error")

    (posted,) = sentry.wait()
    sent = event(posted)
    assert (sent["environment"], sent["transaction"]) == ("test", "unexpected_error")
    assert sent["tags"] == {"request_id": "r1", "site": "docs"}
    assert b'"type":"ValueError"' in posted.body
    assert b'"function":"fail"' in posted.body


def test_nothing_leaves_that_somebody_wrote(sentry: Receiver) -> None:
    configure_logging(reporting_to(sentry), stream=io.StringIO())
    try:
        fail("How do I pay with key AIza-not-real?")
    except ValueError:
        log.exception("unexpected_error", question="How do I pay?", key="AIza-not-real")

    (posted,) = sentry.wait()
    for word in (b"How do I", b"AIza", b"cannot read How"):
        assert word not in posted.body


def test_errors_of_libraries_are_reported_too(sentry: Receiver) -> None:
    configure_logging(reporting_to(sentry), stream=io.StringIO())
    error = ValueError("How do I pay?")
    logging.getLogger("asyncio").error("Task exception was never retrieved: %r", error, exc_info=error)

    (posted,) = sentry.wait()
    assert (event(posted)["tags"], event(posted)["transaction"]) == ({"logger": "asyncio"}, "asyncio")
    assert b"How do I" not in posted.body


def test_line_without_an_error_is_not_reported(sentry: Receiver) -> None:
    configure_logging(reporting_to(sentry), stream=io.StringIO())
    log.error("probe_failed", error="refused")
    log.error("failed", exc_info=ValueError("broken"))

    assert [event(posted)["transaction"] for posted in sentry.wait()] == ["failed"]


def test_address_of_the_project_shows_in_no_line(sentry: Receiver) -> None:
    output = io.StringIO()
    configure_logging(reporting_to(sentry), stream=output)
    log.error("failed", reason=f"cannot send to {sentry.url.replace('//', '//public-key@')}/7")

    assert "public-key" not in output.getvalue()
