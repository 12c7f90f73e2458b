"""What went wrong in the database, in our terms."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from askdocs.errors import AskdocsError, Conflict, DatabaseUnavailable, DiskFull

_UPGRADE = "Run `askdocs db upgrade`."
_CHECK_FILE = (
    "Check the file that DATABASE_URL names (askdocs.db in the home folder if it is not set), its folder, "
    "their permissions and the space on the disk."
)
FREE_SPACE = "Free some space; nothing that was saved before is lost."

# SQLSTATE codes and classes of PostgreSQL: https://www.postgresql.org/docs/current/errcodes-appendix.html
_LOST_STATES = ("08", "57P01", "57P02", "57P03", "57P05", "25P03", "53300")
_SCHEMA_STATES = ("42P01", "42703", "3F000")
_FILE_CODES = {
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}
_REFUSALS = (
    "authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    "does not exist",
    "no such database",
    "no such user",
    "certificate verify failed",
    "certificate file",
    "does not support SSL",
    "invalid connection option",
)
"""Words of connection failures that waiting does not mend. PostgreSQL gives no code for these."""


class ConnectionLost(Exception):
    """No connection, or one that broke before commit was attempted: trying again is safe.

    It does not leave this package: `as_error` is what to raise when there is no further try.
    """

    def __init__(self, as_error: DatabaseUnavailable) -> None:
        super().__init__(str(as_error))
        self.as_error = as_error


@contextmanager
def converting(*, committing: bool = False) -> Iterator[None]:
    """Raise this package's errors for those of SQLAlchemy and the drivers.

    `committing`: what a lost connection did is unknown, and so the transaction must not run again.
    """
    try:
        yield
    except exc.SQLAlchemyError as error:
        raise _converted(error, committing=committing) from error


def is_lost(error: BaseException | None) -> bool:
    """Whether a driver's error means that its connection is of no more use."""
    return (getattr(error, "pgcode", None) or "").startswith(_LOST_STATES)


def _converted(error: exc.SQLAlchemyError, *, committing: bool) -> AskdocsError | ConnectionLost:
    if isinstance(error, exc.TimeoutError):
        return DatabaseUnavailable("All connections to the database are busy.", retry_after=1)
    if not isinstance(error, exc.DBAPIError):
        return AskdocsError(f"The database was asked wrongly: {_first_line(error)}")
    if isinstance(error.orig, sqlite3.Error):
        return _from_sqlite(error, error.orig)
    state = getattr(error.orig, "pgcode", None) or ""
    # Neither statement nor code: the connection could not be opened, or not be spoken to any more.
    mute = isinstance(error, exc.OperationalError) and error.statement is None and not state
    if error.connection_invalidated or state.startswith(_LOST_STATES) or mute:
        return _from_lost_connection(error, committing=committing)
    return _from_postgres(error, state)


def _from_lost_connection(error: exc.DBAPIError, *, committing: bool) -> DatabaseUnavailable | ConnectionLost:
    reason = _first_line(error.orig)
    if committing:
        return DatabaseUnavailable(
            f"The connection to the database broke while saving, so it is not known whether it did: {reason}",
            retry_after=1,
        )
    if any(words in reason for words in _REFUSALS):
        return DatabaseUnavailable(
            f"The database refuses the connection: {reason}",
            fix="Check DATABASE_URL: address, name, user, password and sslmode.",
        )
    return ConnectionLost(
        DatabaseUnavailable(
            f"The database cannot be reached: {reason}",
            retry_after=5,
            fix="Check that the database runs and that DATABASE_URL leads to it.",
        )
    )


def _from_postgres(error: exc.DBAPIError, state: str) -> AskdocsError:
    if state == "57014":
        return DatabaseUnavailable("The database took too long to answer.", retry_after=1)
    if state in ("40001", "40P01", "55P03"):
        return DatabaseUnavailable("The database was busy with the same rows.", retry_after=1)
    if state == "53100":
        return DiskFull("The database's disk is full.", fix=FREE_SPACE)
    if state in _SCHEMA_STATES:
        return DatabaseUnavailable("The database lacks tables that this version needs.", fix=_UPGRADE)
    if state in ("25006", "42501"):
        return DatabaseUnavailable(
            f"The database may not be written: {_first_line(error.orig)}",
            fix="Give the user of DATABASE_URL the right to write.",
        )
    if isinstance(error, exc.IntegrityError):
        return _from_integrity(error)
    return AskdocsError(f"The database refused a statement: {_first_line(error.orig)}")


def _from_sqlite(error: exc.DBAPIError, cause: sqlite3.Error) -> AskdocsError:
    reason = _first_line(cause)
    # The low byte is the primary result code: https://www.sqlite.org/rescode.html
    code = (getattr(cause, "sqlite_errorcode", None) or 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return DiskFull("The disk that holds the database is full.", fix=FREE_SPACE)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return DatabaseUnavailable("The database is busy: another process is writing to it.", retry_after=1)
    if "no such table" in reason or "no such column" in reason or "has no column named" in reason:
        return DatabaseUnavailable("The database lacks tables that this version needs.", fix=_UPGRADE)
    if isinstance(error, exc.IntegrityError):
        return _from_integrity(error)
    if code in _FILE_CODES:
        return DatabaseUnavailable(f"The database file cannot be used: {reason}", fix=_CHECK_FILE)
    return AskdocsError(f"The database refused a statement: {reason}")


def _from_integrity(error: exc.DBAPIError) -> AskdocsError:
    return Conflict(f"The change contradicts what is stored: {_first_line(error.orig)}")


def _first_line(error: BaseException | None) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".") + "."
