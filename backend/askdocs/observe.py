"""Logs and metrics: structured lines that carry request id and site, and the numbers operators watch."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TextIO
from urllib.parse import unquote, urlsplit

import orjson
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from pydantic import SecretStr
from structlog.typing import FilteringBoundLogger, Processor, WrappedLogger

from askdocs.config import Settings

log: FilteringBoundLogger = structlog.get_logger()
"""Lines carry whatever `structlog.contextvars` holds: in a request, its `request_id` and `site`."""


def configure_logging(settings: Settings, *, stream: TextIO | None = None) -> None:
    """Send our lines and those of libraries to `stream` (stderr: stdout belongs to commands' results)."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render = _renderer(settings, stream or sys.stderr)
    structlog.configure(
        processors=[*before, *render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *args: Lines(stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*before, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    # Libraries log request bodies, headers and SQL below "warning"; the server's own lines are worth more.
    logging.root.handlers = [handler]
    logging.root.setLevel(max(level, logging.WARNING))
    for name, least in (("uvicorn", logging.INFO), ("uvicorn.error", logging.INFO), ("uvicorn.access", 60)):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
        logger.setLevel(max(level, least))


def _renderer(settings: Settings, stream: TextIO) -> list[Processor]:
    hide = _hide(_secrets(settings))
    if settings.log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_json), hide]
    # The default formatter prints every frame's local variables, secrets among them.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain), hide]


def _json(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()


def _secrets(settings: Settings) -> list[str]:
    """Every text that must not be logged: secrets, and the passwords inside secret URLs."""
    found = []
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if not isinstance(value, SecretStr):
            continue
        secret = value.get_secret_value()
        if "://" not in secret:
            found.append(secret)
        elif password := urlsplit(secret).password:
            found += [password, unquote(password)]
    return sorted({secret for secret in found if len(secret) >= 4}, key=len, reverse=True)


def _hide(secrets: Sequence[str]) -> Callable[[WrappedLogger, str, Any], str]:
    def hide(_logger: WrappedLogger, _method: str, rendered: Any) -> str:
        line = str(rendered)
        for secret in secrets:
            if secret in line:
                line = line.replace(secret, "***")
        return line

    return hide


class Lines:
    """Writes rendered lines. Without a stream it looks stderr up each time, since tests replace it."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        # One write per line, so that lines of several threads do not interleave.
        (self._stream or sys.stderr).write(line + "\n")

    debug = info = warning = error = critical = exception = log = msg


class Outage:
    """A helper that we can do without, such as Redis, fails.

    Says so once a minute, and lets it rest after each failure, so that few requests wait for its time-out.
    """

    def __init__(self, name: str, *, rest: float = 2.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._name, self._rest, self._clock = name, rest, clock
        self._resting_until = self._silent_until = float("-inf")

    @property
    def resting(self) -> bool:
        return self._clock() < self._resting_until

    def failed(self, error: BaseException) -> None:
        now = self._clock()
        self._resting_until = now + self._rest
        if now >= self._silent_until:
            self._silent_until = now + 60
            log.warning("doing_without", what=self._name, error=f"{type(error).__name__}: {error}")


_FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SLOW = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0)


class Metrics:
    """The metrics of one runtime, in a registry of their own: two runtimes in a process do not mix."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(name, text, labels, registry=registry)

        def histogram(name: str, text: str, *labels: str, buckets: Sequence[float] = _FAST) -> Histogram:
            return Histogram(name, text, labels, registry=registry, buckets=buckets)

        self.http_requests = counter("http_requests_total", "Requests.", "method", "endpoint", "status")
        self.http_request_duration = histogram(
            "http_request_duration_seconds",
            "Time until the response is sent.",
            "method",
            "endpoint",
            buckets=_SLOW,
        )
        self.active_sessions = Gauge("active_sessions", "Answers being streamed.", registry=registry)
        self.time_to_first_token = histogram(
            "askdocs_time_to_first_token_seconds", "From question to the answer's first text.", buckets=_SLOW
        )
        self.retrieval_seconds = histogram("askdocs_retrieval_seconds", "From question to passages.")
        self.model_seconds = histogram("askdocs_model_seconds", "How long the model wrote.", buckets=_SLOW)
        self.answers = counter("askdocs_answers_total", "Answers.", "status", "mode")
        self.tokens = counter("askdocs_tokens_total", "Tokens the model read and wrote.", "kind")
        self.cache = counter("askdocs_cache_total", "Look-ups in a cache.", "cache", "result")
        self.fallbacks = counter("askdocs_fallbacks_total", "Answers quoted instead of written.", "reason")
        self.revision_age = Gauge(
            "askdocs_index_revision_age_seconds", "Since the live revision.", ["site"], registry=registry
        )
        self.limiter_errors = counter(
            "askdocs_limiter_errors_total", "Requests let through because the limiter failed."
        )

    def published(self, site: str, at: datetime) -> None:
        """The site's live revision was published `at`: its age is counted from there at every scrape."""
        since = at.timestamp()
        self.revision_age.labels(site).set_function(lambda: time.time() - since)

    def render(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self._registry)
