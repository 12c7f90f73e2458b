"""Ends waits for a PostgreSQL server that stands still: its connections are open, and nothing answers.

The server's own time limit is of no use then, and TCP notices nothing as long as the other machine's kernel
acknowledges what it gets. So a thread looks for connections that have waited too long and shuts their sockets
down, upon which the driver finds that it has lost the connection.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

import psycopg2
import psycopg2.extensions

from askdocs.observability.logging import log

T = TypeVar("T")

_FOREVER = float("inf")


class WatchedConnection(psycopg2.extensions.connection):
    """A connection whose every wait for the server is bounded by `limit`, in seconds."""

    limit = _FOREVER
    waiting_since: float | None = None
    """By the monotonic clock; None while nothing is awaited, or no more."""

    def watch(self, idle_limit: float) -> None:
        """`idle_limit` holds outside of transactions, as for testing a connection before use."""
        self.limit = self._idle_limit = idle_limit
        self._cut_after: float | None = None
        self._lock = threading.Lock()
        # A descriptor of our own: the driver closes its own as soon as it finds the connection lost, and by
        # the time that a wait is cut, the number may be that of a stranger's file.
        self._descriptor = os.dup(self.fileno())
        self._release = weakref.finalize(self, os.close, self._descriptor)
        self._release.atexit = False

    def cut(self, after: float) -> None:
        """Let the wait under way fail; it has lasted for `after` seconds."""
        with self._lock:
            if not self._release.alive:
                return
            self._cut_after, self.waiting_since = after, None
            with suppress(OSError), socket.socket(fileno=os.dup(self._descriptor)) as shared:
                shared.shutdown(socket.SHUT_RDWR)

    def awaited(self, call: Callable[..., T], *arguments: Any) -> T:
        self.waiting_since = time.monotonic()
        try:
            return call(*arguments)
        except psycopg2.Error as error:
            if self._cut_after is None:
                raise
            self.close()
            raise psycopg2.OperationalError(
                f"it did not answer within {self._cut_after:.0f} seconds"
            ) from error
        finally:
            self.waiting_since = None

    def commit(self) -> None:
        try:
            self.awaited(super().commit)
        finally:
            self.limit = self._idle_limit

    def rollback(self) -> None:
        try:
            self.awaited(super().rollback)
        finally:
            self.limit = self._idle_limit

    def close(self) -> None:
        with self._lock:
            self._release()
        super().close()


class WatchedCursor(psycopg2.extensions.cursor):
    """A cursor of a `WatchedConnection`."""

    def execute(self, query: Any, vars: Any = None) -> None:
        cast("WatchedConnection", self.connection).awaited(super().execute, query, vars)

    def executemany(self, query: Any, vars_list: Any) -> None:
        cast("WatchedConnection", self.connection).awaited(super().executemany, query, vars_list)


class Watchdog:
    """Opens connections and watches them, in a thread from the first one until `stop` and the last wait."""

    def __init__(self, *, idle_limit: float, shortest: float) -> None:
        """No limit of a connection is below `shortest` seconds, so there is no need to look more often."""
        self._idle_limit, self._shortest = idle_limit, shortest
        self._longest, self._hurried_at = _FOREVER, 0.0
        self._given_up = False
        self._connections: weakref.WeakSet[WatchedConnection] = weakref.WeakSet()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopped = False

    def connect(self, *arguments: Any, **options: Any) -> WatchedConnection:
        """Open a connection as psycopg2 does, and with its errors."""
        opening = _Opening(self._changed, self._idle_limit, arguments, options)
        began = time.monotonic()
        with self._changed:
            if self._given_up:
                raise _too_late()
            opening.start()
            while not opening.done:
                left = self._due(began, _FOREVER) - time.monotonic()
                if left <= 0:
                    opening.left_behind = self._given_up = True
                    raise _too_late()
                self._changed.wait(None if left == _FOREVER else left)
            connection = opening.result()
            self._connections.add(connection)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="database-watchdog", daemon=True)
                self._thread.start()
            return connection

    def hurry(self, longest: float) -> None:
        """From now on nothing may be awaited for longer than this, in seconds.

        After something was, no connection is opened any more.
        """
        with self._changed:
            if longest < self._longest:
                self._longest, self._hurried_at = longest, time.monotonic()
            self._changed.notify_all()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _watch(self) -> None:
        with self._changed:
            while not self._stopped or self._anyone_waits():
                self._changed.wait(self._cut_overdue())

    def _anyone_waits(self) -> bool:
        return any(connection.waiting_since is not None for connection in self._connections)

    def _cut_overdue(self) -> float:
        """Seconds until the next connection may be overdue."""
        now = time.monotonic()
        # What begins to wait meanwhile is not due before the shortest limit has passed.
        pause = min(self._shortest, self._longest)
        for connection in self._connections:
            since = connection.waiting_since
            if since is None:
                continue
            due = self._due(since, connection.limit)
            if due <= now:
                log.warning("database_stands_still", seconds=round(now - since, 1))
                connection.cut(now - since)
                self._given_up = self._longest < _FOREVER
            else:
                pause = min(pause, due - now)
        return pause

    def _due(self, since: float, limit: float) -> float:
        return min(since + limit, max(since, self._hurried_at) + self._longest)


def _too_late() -> psycopg2.OperationalError:
    return psycopg2.OperationalError("it did not answer in time for the program to end")


class _Opening(threading.Thread):
    """Opens one connection. Nothing can interrupt that, so it may be left behind when time is short."""

    def __init__(self, changed: threading.Condition, idle_limit: float, arguments: Any, options: Any) -> None:
        super().__init__(name="database-connect", daemon=True)
        self._changed, self._idle_limit = changed, idle_limit
        self._arguments, self._options = arguments, options
        self._connection: WatchedConnection | None = None
        self._error: Exception | None = None
        self.done = self.left_behind = False

    def run(self) -> None:
        try:
            self._connection = psycopg2.connect(
                *self._arguments,
                **self._options,
                connection_factory=WatchedConnection,
                cursor_factory=WatchedCursor,
            )
            self._connection.watch(self._idle_limit)
        except Exception as error:  # the top of a thread: whoever waits raises it
            self._error = error
        with self._changed:
            self.done = True
            self._changed.notify_all()
            if self.left_behind and self._connection is not None:
                self._connection.close()

    def result(self) -> WatchedConnection:
        if self._error is not None:
            raise self._error
        assert self._connection is not None  # noqa: S101  it is there unless there was an error
        return self._connection
