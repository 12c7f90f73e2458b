"""Log lines in the fields by which Google Cloud Logging knows severity, trace, request and stack trace.

https://cloud.google.com/logging/docs/structured-logging names them.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from structlog.typing import Processor, WrappedLogger

_TRACE = "logging.googleapis.com/"


def arrange(project: str | None) -> Processor:
    """A processor of structlog. Traces are those of `project`; without one their id alone names them."""

    def processor(
        _logger: WrappedLogger, _method: str, line: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        line["severity"] = str(line.pop("level", "default")).upper()
        line["message"] = line.pop("event", "")
        line["time"] = line.pop("timestamp", None)
        if stack := line.pop("exception", None):
            line["stack_trace"] = stack
        if trace := line.pop("trace_id", None):
            line[f"{_TRACE}trace"] = f"projects/{project}/traces/{trace}" if project else trace
            line[f"{_TRACE}trace_sampled"] = bool(line.pop("trace_sampled", False))
        if span := line.pop("span_id", None):
            line[f"{_TRACE}spanId"] = span
        if line["message"] == "request" and "route" in line:
            _describe_request(line)
        return line

    return processor


def _describe_request(line: MutableMapping[str, Any]) -> None:
    """The access log's line; status 0 is a request whose client left before anything was answered."""
    method, route, status = line.pop("method"), line.pop("route"), line.pop("status")
    request = {
        "requestMethod": method,
        "requestUrl": route,
        "status": status,
        "responseSize": str(line.pop("bytes")),
        "latency": f"{line.pop('ms') / 1000:.4f}s",
    }
    if not status:
        del request["status"]
    line["httpRequest"] = request
    line["message"] = f"{method} {route} {status or 'client left'}"
