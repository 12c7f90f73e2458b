"""The lock by which one server owns a home folder and its embedded engine, and by which commands find it."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from askdocs.errors import AskdocsError, ConfigError, DiskFull, ShardLocked

_LOCK = "server.json"
_SOCKET = "server.sock"

_LONGEST_PATH = 100
"""Bytes of a Unix socket's path. The kernels that we know take 104 or 108."""


_TRIES, _PAUSE = 20, 0.02
"""A look takes microseconds: of 2,000 starts beside an endless series of looks, one try refused 227."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A running server, as its lock file describes it. `url` is where it answers on this machine, "" if it
    does not serve."""

    pid: int
    socket: str
    url: str = ""


@contextmanager
def owning(home: Path, *, url: str = "") -> Iterator[Path]:
    """Own `home` until the block ends; yields where to listen for commands.

    The file is locked for as long as the process lives, so that one left behind by a crash is told apart.
    Raises `ShardLocked` if another server has `home`, `ConfigError` if it cannot be written to.
    """
    with _locked(home) as descriptor, _socket_in(home) as socket:
        try:
            os.fchmod(descriptor, 0o600)  # it may have been made by somebody else, as by restoring a backup
            os.ftruncate(descriptor, 0)
            os.write(descriptor, json.dumps(asdict(Owner(os.getpid(), str(socket), url))).encode())
        except OSError as error:
            raise _unfit(home, error) from error
        try:
            yield socket
        finally:
            os.ftruncate(descriptor, 0)


def owner_of(home: Path) -> Owner | None:
    """The server that owns `home` now, if there is one and its file can be read."""
    try:
        with (home / _LOCK).open("r") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return Owner(**json.load(file))
    except (OSError, ValueError, TypeError):
        pass  # what is wrong with the folder is said by whatever opens the index itself
    return None


@contextmanager
def _locked(home: Path) -> Iterator[int]:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(home / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unfit(home, error) from error
    try:
        _lock(descriptor, home)
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor: int, home: Path) -> None:
    """Tried more than once, since a command that looks for a server holds the lock for a moment."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(_PAUSE)  # nothing is served yet, and flock has no time limit of its own
        else:
            return
    raise ShardLocked(
        f"Another askdocs server already runs on {home}.",
        fix="Stop it, or set ASKDOCS_HOME to another folder.",
    )


@contextmanager
def _socket_in(home: Path) -> Iterator[Path]:
    """The socket's path: in the home, or in a folder of our own where the home's path is too long for one."""
    path = home / _SOCKET
    if len(os.fsencode(path)) <= _LONGEST_PATH:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="askdocs-") as folder:
        yield Path(folder) / _SOCKET


def _unfit(home: Path, error: OSError) -> AskdocsError:
    if error.errno == errno.ENOSPC:
        return DiskFull(f"The disk of {home} is full.", fix="Free some space and try again.")
    return ConfigError(
        f"The folder {home} cannot be used: {error.strerror}.",
        fix="Set ASKDOCS_HOME to a folder that this user may write to.",
    )
