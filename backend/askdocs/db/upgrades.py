"""Brings a database's tables up to date with the Alembic migrations in backend/migrations."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, Engine, inspect, text

from askdocs.db import failures, tables
from askdocs.errors import AskdocsError
from askdocs.observability.logging import log

MIGRATIONS = Path(__file__).parents[2] / "migrations"
LOCK = 0x61736B64
"""Key of the lock that migrating processes take in PostgreSQL: any number, if always the same."""


def upgrade(engine: Engine) -> None:
    """Migrate to `tables.HEAD`, unless the database is there or further.

    Processes that start together take turns, and all of it is one transaction on both databases.
    """
    with failures.converting(), engine.connect().execution_options(reads=True) as connection:
        found = current(connection)
    if found == tables.HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        # After a rollback of the program its newer tables remain, and they serve the older program too.
        log.warning("database_is_newer", database=found, program=tables.HEAD)
        return
    with failures.converting(), _exclusively(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, tables.HEAD)
    log.info("database_upgraded", before=found, now=tables.HEAD)


def current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


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
