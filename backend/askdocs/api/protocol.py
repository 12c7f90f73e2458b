"""A connection, and how long and how large what comes through it may be."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import uvicorn
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from askdocs.api import problems
from askdocs.api.middleware import request_id, security
from askdocs.observability.logging import log

HEAD_BYTES = 64 * 1024
"""Of a request line with its headers, or of trailers. uvicorn's parser knows no bound; browsers send some
2 kB, and proxies take between 8 and 64."""

PIPELINED = 8
"""Requests that may wait behind the one that is being answered. uvicorn reads on after each answer, and a
read of 256 kB holds up to 14,000 requests. Browsers and the usual proxies send none before they have read."""

_SLICE = 16 * 1024
"""Bytes that are parsed at a time, which is how exactly a head is measured."""


class Patience(uvicorn.Config):
    """uvicorn's configuration, with this protocol and its times in seconds."""

    def __init__(
        self, app: ASGIApp | str, *, receive_timeout: float, send_timeout: float, **options: Any
    ) -> None:
        self.receive_timeout, self.send_timeout = receive_timeout, send_timeout
        super().__init__(app, http=PatientProtocol, ws="none", **options)


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which by itself waits for ever for a request that has begun, and for a reader.

    A request must have arrived `receive_timeout` seconds after its first byte, the first one of a connection
    after its opening; else it is answered with 408, unless nothing of it has come at all. A reader who takes
    nothing of an answer for `send_timeout` seconds counts as gone.
    """

    config: Patience

    def __init__(self, config: Patience, *args: Any, **options: Any) -> None:
        super().__init__(config, *args, **options)
        self._overdue: asyncio.TimerHandle | None = None
        self._stuck: asyncio.TimerHandle | None = None
        self._at: Literal["between", "head", "body"] = "between"
        self._silent, self._advanced, self._pending = True, False, 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        super().connection_made(transport)
        # So that whatever a reader has not taken counts, also when the connection is closing.
        transport.set_write_buffer_limits(high=0)
        self._expect_request()

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._overdue, self._stuck):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._silent = False
        for start in range(0, len(data), _SLICE):
            if not self.transport.is_closing():
                self._parse(data[start : start + _SLICE])

    def _parse(self, data: bytes) -> None:
        self._advanced = False
        if self._overdue is None:
            self._expect_request()
        super().data_received(data)
        self._pending = 0 if self._advanced else self._pending + len(data)
        if self._advanced and self._at == "between":
            self._have_request()
        elif self._pending > HEAD_BYTES:
            self._refuse(431, "HeadersTooLarge", f"The headers, or trailers, pass {HEAD_BYTES} bytes.")

    def on_message_begin(self) -> None:
        self._at = "head"
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        # uvicorn would keep trailers, too, which nothing reads.
        if self._at == "head":
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._at, self._advanced = "body", True
        if len(self.pipeline) < PIPELINED:
            super().on_headers_complete()
        else:
            self.transport.close()

    def on_body(self, body: bytes) -> None:
        self._advanced = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._at, self._advanced = "between", True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, "MalformedRequest", "This is not a request of HTTP/1.1.", fix="Send one that is.")

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stuck = self.loop.call_later(self.config.send_timeout, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def _expect_request(self) -> None:
        self._overdue = self.loop.call_later(self.config.receive_timeout, self._give_up)

    def _have_request(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None
        if self.cycle.response_complete and self.timeout_keep_alive_task is None:
            # It was answered before its body had come, which ended uvicorn's wait for the next one.
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _give_up(self) -> None:
        answering = self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body
        if answering or self.pipeline:
            # What is overdue waits behind a request that is still being answered.
            self._expect_request()
        elif self._silent:
            # A browser opened it in advance: it would show a 408 for the page that it asks for next.
            self.transport.close()
        else:
            self._refuse(408, "RequestTimeout", "The request did not arrive in time.")

    def _refuse(self, status: int, name: str, detail: str, *, fix: str = "") -> None:
        """Close the connection, with a problem unless that would look like another request's answer."""
        if self.transport.is_closing():
            return
        idle = self.cycle is None or self.cycle.response_complete
        if not self.pipeline and (idle or (self.cycle.more_body and not self.cycle.response_started)):
            scope: Scope = {"headers": []} if self._at == "between" else dict(self.scope)
            scope.setdefault("request_id", request_id(Headers(scope=scope)))
            log.info("request_refused", status=status, detail=detail, request_id=scope["request_id"])
            response = problems.render(
                scope,
                status,
                name,
                detail,
                fix=fix,
                headers={
                    "connection": "close",
                    "x-request-id": scope["request_id"],
                    **security(Headers({"content-type": "application/problem+json"})),
                },
            )
            headers = [*self.server_state.default_headers, *response.raw_headers]
            lines = [b"%b: %b\r\n" % header for header in headers]
            self.transport.write(b"".join([STATUS_LINE[status], *lines, b"\r\n", bytes(response.body)]))
        self.transport.close()
