"""Streams that other processes can read, in Redis: copied by whoever produces them, with a sign of life."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from askdocs.errors import CacheUnavailable
from askdocs.observability.breaker import CircuitBreaker
from askdocs.observability.logging import log
from askdocs.observability.metrics import Metrics
from askdocs.streams.held import BROKE, ERASED, STOPPED, Held, StreamBroke

if TYPE_CHECKING:
    from redis.asyncio import Redis

Command = tuple[str | bytes | int, ...]

SCHEMA = 1
"""Of what is in Redis. It is part of every key, so that processes of two releases pass over each other's."""

_TIMEOUT = 0.5
"""Seconds that Redis may take to answer."""

_BATCH = 0.05
"""Seconds between two writes, each of which copies all that was produced meanwhile, of all streams."""

_BEAT = 1.0
"""Seconds between two signs of life, and until a producer elsewhere heeds a stop."""

_ALIVE = 10.0
"""Seconds without a sign of life after which a producer counts as dead. A process that starts under full load
may hang for two or three."""

_LIFE = 180.0
"""Seconds that a stream is kept whose producer died, for readers to be told so."""

_KEPT = 60.0
"""Seconds that a stream is kept after its end."""

_LOOK = 0.2
"""Seconds between two looks of a reader, who holds no connection meanwhile."""

_LOST = 3.0
"""Seconds for which Redis may fail a reader."""

RUNNING, STOP, ERASE = b"running", b"stop", b"erase"


class _Mirror:
    """What is copied of a stream. `written` counts bytes."""

    def __init__(self, owner: str, stream: str, held: Held, chat: str) -> None:
        self.keys, self.held = _Keys(owner, stream), held
        self.stream, self.chat = stream, chat
        self.registered = self.erased = self.done = False
        self.written, self.beat_at = 0, 0.0

    def is_due(self, now: float) -> bool:
        return self.held.ended or self.written < self.held.size or now - self.beat_at >= _BEAT


class _Keys:
    def __init__(self, owner: str, stream: str) -> None:
        self.names = f"askdocs:stream:{SCHEMA}:{owner}"
        self.data = f"{self.names}:{stream}"
        self.state = f"{self.data}:state"
        self.read = f"{self.data}:read"


class SharedStreams:
    """One task writes for all streams of the process, as long as there are any. While Redis is away nothing
    is lost: each stream is copied on from where it was, or anew if Redis has forgotten it."""

    def __init__(self, url: str, metrics: Metrics, *, timeout: float = _TIMEOUT) -> None:
        # Imported here since it costs 120 ms and 29 MB that an installation without Redis need not pay.
        from redis.asyncio import Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff

        self._metrics = metrics
        self._breaker = CircuitBreaker("redis streams")
        self._redis: Redis = Redis.from_url(
            url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=Retry(NoBackoff(), 0)
        )
        self._mirrors: dict[Held, _Mirror] = {}
        self._changed = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None

    def mirror(self, owner: str, stream: str, held: Held, *, chat: str) -> None:
        self._mirrors[held] = _Mirror(owner, stream, held, chat)
        self._changed.set()
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._keep_writing())

    def notice(self) -> None:
        """Something was produced, or has ended."""
        self._changed.set()

    async def find(self, owner: str, name: str) -> AsyncGenerator[bytes] | None:
        """As `Streams.find`, wherever it is produced."""
        stream = await self._identify(owner, name)
        if stream is None:
            return None
        keys = _Keys(owner, stream)
        (newest,) = await self._ask(("XREVRANGE", keys.data, "+", "-", "COUNT", 1))
        has_ended = bool(newest) and b"end" in newest[0][1]
        return self._follow(keys) if newest and (name == stream or not has_ended) else None

    async def stop(self, owner: str, name: str) -> None:
        stream = await self._identify(owner, name)
        if stream is not None:
            state = _Keys(owner, stream).state
            await self._ask(("SET", state, STOP, "PX", _ms(_ALIVE), "XX"))

    async def erase(self, owner: str) -> None:
        """Redis that does not answer is no reason to refuse: nobody can read what it holds, and it goes."""
        names = _Keys(owner, "").names
        for mirror in self._mirrors.values():
            mirror.erased = mirror.erased or mirror.keys.names == names
        self._changed.set()
        try:
            (found,) = await self._ask(("HVALS", names))
            commands: list[Command] = [("DEL", names)]
            for stream in set(found):
                keys = _Keys(owner, stream.decode())
                # A producer elsewhere sees it at its next sign of life, and takes away what it wrote since.
                commands.append(("SET", keys.state, ERASE, "PX", _ms(_ALIVE), "XX"))
                commands.append(("DEL", keys.data, keys.read))
            await self._ask(*commands)
        except CacheUnavailable as error:
            log.warning("stream_not_erased", error=str(error), seconds_left=_LIFE)

    async def close(self) -> None:
        """Write what is left, if Redis takes it at once."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.wait([self._writing])
        if self._mirrors:
            await self._write(list(self._mirrors.values()))
        await self._redis.aclose()

    async def _identify(self, owner: str, name: str) -> str | None:
        (stream,) = await self._ask(("HGET", _Keys(owner, name).names, name))
        self._metrics.cache.labels(cache="stream", result="miss" if stream is None else "hit").inc()
        return None if stream is None else str(stream.decode())

    async def _ask(self, *commands: Command) -> list[Any]:
        """The replies. Raises `CacheUnavailable`."""
        from redis.exceptions import RedisError

        try:
            if not self._breaker.is_open:
                return await self._send(commands)
        except (RedisError, OSError) as error:
            self._breaker.failed(error)
        self._metrics.cache.labels(cache="stream", result="error").inc()
        raise CacheUnavailable(
            "Redis does not answer, in which other processes' answers are found.", retry_after=2
        )

    async def _send(self, commands: Iterable[Command], *, errors: bool = True) -> list[Any]:
        """One round trip. Raises `RedisError`; those of single commands are replies unless `errors`."""
        pipeline = self._redis.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        return list(await pipeline.execute(raise_on_error=errors))

    async def _follow(self, keys: _Keys) -> AsyncGenerator[bytes]:
        position, last, heard_at = 0, "-", time.monotonic()
        while True:
            # The state first: a producer that ends leaves the end before it takes its sign of life away.
            look: list[Command] = [
                ("GET", keys.state),
                ("XRANGE", keys.data, last, "+", "COUNT", 16),
                ("SET", keys.read, b"", "PX", _ms(2 * _BEAT)),
            ]
            try:
                state, entries, _ = await self._ask(*look)
                heard_at = time.monotonic()
            except CacheUnavailable as error:
                if time.monotonic() - heard_at > _LOST:
                    raise StreamBroke(BROKE) from error
                await asyncio.sleep(_LOOK)
                continue
            for entry, fields in entries:
                last = f"({entry.decode()}"
                if b"end" in fields:
                    if int(fields[b"start"]) != position or fields[b"end"]:
                        raise StreamBroke(fields[b"end"].decode() or BROKE)
                    return
                # A stream that was copied anew has its entries cut elsewhere.
                missing = position - int(fields[b"start"])
                if missing < 0:
                    raise StreamBroke(BROKE)
                piece = fields[b"data"][missing:]
                position += len(piece)
                if piece:
                    yield piece
            if not entries:
                if state is None:
                    raise StreamBroke(BROKE)
                if state == ERASE:
                    raise StreamBroke(ERASED)
                await asyncio.sleep(_LOOK)

    async def _keep_writing(self) -> None:
        while self._mirrors:
            with suppress(TimeoutError):
                async with asyncio.timeout(_BEAT):
                    await self._changed.wait()
            self._changed.clear()
            now = time.monotonic()
            due = [mirror for mirror in self._mirrors.values() if mirror.is_due(now)]
            try:
                was_written = not due or await self._write(due)
            except Exception:
                # Answers go on without it.
                log.exception("streams_not_copied")
                was_written = False
            await asyncio.sleep(_BATCH if was_written else _BEAT)

    async def _write(self, mirrors: list[_Mirror]) -> bool:
        """Copy what is new of them; whether Redis took it."""
        from redis.exceptions import RedisError

        copies = [_copy(mirror) for mirror in mirrors]
        try:
            replies = await self._send((each for copy in copies for each in copy.commands), errors=False)
            for reply in replies:
                if isinstance(reply, Exception) and not _is_repeated(reply):
                    raise reply
        except (RedisError, OSError) as error:
            self._breaker.failed(error)
            self._metrics.cache.labels(cache="stream", result="error").inc()
            return False
        at, now = 0, time.monotonic()
        for mirror, copy in zip(mirrors, copies, strict=True):
            state, is_read, *others = replies[at : at + len(copy.commands)]
            at += len(copy.commands)
            mirror.beat_at = now
            self._heed(mirror, state=state, is_read=bool(is_read))
            # Redis has lost it, or was away for long, unless it is taken away.
            mirror.registered = mirror.done or None not in (state, *others)
            if not mirror.registered:
                mirror.written = 0
                self._changed.set()
            else:
                mirror.written = copy.size
                if mirror.done or (copy.ended and not mirror.erased):
                    self._mirrors.pop(mirror.held, None)
        return True

    def _heed(self, mirror: _Mirror, *, state: bytes | bool | None, is_read: bool) -> None:
        """What others want of the stream."""
        if is_read:
            mirror.held.is_read()
        if state == STOP:
            mirror.held.stop(STOPPED)
        elif state == ERASE:
            mirror.erased = True
            mirror.held.stop(ERASED)


@dataclass(frozen=True, slots=True)
class _Copy:
    """The commands that copy what is new of a stream, up to byte `size`. The first two tell its state, and
    whether it is read elsewhere."""

    commands: list[Command]
    size: int
    ended: bool


def _copy(mirror: _Mirror) -> _Copy:
    keys, held, size, ended = mirror.keys, mirror.held, mirror.written, mirror.held.ended
    alive: Command = ("GETEX", keys.state, "PX", _ms(_ALIVE))
    if not mirror.registered:
        alive = ("SET", keys.state, RUNNING, "PX", _ms(_ALIVE))
    commands: list[Command] = [alive, ("EXISTS", keys.read)]
    if mirror.erased or not held.is_whole:
        mirror.done = True
        commands += [("DEL", keys.data, keys.state, keys.read), ("HDEL", keys.names, mirror.stream)]
        return _Copy(commands, held.size, ended)
    if not mirror.registered:
        names = [mirror.stream, mirror.chat] if mirror.chat else [mirror.stream]
        commands += [("HSET", keys.names, name, mirror.stream) for name in names]
    # Nothing is added to what is not there, so that no stream lacks its beginning.
    adding: Command = ("XADD", keys.data, "NOMKSTREAM") if mirror.registered else ("XADD", keys.data)
    while size < held.size:
        piece = held.piece(size)
        end = size + len(piece)
        commands.append((*adding, f"{end}-0", "start", size, "data", piece))
        size = end
    if ended:
        commands.append((*adding, f"{size}-1", "start", size, "end", held.broke))
        commands.append(("DEL", keys.state, keys.read))
    commands.append(("PEXPIRE", keys.data, _ms(_KEPT if ended else _LIFE)))
    commands.append(("PEXPIRE", keys.names, _ms(_LIFE)))
    return _Copy(commands, size, ended)


def _is_repeated(reply: Exception) -> bool:
    """Redis has this entry already: its answer to an earlier attempt was lost."""
    return "equal or smaller" in str(reply)


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
