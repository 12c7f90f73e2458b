"""The file by which commands find the server that owns a home folder, and its embedded engine."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from askdocs.errors import AskdocsError, ConfigError, DiskFull, ShardLocked

_SERVER_FILE = "server.json"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, as its file describes it."""

    pid: int
    url: str
    token: str


@contextmanager
def announce(home: Path, url: str) -> Iterator[str]:
    """Announce this process as the server of `home` and yield the token commands must show.

    The file is locked for as long as the process lives, so that one left behind by a crash is told apart.
    Raises `ShardLocked` if another server has `home`, `ConfigError` if it cannot be written to.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(home / _SERVER_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unfit(home, error) from error
    with os.fdopen(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ShardLocked(
                f"Another askdocs server already runs on {home}.",
                fix="Stop it, or set ASKDOCS_HOME to another folder.",
            ) from error
        server = Server(os.getpid(), url, secrets.token_urlsafe(24))
        try:
            os.fchmod(descriptor, 0o600)  # it may have been made by somebody else, as by restoring a backup
            file.truncate()
            os.write(descriptor, json.dumps(asdict(server)).encode())
        except OSError as error:
            raise _unfit(home, error) from error
        try:
            yield server.token
        finally:
            file.truncate(0)


def _unfit(home: Path, error: OSError) -> AskdocsError:
    if error.errno == errno.ENOSPC:
        return DiskFull(f"The disk of {home} is full.", fix="Free some space and try again.")
    return ConfigError(
        f"The folder {home} cannot be used: {error.strerror}.",
        fix="Set ASKDOCS_HOME to a folder that this user may write to.",
    )


def serving(home: Path) -> Server | None:
    """The server that owns `home` now, if there is one and its file can be read."""
    try:
        with (home / _SERVER_FILE).open("r") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return Server(**json.load(file))
    except (OSError, ValueError, TypeError):
        pass  # what is wrong with the folder is said by whatever opens the index itself
    return None
