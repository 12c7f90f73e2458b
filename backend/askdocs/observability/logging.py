"""Structured log lines that carry request id and site, without secrets."""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import FilteringBoundLogger, Processor

from askdocs.config import Settings
from askdocs.observability import cloud_lines, error_tracking, redaction

log: FilteringBoundLogger = structlog.get_logger()
"""Lines carry whatever `structlog.contextvars` holds: in a request, its `request_id` and `site`."""


def configure_logging(settings: Settings, *, stream: TextIO | None = None) -> None:
    """Send our lines and those of libraries to `stream` (stderr: stdout belongs to commands' results)."""
    level = logging.getLevelNamesMapping()[settings.least_level.upper()]
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    report = error_tracking.open_reporter(settings)
    render = [*([report] if report else []), *_renderer(settings, stream or sys.stderr)]
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
    hide = redaction.hide(redaction.secrets(settings))
    json: list[Processor] = [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(_json),
        hide,
    ]
    if settings.log_format == "json":
        return json
    if settings.log_format == "cloud":
        # What a request belongs to is looked for in the project that the service is in.
        project = settings.deployment.project or settings.gemini.project
        return [json[0], cloud_lines.arrange(project), *json[1:]]
    # The default formatter prints every frame's local variables, secrets among them.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain), hide]


def _json(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()


class Lines:
    """Writes rendered lines. Without a stream it looks stderr up each time, since tests replace it."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        # One write per line, so that lines of several threads do not interleave.
        (self._stream or sys.stderr).write(line + "\n")

    debug = info = warning = error = critical = exception = log = msg
