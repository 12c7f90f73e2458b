"""Sends traces of questions by OpenTelemetry. The only place that knows it, and only where traces are wanted.

A trace is told when its question has ended, out of the times that were taken anyway: no context follows the
question through its tasks, and without an endpoint nothing is imported and nothing is done.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from askdocs import __version__
from askdocs.config import Settings
from askdocs.errors import ConfigError
from askdocs.observability.trace_context import TraceContext

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

_PATIENCE = 2.0
"""Seconds for the receiver of a batch, and of waiting for it when the server stops."""

Value = str | int | float


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a trace, in seconds since its beginning; `moments` are what happened at one."""

    name: str
    begins: float
    ends: float
    attributes: Mapping[str, Value] = field(default_factory=dict)
    moments: Mapping[str, float] = field(default_factory=dict)
    failed: bool = False


class Tracer:
    """Hands traces to a thread that sends them."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("askdocs", __version__)

    def record(self, whole: Step, parts: Sequence[Step], *, parent: TraceContext | None) -> None:
        """A trace that ends now, as a part of the one that the request came with."""
        from opentelemetry import trace

        began = time.time() - whole.ends
        within = self._span(whole, began, _context(parent))
        if parts:
            context = trace.set_span_in_context(within)
            for part in parts:
                self._span(part, began, context).end(_nanoseconds(began + part.ends))
        within.end(_nanoseconds(began + whole.ends))

    async def close(self) -> None:
        """Send what is left, for `_PATIENCE` seconds at most: the SDK would try for too long."""
        parting = Thread(target=self._provider.shutdown, daemon=True)
        parting.start()
        await asyncio.to_thread(parting.join, _PATIENCE)

    def _span(self, step: Step, began: float, context: Context | None) -> Span:
        from opentelemetry.trace import StatusCode

        span = self._tracer.start_span(
            step.name,
            context=context,
            attributes=dict(step.attributes),
            start_time=_nanoseconds(began + step.begins),
        )
        for name, moment in step.moments.items():
            span.add_event(name, timestamp=_nanoseconds(began + moment))
        if step.failed:
            span.set_status(StatusCode.ERROR)
        return span


def open_tracer(settings: Settings) -> Tracer | None:
    """None without an endpoint. Raises `ConfigError` if there is one, but not the packages it needs."""
    if settings.tracing.endpoint is None:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
    except ImportError as error:
        raise ConfigError(
            "tracing.endpoint is set, but OpenTelemetry is not installed.",
            fix="pip install 'askdocs[tracing]'",
        ) from error
    provider = TracerProvider(
        # By the trace's id alone: whether a request says that it is sampled is for its sender to choose.
        sampler=TraceIdRatioBased(settings.tracing.sample_share),
        resource=Resource.create(
            {
                "service.name": settings.deployment.service,
                "service.version": __version__,
                "deployment.environment.name": settings.environment,
            }
        ),
        shutdown_on_exit=False,
    )
    exporter = OTLPSpanExporter(endpoint=_address(settings.tracing.endpoint), timeout=_PATIENCE)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Tracer(provider)


def _address(endpoint: str) -> str:
    """An endpoint without a path is a collector, whose path for traces is this one."""
    return endpoint if urlsplit(endpoint).path.strip("/") else f"{endpoint.rstrip('/')}/v1/traces"


def _context(parent: TraceContext | None) -> Context | None:
    from opentelemetry import trace

    if parent is None or not parent.span:
        return None
    return trace.set_span_in_context(
        trace.NonRecordingSpan(trace.SpanContext(int(parent.trace, 16), int(parent.span, 16), is_remote=True))
    )


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1e9)
