"""Brings a database's tables up to date with the Alembic migrations beside it, or says that somebody must."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, Engine, bindparam, delete, insert, inspect, select, text

from askdocs import __version__
from askdocs.db import failures, tables
from askdocs.errors import AskdocsError, SchemaMismatch
from askdocs.observability.logging import log

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x61736B64
"""Key of the lock that migrating processes take in PostgreSQL: any number, if always the same."""

_UPGRADE = "Run `askdocs db upgrade`."
_INFO = select(tables.SchemaInfo.compatible_from, tables.SchemaInfo.program).where(
    tables.SchemaInfo.migration == bindparam("migration")
)


@dataclass(frozen=True, slots=True)
class Schema:
    """What a database's tables are: the migration they are at, None before the first; of tables that say so,
    the oldest migration whose program may use them, and the version of the program that made them."""

    migration: str | None
    compatible_from: str | None = None
    program: str | None = None


def upgrade(engine: Engine) -> str | None:
    """Migrate to `tables.HEAD`; what a newer program made stays as it is. Returns the migration before.

    Processes that start together take turns, and all of it is one transaction on both databases. Errors:
    `SchemaMismatch` for tables of a newer program that this one may not use.
    """
    found = _look(engine)
    if found.migration is not None and found.migration >= tables.HEAD:
        _accept(found)
        return found.migration
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with failures.converting(), _exclusively(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, tables.HEAD)
    log.info("database_upgraded", before=found.migration, now=tables.HEAD)
    return found.migration


def prepare(engine: Engine) -> None:
    """Make sure that this program may use the tables. None are changed; an empty SQLite file gets them.

    Errors: `SchemaMismatch`.
    """
    found = _look(engine)
    if found.migration is None and engine.dialect.name == "sqlite":
        upgrade(engine)
    else:
        _accept(found)


def current(connection: Connection) -> Schema:
    if not inspect(connection).has_table("alembic_version"):
        return Schema(None)
    migration: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if migration is None:
        return Schema(None)
    if not inspect(connection).has_table(tables.SchemaInfo.__tablename__):
        return Schema(migration)
    info = connection.execute(_INFO, {"migration": migration}).one_or_none()
    return Schema(migration, info.compatible_from, info.program) if info else Schema(migration)


def recorded(connection: Connection) -> Schema:
    """The same with what tables say of themselves, even if this program made them."""
    found = current(connection)
    if found.migration is None or not inspect(connection).has_table(tables.SchemaInfo.__tablename__):
        return found
    info = connection.execute(_INFO, {"migration": found.migration}).one_or_none()
    return Schema(found.migration, info.compatible_from, info.program) if info else found


def usable(found: Schema) -> bool:
    """Whether this program may use the tables, perhaps after it has upgraded them."""
    if found.migration is None or found.migration <= tables.HEAD:
        return True
    return found.compatible_from is not None and found.compatible_from <= tables.HEAD


def record(connection: Connection, migration: str, *, compatible_from: str) -> None:
    """Write down what the tables are now. Those of the first migrations have no room for it."""
    if inspect(connection).has_table(tables.SchemaInfo.__tablename__):
        connection.execute(delete(tables.SchemaInfo))
        values = {"migration": migration, "compatible_from": compatible_from, "program": __version__}
        connection.execute(insert(tables.SchemaInfo).values(values))


def _look(engine: Engine) -> Schema:
    with failures.converting(), engine.connect().execution_options(read_only=True) as connection:
        return current(connection)


def require_usable(found: Schema) -> None:
    """Errors: `SchemaMismatch` unless this program may use the tables as they are."""
    if found.migration == tables.HEAD:
        return
    if found.migration is None:
        raise SchemaMismatch("The database has no tables yet.", fix=_UPGRADE)
    if found.migration < tables.HEAD:
        raise SchemaMismatch(
            f"The database is older than this program: it is at {found.migration}, not {tables.HEAD}.",
            fix=_UPGRADE,
        )
    if found.compatible_from is None or found.compatible_from > tables.HEAD:
        is_named = found.program and found.program != __version__
        program = f"Askdocs {found.program}" if is_named else "a newer build of Askdocs"
        raise SchemaMismatch(
            f"The database was upgraded to {found.migration} by {program}; "
            f"this program, {__version__}, knows {tables.HEAD} and may not use it.",
            fix=f"Run {program}, or restore the backup from before that upgrade.",
        )


def _accept(found: Schema) -> None:
    require_usable(found)
    if found.migration != tables.HEAD:
        log.warning("database_is_newer", database=found.migration, by=found.program, program=tables.HEAD)


@contextmanager
def _exclusively(engine: Engine) -> Iterator[Connection]:
    """A transaction beside which no other one migrates."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            with _without_foreign_keys(connection), connection.begin():
                yield connection
                _check_foreign_keys(connection)
        else:
            connection.execution_options(unhurried=True)
            with connection.begin():
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
                yield connection


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by copying and dropping it, which would delete what refers to its rows."""
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys = ON")


def _check_foreign_keys(connection: Connection) -> None:
    if dangling := connection.execute(text("PRAGMA foreign_key_check")).first():
        raise AskdocsError(f"The migration would leave rows of {dangling[0]} that refer to nothing.")
