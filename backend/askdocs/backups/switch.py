"""Puts restored files in the place of what is there, so that whoever is interrupted goes on where it was.

Files are prepared aside, on the same disk. A journal in the home folder says what is to be moved where; while
it is there, no server starts on that home folder. What was there before is moved, never deleted.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from askdocs.backups import work
from askdocs.errors import Conflict, VerificationFailed
from askdocs.runtime import UNFINISHED_RESTORE

KEY = "secret_key"
"""The file in the home folder that readers' sessions are signed with."""


@dataclass(frozen=True, slots=True)
class Move:
    """`aside` becomes `target`, and what that was becomes `before`."""

    aside: str
    target: str
    before: str


@dataclass(frozen=True, slots=True)
class Journal:
    """Of a restore that is changing things: of which backup, and what is to be moved, once all is ready."""

    backup: str
    moves: tuple[Move, ...] = ()


def read(home: Path) -> Journal | None:
    """That of an interrupted restore. Raises `VerificationFailed` if it cannot be read."""
    path = home / UNFINISHED_RESTORE
    try:
        fields = json.loads(path.read_text())
        return Journal(fields["backup"], tuple(Move(**move) for move in fields["moves"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise VerificationFailed(
            f"{path} cannot be read.", fix="Look at what lies in the home folder, then delete the file."
        ) from error


def write(home: Path, journal: Journal) -> None:
    draft = home / f"{UNFINISHED_RESTORE}.new"
    draft.write_text(json.dumps(asdict(journal)))
    work.sync_names(draft)
    draft.rename(home / UNFINISHED_RESTORE)
    work.sync_names(home)


def forget(home: Path) -> None:
    (home / UNFINISHED_RESTORE).unlink(missing_ok=True)
    work.sync_names(home)


def finish(home: Path, journal: Journal) -> None:
    """Do what is left of the moves, then forget the journal. Raises `Conflict` if somebody came between."""
    for move in journal.moves:
        aside, target, before = Path(move.aside), Path(move.target), Path(move.before)
        if not aside.exists():
            continue
        if target.exists():
            before.parent.mkdir(mode=0o700, exist_ok=True)
            if before.exists():
                raise Conflict(
                    f"{target} came back while it was being replaced.",
                    fix=f"What it was before is {before}. Move {target} away and run the command again.",
                )
            os.rename(target, before)
        os.rename(aside, target)
        work.sync_names(target.parent)
    forget(home)


def drop_empty(moves: Sequence[Move]) -> None:
    """Delete what was there before of a target that was found empty: tables without rows, a folder without
    collections. A key is kept."""
    for move in moves:
        before = Path(move.before)
        is_database = before.is_file() and before.name != KEY
        if is_database or (before.is_dir() and {entry.name for entry in before.iterdir()} <= {".lock"}):
            work.remove(before)
        with suppress(OSError):  # it is not there, or something is kept in it
            before.parent.rmdir()


def moves(pairs: Sequence[tuple[Path, Path]], *, stamp: str) -> tuple[Move, ...]:
    """From each path aside to its target. What was there goes into a new folder beside the target."""
    return tuple(
        Move(str(_on_the_same_disk(aside, target)), str(target), str(_before(target, stamp) / target.name))
        for aside, target in pairs
    )


def _before(target: Path, stamp: str) -> Path:
    """A folder that is not there yet, as one is of an earlier restore within the same second."""
    folder, number = target.parent / f"before-restore-{stamp}", 1
    while folder.exists():
        number += 1
        folder = target.parent / f"before-restore-{stamp}-{number}"
    return folder


def _on_the_same_disk(aside: Path, target: Path) -> Path:
    """What is aside, or a copy of it beside the target: from another disk nothing is moved in one step."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if aside.stat().st_dev == target.parent.stat().st_dev:
        return aside
    beside = target.with_name(f".restored-{target.name}")
    shutil.copyfile(aside, beside)
    beside.chmod(0o600)
    work.sync_names(beside)
    return beside
