"""Makes the SQLAlchemy engine for a database URL: SQLite, or PostgreSQL, be it behind a pooler."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import psycopg2
import psycopg2.extensions
from sqlalchemy import URL, Connection, Dialect, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from askdocs.db import clock, failures
from askdocs.db.watchdog import Watchdog, WatchedConnection
from askdocs.errors import ConfigError, DatabaseUnavailable, DiskFull

_FORMS = "Use postgresql://user:password@host/name or sqlite:///path/to/file.db."
_RECYCLE = 300
"""Seconds. Serverless databases and poolers close idle connections after about five minutes."""
ROOM = 16 * 2**20
"""Bytes that a healthy SQLite has free: four times the log that it lets grow before it is merged."""
_IDLE_IN_TRANSACTION = 60
"""Seconds after which the server gives up a transaction whose process froze, and frees its locks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Numbers of connections, and seconds."""

    pool_size: int = 5
    max_overflow: int = 5
    pool_timeout: float = 10.0
    connect_timeout: float = 10.0
    statement_timeout: float = 15.0

    @property
    def patience(self) -> float:
        """After this the server has not kept `statement_timeout` by itself, which it does if it is alive."""
        return self.statement_timeout * 4 / 3

    def watchdog(self) -> Watchdog:
        return Watchdog(idle_limit=self.connect_timeout, shortest=min(self.connect_timeout, self.patience))


def parse(url: str) -> URL:
    """A URL as hosts hand it out, with the driver that we use. Never shows the URL: it holds a password."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise ConfigError("DATABASE_URL is not a URL.", fix=_FORMS) from error
    match parsed.drivername:
        case "postgres" | "postgresql" | "postgresql+psycopg2":
            return _with_known_options(parsed.set(drivername="postgresql+psycopg2"))
        case "sqlite" | "sqlite+pysqlite":
            if not parsed.database or parsed.database == ":memory:" or "mode" in parsed.query:
                raise ConfigError("DATABASE_URL names no file.", fix=_FORMS)
            return parsed.set(drivername="sqlite+pysqlite")
        case other:
            raise ConfigError(f"DATABASE_URL names a database that is not supported: {other}.", fix=_FORMS)


def open_engine(url: URL, limits: Limits, watchdog: Watchdog) -> Engine:
    """Its connections to PostgreSQL are opened and watched by `watchdog`."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, limits)
    return _postgres(url, limits, watchdog)


def require_room(url: URL) -> None:
    """Raises `DiskFull` while writes to SQLite's file are about to fail."""
    folder = Path(url.database or "").parent
    free = shutil.disk_usage(folder).free
    if free < ROOM:
        raise DiskFull(f"The disk of {folder} has {free // 2**20} MB left.", fix=failures.FREE_SPACE)


def _with_known_options(url: URL) -> URL:
    try:
        psycopg2.extensions.make_dsn(**{option: str(value) for option, value in url.query.items()})
    except psycopg2.ProgrammingError as error:
        reason = str(error).strip().partition("\n")[0]
        raise ConfigError(
            f"DATABASE_URL: {reason}.", fix="Remove the option: libpq does not know it."
        ) from error
    return url


def _postgres(url: URL, limits: Limits, watchdog: Watchdog) -> Engine:
    statement_timeout = round(limits.statement_timeout * 1000)
    connect_args: dict[str, Any] = {
        "application_name": "askdocs",
        "connect_timeout": max(2, round(limits.connect_timeout)),
        # A server that vanished without a word is noticed about when its answer is overdue.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": round(limits.patience * 1000),
    }
    engine = create_engine(
        url,
        connect_args={key: value for key, value in connect_args.items() if key not in url.query},
        hide_parameters=True,
        max_overflow=limits.max_overflow,
        pool_pre_ping=True,
        pool_recycle=_RECYCLE,
        pool_size=limits.pool_size,
        pool_timeout=limits.pool_timeout,
        pool_use_lifo=True,
        # Asking for hstore's type ids would cost each new connection a round trip.
        use_native_hstore=False,
    )

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Dialect, _entry: ConnectionPoolEntry, arguments: Any, options: Any) -> Any:
        return watchdog.connect(*arguments, **options)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        watched = cast("WatchedConnection", connection.connection.driver_connection)
        watched.limit = float("inf") if options.get("unhurried") else limits.patience
        # Poolers in transaction mode refuse or ignore what a connection sets for itself, at start or later;
        # SET LOCAL ends with the transaction, and one round trip carries all of it.
        settings = [
            f"SET LOCAL statement_timeout = {0 if options.get('unhurried') else statement_timeout}",
            f"SET LOCAL idle_in_transaction_session_timeout = {_IDLE_IN_TRANSACTION * 1000}",
        ]
        if options.get("read_only"):
            settings.append("SET TRANSACTION READ ONLY")
        connection.exec_driver_sql("; ".join(settings))

    @event.listens_for(engine, "handle_error")
    def handle_error(context: ExceptionContext) -> None:
        # SQLAlchemy knows lost connections by English sentences; PostgreSQL's codes say it in any language.
        if failures.is_lost(context.original_exception):
            context.is_disconnect = True

    return engine


def _sqlite(url: URL, limits: Limits) -> Engine:
    path = Path(url.database or "")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull(f"The disk is full: {path.parent} cannot be made.") from error
        raise DatabaseUnavailable(
            f"The database's folder {path.parent} cannot be made: {error.strerror}."
        ) from error
    _make_private(path)
    engine = create_engine(
        url,
        connect_args={"timeout": limits.pool_timeout},
        hide_parameters=True,
        max_overflow=limits.max_overflow,
        pool_size=limits.pool_size,
        pool_timeout=limits.pool_timeout,
        pool_use_lifo=True,
    )

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        # Python's driver would begin transactions by itself, late, and never for reading. `synchronous` stays
        # FULL, as an answer that was delivered must be in the log even after a power cut.
        connection.isolation_level = None
        # What readers delete is overwritten in the file; not every build of SQLite does so by itself.
        for pragma in ("journal_mode = WAL", "foreign_keys = ON", "secure_delete = ON"):
            connection.execute(f"PRAGMA {pragma}")
        clock.install(connection)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads first and writes later fails at once when another wrote in between;
        # one that says at its beginning that it will write waits for its turn.
        read_only = connection.get_execution_options().get("read_only")
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _make_private(path: Path) -> None:
    """Keep readers' questions from other users of the machine; SQLite gives its further files the same mode.

    What cannot be done here, for a file of somebody else's or none, is told by SQLite when it opens the file.
    """
    with suppress(OSError):
        # Only a file that is new is opened: to close one of which SQLite holds locks would drop them.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        with suppress(OSError):
            if file.is_file():
                file.chmod(0o600)
