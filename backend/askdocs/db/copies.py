"""Takes a state of the database away while others write: a copy of SQLite's file, or one for `pg_dump`."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar, cast

import psycopg2.extensions
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.orm import Session

from askdocs.db import failures
from askdocs.db.engine import parse
from askdocs.errors import Conflict, DatabaseUnavailable, DiskFull

T = TypeVar("T")

_TABLES = text(
    "SELECT format('%I.%I', schemaname, tablename) AS name,"
    " pg_table_size(format('%I.%I', schemaname, tablename)::regclass) AS bytes"
    " FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
)
_SERVERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'askdocs'"
    " AND datname = current_database() AND pid <> pg_backend_pid()"
)


@dataclass(frozen=True, slots=True)
class Held(Generic[T]):
    """A state that PostgreSQL keeps: its name, for `pg_dump --snapshot`, and what was read in it."""

    snapshot: str
    found: T


@dataclass(frozen=True, slots=True)
class Target:
    """A PostgreSQL database as its tools need to know it: major version, where it is without the password,
    and the password. `servers` are connections of Askdocs processes, `tables` all of the schema that ours are
    in, with it and quoted; `bytes` is their size."""

    version: int
    dsn: str
    password: str | None = field(repr=False)
    tables: tuple[str, ...]
    bytes: int
    servers: int


def size_of_file(engine: Engine) -> int:
    """Of SQLite's file, with the log beside it."""
    path = Path(engine.url.database or "")
    return sum(file.stat().st_size for file in (path, Path(f"{path}-wal")) if file.is_file())


def copy_file(engine: Engine, target: Path) -> None:
    """Copy SQLite's file into a new one, in one step: others read and write on, the copy is of one moment."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    source = f"file:{engine.url.database}?mode=ro"
    try:
        with (
            closing(sqlite3.connect(source, uri=True)) as reading,
            closing(sqlite3.connect(target)) as writing,
        ):
            reading.backup(writing)
    except sqlite3.Error as error:
        if (error.sqlite_errorcode & 0xFF) in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            raise DiskFull(f"The disk of {target.parent} is full.", fix=failures.FREE_SPACE) from error
        raise DatabaseUnavailable(f"The database file cannot be copied: {error}") from error


def close_file(path: Path) -> None:
    """Bring SQLite's log into its file, which only the sole user of a file can do. Raises `Conflict`."""
    try:
        with closing(sqlite3.connect(path, timeout=1)) as connection:
            alone = connection.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)
    except sqlite3.OperationalError:
        alone = False
    except sqlite3.DatabaseError:
        return  # it is no database any more, and nobody can be using it
    if not alone:
        raise Conflict(
            f"Another process is using the database {path}.", fix="Stop the server and other commands first."
        )


@contextmanager
def scratch_database(server: str, name: str) -> Iterator[str]:
    """An empty database of this name beside the one that `server` leads to, for the time of the block; yields
    its URL. Errors: `DatabaseUnavailable`, `AskdocsError`."""
    url = parse(server)
    engine = create_engine(url, isolation_level="AUTOCOMMIT", hide_parameters=True)
    quoted = engine.dialect.identifier_preparer.quote_identifier(name)
    try:
        with failures.converting(), engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {quoted} TEMPLATE template0")
        try:
            yield url.set(database=name).render_as_string(hide_password=False)
        finally:
            with failures.converting(), engine.connect() as connection:
                connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")
    except failures.ConnectionLost as lost:
        raise lost.as_error from lost.__cause__
    finally:
        engine.dispose()


@contextmanager
def hold(engine: Engine, read: Callable[[Session], T]) -> Iterator[Held[T]]:
    """Keep PostgreSQL's state of this moment for the block, in which other connections may read it.

    Raises `Conflict` behind a pooler: `pg_dump` sets what holds for its connection, which a pooler then hands
    to the program, with no table to be found in its search path.
    """
    with failures.converting(), engine.connect() as connection:
        connection.execution_options(isolation_level="REPEATABLE READ", read_only=True, unhurried=True)
        with connection.begin():
            _require_direct(connection)
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
            yield Held(str(snapshot), read(Session(connection)))


def look(engine: Engine) -> Target:
    """What the tools for PostgreSQL need to know. Raises `Conflict` behind a pooler."""
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    parameters = psycopg2.extensions.parse_dsn(url)
    password = parameters.pop("password", None)
    with failures.converting(), engine.connect() as connection, connection.begin():
        _require_direct(connection)
        tables = connection.execute(_TABLES).all()
        return Target(
            version=_driver(connection).info.server_version // 10_000,
            dsn=psycopg2.extensions.make_dsn(**{**parameters, "application_name": "askdocs-backup"}),
            password=password,
            tables=tuple(table.name for table in tables),
            bytes=sum(table.bytes for table in tables),
            servers=connection.scalar(_SERVERS) or 0,
        )


def _require_direct(connection: Connection) -> None:
    if _driver(connection).info.backend_pid != connection.scalar(text("SELECT pg_backend_pid()")):
        raise Conflict(
            "DATABASE_URL leads through a connection pooler, which pg_dump does not work with.",
            fix="Set BACKUP_DATABASE_URL to the database's direct address (at Neon: without -pooler).",
        )


def _driver(connection: Connection) -> psycopg2.extensions.connection:
    return cast("psycopg2.extensions.connection", connection.connection.driver_connection)
