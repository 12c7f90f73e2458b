"""The database as the flows see it: `await db.run(query, ...)` is one transaction, tried again where safe."""

from __future__ import annotations

import asyncio
import contextvars
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.orm import Session

from askdocs.db import copies, failures, upgrades
from askdocs.db.copies import Held, Target
from askdocs.db.engine import Limits, open_engine, parse, require_room
from askdocs.errors import DatabaseUnavailable
from askdocs.observability.logging import log
from askdocs.observability.metrics import Metrics

__all__ = ["Database", "Session", "read_only"]

P = ParamSpec("P")
T = TypeVar("T")
Query = TypeVar("Query", bound=Callable[..., object])

_FIRST_PAUSE = 0.25
"""Seconds before the second attempt to connect; each further pause is twice as long."""

_PARTING = 3.0
"""Seconds that a server may take for each answer once the program ends, which is forced to after five."""


def read_only(query: Query) -> Query:
    """Mark a query function as one that writes nothing: on SQLite it then waits for no writer."""
    query.__dict__["read_only"] = True
    return query


class Database:
    """Connections to one PostgreSQL or SQLite database, and threads to use them in.

    Thread-safe, and not bound to an event loop. Errors of every method: `DatabaseUnavailable`, `DiskFull`,
    `Conflict` for a row that contradicts another, and whatever the query function raises by itself.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 5,
        max_overflow: int = 5,
        pool_timeout: float = 10.0,
        connect_timeout: float = 10.0,
        connect_attempts: int = 5,
        statement_timeout: float = 15.0,
        metrics: Metrics | None = None,
    ) -> None:
        limits = Limits(
            pool_size=pool_size,
            max_overflow=max_overflow,
            pool_timeout=pool_timeout,
            connect_timeout=connect_timeout,
            statement_timeout=statement_timeout,
        )
        self._watchdog = limits.watchdog()
        self._engine = open_engine(parse(url), limits, self._watchdog)
        self._limits = limits
        self._attempts = connect_attempts
        self._metrics = metrics
        if metrics is not None:
            metrics.connections_limit.set(pool_size + max_overflow)
        self._threads = ThreadPoolExecutor(pool_size + max_overflow, thread_name_prefix="database")
        self._closing = threading.Event()
        # SQLite lets waiting writers poll; a lock wakes the next one of this process at once, and ten of
        # them get two to four times as much done.
        self._writing = threading.Lock() if self.dialect == "sqlite" else None

    @property
    def dialect(self) -> str:
        return self._engine.dialect.name

    async def run(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """`fn(session, ...)` as one transaction, in a thread; this is the one place that commits.

        `fn` may run more than once: again after a connection was lost before the commit. It must therefore
        change nothing but the database. Cancelling the caller does not stop a transaction that has begun.
        """
        return await self._in_thread(partial(self.run_sync, fn, *args, **kwargs))

    def run_sync(self, fn: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """The same in this thread, for callers without an event loop."""
        return self._retrying(lambda: self._transact(fn, *args, **kwargs), attempts=self._attempts)

    async def ping(self) -> None:
        """Proof that the database answers with tables that this program may use, by one attempt, and that the
        disk of SQLite's file has room. Errors: `SchemaMismatch` too."""
        await self._in_thread(self._check)

    def current_migration(self) -> str | None:
        """The migration that the database is at, None before the first."""
        return self.run_sync(_current_migration)

    def upgrade(self) -> str | None:
        """Bring the tables to the state that this version of the program needs; quick when they are.

        Returns the migration that they were at. Errors: `SchemaMismatch` too.
        """
        return self._retrying(partial(upgrades.upgrade, self._engine), attempts=self._attempts)

    def prepare(self) -> None:
        """Check that this program may use the tables, and make them in an empty SQLite file.

        Errors: `SchemaMismatch` too.
        """
        self._retrying(partial(upgrades.prepare, self._engine), attempts=self._attempts)

    def copy(self, target: Path) -> None:
        """Copy SQLite's file as it is now, whoever writes to it. Errors: `DiskFull` of the target's too."""
        copies.copy_file(self._engine, target)

    def size(self) -> int:
        """About how many bytes the rows take on the disk."""
        return copies.size_of_file(self._engine) if self.dialect == "sqlite" else self.look().bytes

    def hold(self, read: Callable[[Session], T]) -> AbstractContextManager[Held[T]]:
        """Keep the state that PostgreSQL is in now, in which `read` is called, for other connections."""
        return copies.hold(self._engine, read)

    def look(self) -> Target:
        """What the tools for PostgreSQL need to know of it."""
        return copies.look(self._engine)

    def hurry(self) -> None:
        """Prepare to close: try nothing again, and await nothing for longer than some seconds."""
        self._closing.set()
        self._watchdog.hurry(_PARTING)

    def close(self) -> None:
        """Finish the transactions that have begun, if the server answers, then close the connections."""
        self.hurry()
        self._threads.shutdown(cancel_futures=True)
        self._engine.dispose()
        self._watchdog.stop()

    def _check(self) -> None:
        self._retrying(partial(self._transact, _require_usable), attempts=1)
        if self.dialect == "sqlite":
            require_room(self._engine.url)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        try:
            future = self._threads.submit(contextvars.copy_context().run, self._counted, work)
        except RuntimeError as error:
            raise DatabaseUnavailable("The database has been closed.") from error
        timer = loop.call_later(self._limits.pool_timeout, future.cancel)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and not task.cancelling():
                # Nobody cancelled the caller, so it was the timer that did, before a thread was free.
                if self._metrics is not None:
                    self._metrics.database_refusals.inc()
                raise DatabaseUnavailable(
                    "All connections to the database are busy.", retry_after=1
                ) from error
            raise
        finally:
            timer.cancel()

    def _counted(self, work: Callable[[], T]) -> T:
        """There are as many threads as connections: one that works stands for a connection in use."""
        if self._metrics is None:
            return work()
        with self._metrics.connections_in_use.track_inprogress():
            return work()

    def _retrying(self, attempt: Callable[[], T], *, attempts: int) -> T:
        """A sleeping database gets time to wake; no attempt begins after `connect_timeout` seconds."""
        deadline = time.monotonic() + self._limits.connect_timeout
        pause = _FIRST_PAUSE
        for number in range(1, attempts + 1):
            try:
                return attempt()
            except failures.ConnectionLost as lost:
                # Jitter only ever shortens, by up to a half, so that many processes do not return at once.
                delay = pause * random.uniform(0.5, 1)  # noqa: S311 - nothing secret depends on it
                if number == attempts or time.monotonic() + delay > deadline:
                    raise lost.as_error from lost.__cause__
                log.warning("database_retry", attempt=number, pause=round(delay, 3), error=str(lost))
                if self._closing.wait(delay):
                    raise lost.as_error from lost.__cause__
                pause *= 2
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _transact(self, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        reading = getattr(fn, "read_only", False)
        with ExitStack() as stack:
            if self._writing is not None and not reading:
                self._wait_for_turn(self._writing, stack)
            session = stack.enter_context(Session(self._engine, expire_on_commit=False))
            with failures.converting():
                session.connection(execution_options={"read_only": reading})
            with failures.converting():
                result = fn(session, *args, **kwargs)
                session.flush()
            with failures.converting(committing=not reading):
                session.commit()
            return result

    def _wait_for_turn(self, writing: threading.Lock, stack: ExitStack) -> None:
        if not writing.acquire(timeout=self._limits.pool_timeout):
            raise DatabaseUnavailable("The database is busy: others are writing to it.", retry_after=1)
        stack.callback(writing.release)


@read_only
def _require_usable(db: Session) -> None:
    upgrades.require_usable(upgrades.current(db.connection()))


@read_only
def _current_migration(db: Session) -> str | None:
    return upgrades.current(db.connection()).migration
