"""A connection, and how long and how large what comes through it may be."""

from __future__ import annotations

import asyncio
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

HEAD_BYTES = 64 * 1024
"""Of a request line with its headers. uvicorn's parser knows no bound; browsers send some 2 kB, and proxies
take between 8 and 64."""


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
        self._head = 0
        self._silent, self._in_head, self._whole = True, True, False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        super().connection_made(transport)
        self._expect_request()

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._overdue, self._stuck):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._silent = False
        if self._overdue is None:
            self._expect_request()
        super().data_received(data)
        self._head = self._head + len(data) if self._in_head else 0
        if self._whole and self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None
        elif self._head > HEAD_BYTES:
            self._refuse(431)

    def on_message_begin(self) -> None:
        self._in_head, self._whole = True, False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._whole = True
        super().on_message_complete()

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

    def _give_up(self) -> None:
        answering = self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body
        if answering or self.pipeline:
            # What is overdue waits behind a request that is still being answered.
            self._expect_request()
        elif self._silent:
            # A browser opened it in advance: it would show a 408 for the page that it asks for next.
            self.transport.close()
        else:
            self._refuse(408)

    def _refuse(self, status: int) -> None:
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(STATUS_LINE[status] + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()
