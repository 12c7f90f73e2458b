"""Which trace a request belongs to, as the proxies in front say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass

_W3C = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
_GOOGLE = re.compile(r"([0-9A-Fa-f]{32})(?:/([0-9]{1,20}))?(?:;o=([0-9]))?")


@dataclass(frozen=True, slots=True)
class TraceContext:
    """Ids in hexadecimal; `span` is "" if only the trace is known. `sampled`: it is being recorded."""

    trace: str
    span: str
    sampled: bool


current: ContextVar[TraceContext | None] = ContextVar("trace_context", default=None)
"""That of the request that is being served."""


def read(headers: Mapping[str, str]) -> TraceContext | None:
    """From `traceparent`, or else Google's `x-cloud-trace-context`; None if neither makes sense."""
    if found := _W3C.fullmatch(headers.get("traceparent", "").strip()):
        trace, span, sampled = found[1], found[2], bool(int(found[3], 16) & 1)
    elif found := _GOOGLE.fullmatch(headers.get("x-cloud-trace-context", "").strip()):
        number = int(found[2] or 0)
        trace, span, sampled = found[1].lower(), f"{number:016x}" if number else "", found[3] == "1"
    else:
        return None
    return TraceContext(trace, span if int(span or "0", 16) else "", sampled) if int(trace, 16) else None
