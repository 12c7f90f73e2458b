"""The clock by which leases are fresh or not: the database's, since hosts disagree and jump."""

from __future__ import annotations

import sqlite3
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from askdocs.db.columns import Moment

_BOOT = datetime(1970, 1, 1, tzinfo=UTC)


class database_clock(FunctionElement[datetime]):
    """What time it is, to be compared with nothing but itself.

    PostgreSQL: the time of the server. SQLite, whose processes share one host: the time since that was
    started, which no correction of the host's clock moves; it is written as if that had been in 1970.
    """

    type = Moment()
    inherit_cache = True


@compiles(database_clock, "postgresql")
def _on_postgres(_element: database_clock, _compiler: Any, **_: Any) -> str:
    return "clock_timestamp()"


@compiles(database_clock, "sqlite")
def _on_sqlite(_element: database_clock, _compiler: Any, **_: Any) -> str:
    return "since_boot()"


def install(connection: sqlite3.Connection) -> None:
    """Teach an SQLite connection the clock."""
    connection.create_function("since_boot", 0, _since_boot)


def _since_boot() -> str:
    since = _BOOT + timedelta(seconds=time.monotonic())
    return since.strftime("%Y-%m-%d %H:%M:%S.%f")
