"""Answers as a UI message stream, v1: events become server-sent parts that even ai@5.0.0 accepts.

What is ours travels in `data-answer` and in the metadata of `start`, which the SDK keeps with the message and
sends back with its transcript: so the next question finds its session. Everything else is the SDK's. Every
stream ends in `finish` or `error`, then `[DONE]`.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing, suppress
from typing import Any

import orjson
from prometheus_client import Gauge
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from askdocs.observability.logging import log
from askdocs.streams.held import StreamBroke
from askdocs.types import Answered, AnswerEvent, AnswerFailed, AnswerText, Hit, SourcesFound, Started

HEADERS: Mapping[str, str] = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-store",
    "x-vercel-ai-ui-message-stream": "v1",
    "x-accel-buffering": "no",
}

_DONE = b"data: [DONE]\n\n"
_GOODBYE = 1.0
"""Seconds that a stop waits for a reader."""

_KEEP_ALIVE = b": keep-alive\n\n"


_SOURCES_AT_ONCE = 8
"""Sources sent before the answer; those that fill a prompt beside them are sent when a mark names them."""

_MARK = re.compile(r"\[(\d{1,3})\]")
_LONGEST_MARK = 5


class Encoder:
    """Turns events into parts. `ended` says that the stream needs nothing more."""

    def __init__(self) -> None:
        self.ended = False
        self._writing = False
        self._unsent: dict[int, Hit] = {}
        self._end_of_text = ""

    def encode(self, event: AnswerEvent) -> bytes:
        match event:
            case AnswerText(text):
                return self._write(text)
            case Started(message_id, session):
                return _begin(message_id, session)
            case SourcesFound(hits):
                self._unsent = dict(enumerate(hits, 1))
                return self._sources(range(1, _SOURCES_AT_ONCE + 1))
            case Answered():
                self.ended = True
                return (_part(type="text-end", id="0") if self._writing else b"") + _end(event)
            case AnswerFailed(message=message):
                return self.fail(message)

    def _write(self, text: str) -> bytes:
        """The text, after the sources that it names first. A mark may have begun in the text before."""
        begun = self._end_of_text + text
        self._end_of_text = begun[1 - _LONGEST_MARK :]
        named = self._sources(int(number) for number in _MARK.findall(begun)) if self._unsent else b""
        opening = b"" if self._writing else _part(type="text-start", id="0")
        self._writing = True
        return named + opening + _part(type="text-delta", id="0", delta=text)

    def _sources(self, numbers: Iterable[int]) -> bytes:
        """Those of the numbered sources that were not sent before."""
        sent = ((number, self._unsent.pop(number)) for number in numbers if number in self._unsent)
        return b"".join(_source(number, hit) for number, hit in sent)

    def fail(self, message: str = "The answer broke off. Please try again.") -> bytes:
        """The end of a stream that broke. `message` is read by readers."""
        self.ended = True
        return _part(type="error", errorText=message) + _DONE


def _part(**fields: Any) -> bytes:
    return b"data: " + orjson.dumps(fields) + b"\n\n"


def _begin(message_id: str, session: str) -> bytes:
    about = {"session": session}
    return _part(type="start", messageId=message_id, messageMetadata=about) + _part(type="start-step")


def _source(number: int, hit: Hit) -> bytes:
    return _part(type="source-url", sourceId=str(number), url=hit.chunk.link, title=hit.chunk.breadcrumb)


def _end(answered: Answered) -> bytes:
    answer = {
        "message_id": answered.message_id,
        "status": answered.status,
        "mode": answered.mode,
        "confidence": answered.confidence,
        "support": answered.support,
        "citations": answered.citations,
        "version": answered.version,
        "language": answered.language,
        "reviewed_on": answered.reviewed_on,
        "limited": answered.limited,
        "release": dict(answered.release),
    }
    return _part(type="data-answer", data=answer) + _part(type="finish-step") + _part(type="finish") + _DONE


async def encoded(first: AnswerEvent, events: AsyncGenerator[AnswerEvent]) -> AsyncGenerator[bytes]:
    """The parts of `first` and of each other event, up to an end in `finish` or `error`, whatever happens."""
    encoder = Encoder()
    async with aclosing(events):
        yield encoder.encode(first)
        while not encoder.ended:
            try:
                event = await anext(events, None)
            except Exception:
                # The status line is long out: the reader can be told only here.
                log.exception("answer_broke_off")
                event = None
            yield encoder.fail() if event is None else encoder.encode(event)


class ReaderLeft(Exception):
    """The client closed the connection before the answer was complete."""


class EventStream(Response):
    """Sends `opening`, then the chunks as they come, and a comment after `silence` seconds without any.

    When the reader leaves, `chunks` is closed at once, also while it waits for the model. `stopped` is called
    when the server stops before its end, `ended` in any case.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        chunks: AsyncGenerator[bytes],
        *,
        opening: bytes = b"",
        active: Gauge | None = None,
        silence: float = 15.0,
        stopped: Callable[[], None] = lambda: None,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self._chunks, self._opening, self._active, self._silence = chunks, opening, active, silence
        self._stopped, self._ended = stopped, ended
        self._sent_at, self._left = 0.0, False
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._active is not None:
            self._active.inc()
        try:
            async with asyncio.TaskGroup() as group, aclosing(self._chunks):
                helpers = [
                    group.create_task(self._notice_leaving(receive)),
                    group.create_task(self._keep_alive(send)),
                ]
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                # A task of its own, which is told later than its reader that the server stops: to store what
                # was said may take until a database answers.
                relaying = group.create_task(self._relay(send))
                try:
                    await asyncio.wait([relaying])
                finally:
                    for helper in helpers:
                        helper.cancel()
                    if not relaying.done():
                        if not self._left:
                            await self._say_goodbye(send)
                            self._stopped()
                        if not relaying.cancelling():  # a second time would disturb what it stores
                            relaying.cancel()
                        await asyncio.wait([relaying])
                relaying.result()
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except* ReaderLeft:
            log.info("reader_left")
        finally:
            if self._active is not None:
                self._active.dec()
            self._ended()

    async def _relay(self, send: Send) -> None:
        if self._opening:
            await self._send(send, self._opening)
        try:
            async for chunk in self._chunks:
                await self._send(send, chunk)
        except StreamBroke as broke:
            await self._send(send, Encoder().fail(str(broke)))

    async def _send(self, send: Send, chunk: bytes) -> None:
        self._sent_at = time.monotonic()
        try:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except OSError as error:
            self._left = True
            raise ReaderLeft from error

    async def _say_goodbye(self, send: Send) -> None:
        """The server stops and cuts its answers short: this one still gets an end that clients understand,
        unless its reader takes nothing at the moment."""
        end = Encoder().fail("The server is restarting. Please ask again in a moment.")
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(_GOODBYE):
                await send({"type": "http.response.body", "body": end, "more_body": False})

    async def _notice_leaving(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._left = True
        raise ReaderLeft

    async def _keep_alive(self, send: Send) -> None:
        self._sent_at = time.monotonic()
        while True:
            rest = self._sent_at + self._silence - time.monotonic()
            if rest > 0:
                await asyncio.sleep(rest)
            else:
                await self._send(send, _KEEP_ALIVE)
