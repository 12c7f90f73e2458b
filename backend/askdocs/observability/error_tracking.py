"""Sends errors that nobody expected to Sentry. The only place that knows it, and only where that is wanted.

What leaves is where in our code an error came up and of which type it is, with request id and site. Neither
the error's own words nor any variable, header or body does: they may hold a question or a key. The log has
the words, under the same request id.
"""

from __future__ import annotations

import atexit
import sys
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

from structlog.typing import Processor, WrappedLogger

from askdocs import __version__
from askdocs.config import Settings
from askdocs.errors import ConfigError

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

_PARTING = 2.0
"""Seconds to send what is left when the process ends."""

_TAGS = ("request_id", "site", "logger")


def open_reporter(settings: Settings) -> Processor | None:
    """A processor of structlog that reports lines with an error; None without a DSN.

    Raises `ConfigError` if there is one, but not the package it needs.
    """
    if settings.error_tracking.dsn is None:
        return None
    try:
        import sentry_sdk
    except ImportError as error:
        raise ConfigError(
            "error_tracking.dsn is set, but sentry-sdk is not installed.",
            fix="pip install 'askdocs[error-tracking]'",
        ) from error
    client = sentry_sdk.Client(
        dsn=settings.error_tracking.dsn.get_secret_value(),
        environment=settings.environment,
        release=f"askdocs@{__version__}",
        server_name="",
        # Nothing is collected that is not asked for here: they would add requests, arguments and log lines.
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
        max_request_body_size="never",
        auto_session_tracking=False,
        before_send=_without_words,
        shutdown_timeout=_PARTING,
    )
    atexit.register(client.close)

    def report(
        _logger: WrappedLogger, _method: str, line: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        if (error := _error_of(line)) is not None:
            with sentry_sdk.new_scope() as scope:
                scope.set_client(client)
                for tag in _TAGS:
                    if tag in line:
                        scope.set_tag(tag, str(line[tag]))
                # Our lines have fixed names; those of libraries may repeat an error's words.
                scope.set_transaction_name(str(line.get("logger") or line.get("event", "")))
                scope.capture_exception(error)
        return line

    return report


def _error_of(line: MutableMapping[str, Any]) -> BaseException | None:
    """The error whose stack trace the line shows: given as such, as a triple, or as what is being handled."""
    given = line.get("exc_info")
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None


def _without_words(event: Event, _hint: Hint) -> Event:
    for error in event.get("exception", {}).get("values", ()):
        error["value"] = ""
    return event
