"""Where backups lie: a folder here, a bucket in `bucket`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from askdocs.backups import manifest, work
from askdocs.backups.manifest import FILE, Manifest
from askdocs.errors import AskdocsError, InputError, NotFound

_PARTIAL = ".partial-"


@dataclass(frozen=True, slots=True)
class Listing:
    """The complete backups of a place, newest first, and what looks like one but cannot be read, with why."""

    complete: list[Manifest] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)


class Place(Protocol):
    """Errors: `InputError` for a place that cannot be, `Unavailable` for one that cannot be reached."""

    @property
    def name(self) -> str: ...

    def room(self) -> int | None:
        """Bytes that are free, None if that is not known."""

    def has(self, name: str) -> bool:
        """Whether something of this name is there, as a backup of the same second is."""

    def receiving(self, name: str) -> AbstractContextManager[Path]:
        """A folder to put a backup's files into, the manifest last. The backup exists if the block ends
        without an error, and else leaves nothing. What earlier, interrupted ones left is removed."""

    def listing(self) -> Listing: ...

    def manifest(self, name: str) -> Manifest:
        """Errors: `NotFound`, `VerificationFailed`, `Conflict`."""

    def files(self, name: str) -> AbstractContextManager[Path]:
        """A folder with all files of a backup. Errors: `NotFound`."""

    def remove(self, name: str) -> None: ...


class Folder:
    """A folder of backups, one folder for each."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        return str(self._path)

    def room(self) -> int | None:
        self._make()
        return shutil.disk_usage(self._path).free

    def has(self, name: str) -> bool:
        return (self._path / name).exists()

    @contextmanager
    def receiving(self, name: str) -> Iterator[Path]:
        self._make()
        with work.held(self._path):
            for leftover in self._path.glob(f"{_PARTIAL}*"):
                shutil.rmtree(leftover)
            partial = self._path / f"{_PARTIAL}{name}"
            partial.mkdir(mode=0o700)
            try:
                yield partial
                work.sync(partial)
                partial.rename(self._path / name)
                work.sync_names(self._path)
            finally:
                shutil.rmtree(partial, ignore_errors=True)

    def listing(self) -> Listing:
        found = Listing()
        if not self._path.is_dir():
            return found
        for entry in sorted(self._path.iterdir(), reverse=True):
            if manifest.time_of(entry.name) is None or not entry.is_dir():
                continue
            try:
                found.complete.append(_read(entry))
            except AskdocsError as error:
                found.unreadable[entry.name] = str(error)
        return found

    def manifest(self, name: str) -> Manifest:
        with self.files(name) as folder:
            return read_manifest(folder, name)

    @contextmanager
    def files(self, name: str) -> Iterator[Path]:
        if not (self._path / name).is_dir():
            raise missing(name, self.name)
        yield self._path / name

    def remove(self, name: str) -> None:
        """The manifest first, so that a backup that is half gone is none."""
        with suppress(FileNotFoundError):
            (self._path / name / FILE).unlink()
        shutil.rmtree(self._path / name)

    def _make(self) -> None:
        try:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not os.access(self._path, os.W_OK | os.X_OK):
                raise PermissionError(0, "Permission denied")
        except OSError as error:
            raise InputError(
                f"{self._path} cannot be written to: {error.strerror}.",
                fix="Choose another place by --to, or let this user write there.",
            ) from error


def read_manifest(folder: Path, name: str) -> Manifest:
    """That of a backup's folder. Errors: `VerificationFailed`, `Conflict`."""
    try:
        content = (folder / FILE).read_bytes()
    except FileNotFoundError:
        raise manifest.damaged(name, "it is missing") from None
    return manifest.load(content, name=name)


def missing(name: str, place: str) -> NotFound:
    return NotFound(
        f"There is no backup {name} in {place}.", fix="`askdocs backup list` shows those that there are."
    )


def _read(entry: Path) -> Manifest:
    found = read_manifest(entry, entry.name)
    if found.name != entry.name:
        raise manifest.damaged(entry.name, f"it is that of {found.name}")
    return found
