"""A folder of our own in the home folder, for what is on its way into a backup or out of one."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from askdocs.errors import Conflict, InputError


@contextmanager
def folder(home: Path, name: str) -> Iterator[Path]:
    """An empty folder that nobody else can read. What a killed process left in it is removed, and so is what
    the block leaves.

    Raises `Conflict` while another process uses it, `InputError` if the home folder belongs to another user.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if home.stat().st_uid != os.geteuid():
        raise InputError(
            f"{home} belongs to another user, whose server could not open what is written there.",
            fix="Run the command as the user that runs the server.",
        )
    path = home / name
    path.mkdir(mode=0o700, exist_ok=True)
    with held(path):
        clear(path)
        try:
            yield path
        finally:
            clear(path)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Be the one process of ours that uses a folder. Raises `Conflict` if another is."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                f"Another backup or restore is using {path}.", fix="Wait until it is done, then try again."
            ) from None
        yield
    finally:
        os.close(descriptor)


def clear(path: Path) -> None:
    for entry in path.iterdir():
        remove(entry)


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def sync(path: Path) -> None:
    """Return when the files below a folder, and their names, would outlive a power failure."""
    for entry in path.rglob("*"):
        sync_names(entry)
    sync_names(path)


def sync_names(path: Path) -> None:
    """The same for a single file, or for the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
