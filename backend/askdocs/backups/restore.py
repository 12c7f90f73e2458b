"""Restores a backup: verified before anything is touched, prepared aside, checked, then put in place.

SQLite and the embedded engine are restored into files beside those in use, which take their places when all
checks have passed. PostgreSQL is replaced in one transaction, then a Qdrant server's collections one by one.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from pydantic import SecretStr

from askdocs.backups import archives, checks, create, manifest, postgres, sealing, switch, targets, work
from askdocs.backups.checks import Asked
from askdocs.backups.manifest import Manifest
from askdocs.backups.places import Place, read_manifest
from askdocs.backups.switch import Journal
from askdocs.config import Settings
from askdocs.control import lock
from askdocs.db import contents, copies, tables
from askdocs.db.database import Database
from askdocs.edges import open_database
from askdocs.errors import DiskFull
from askdocs.runtime import open_runtime

_WORK = ".restore"
_KEY = "restored_key"
"""Not where the checks, which open everything, would make a key of their own."""
_PIECE = 1 << 20
_STAMP = "%Y%m%dT%H%M%SZ"

_ROOM = 256 * 2**20
"""Bytes to be free beyond what is unpacked: the embedded engine wants 128 MB of them."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """`identity` is the file of age's secret key. `dry_run` ends before anything is changed. `question` is
    asked in place of pages' titles."""

    identity: Path | None = None
    replace: bool = False
    with_vectors: bool = True
    while_serving: bool = False
    dry_run: bool = False
    question: str | None = None


@dataclass(slots=True)
class Report:
    """What a restore did. What was there before is in the folders `kept`, and in the backup `backup_before`
    as far as it was no file. `unindexed` says by site why its source could not be indexed again; `steps` are
    seconds."""

    backup: str
    taken_at: datetime
    asked: list[Asked] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    backup_before: str = ""
    unindexed: dict[str, str] = field(default_factory=dict)
    steps: dict[str, float] = field(default_factory=dict)


def restore(
    settings: Settings, place: Place, name: str, wanted: Wanted, *, say: Say = lambda _: None
) -> Report | None:
    """Restore the backup; None if all that was left to do of an interrupted restore of it was to finish.

    Errors: `VerificationFailed` for a damaged backup, `InputError` for one that does not go with the settings
    or the key, `Conflict` for a target that is in use, is not empty, or is older than the backup.
    """
    journal = switch.read(settings.home)
    copied = ""
    if wanted.replace and journal is None and not wanted.dry_run:
        copied = _back_up(settings, place, made=place.manifest(name), say=say)
    with ExitStack() as stack:
        stack.enter_context(_owning(settings))
        if journal is not None and journal.moves and not wanted.dry_run:
            switch.finish(settings.home, journal)
            say(f"The interrupted restore of {journal.backup} was finished.")
            if journal.backup == name:
                return None
        resumes = journal is not None and journal.backup == name
        aside = stack.enter_context(work.folder(settings.home, _WORK))
        folder = stack.enter_context(place.files(name))
        made = read_manifest(folder, name)
        restoring = _Restore(settings, made, folder, aside, wanted)
        with restoring.timing("verify"):
            manifest.verify(folder, made)
        restoring.require_fit(replace=wanted.replace or resumes)
        if wanted.dry_run:
            return restoring.report
        with restoring.timing("unpack"):
            restoring.unpack()
        restoring.put_in_place()
        restoring.report.backup_before = copied
        return restoring.report
    raise AssertionError("unreachable: no block above swallows what is raised in it")


def interrupted(settings: Settings) -> str | None:
    """The backup whose restore was interrupted, and goes on when it is run again. By then the newest one may
    be of what it left half-way."""
    journal = switch.read(settings.home)
    return journal.backup if journal else None


class _Restore:
    """One restore; `aside` stands for the home folder until all is checked."""

    def __init__(self, settings: Settings, made: Manifest, folder: Path, aside: Path, wanted: Wanted) -> None:
        self._settings, self._made, self._wanted = settings, made, wanted
        self._folder, self._aside = folder, aside
        self._file = targets.sqlite_file(settings)
        self.report = Report(made.name, made.taken_at)

    @property
    def _prepares(self) -> bool:
        """Whether anything of it is files that are put in place at the end."""
        return self._file is not None or self._settings.vector_engine == "embedded"

    @contextmanager
    def timing(self, step: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.report.steps[step] = round(time.monotonic() - begun, 3)

    def require_fit(self, *, replace: bool) -> None:
        """Every reason against it. Nothing was touched so far."""
        with_vectors = self._wanted.with_vectors
        targets.require_program(self._made)
        targets.require_kinds(self._settings, self._made, with_vectors=with_vectors)
        if with_vectors and self._made.vectors is not None:
            targets.require_engine(self._settings, self._made.vectors)
        if self._file is None:
            with self._database() as db:
                targets.require_postgres(db, self._made)
        if not replace:
            targets.require_empty(self._settings, self._made, with_vectors=with_vectors)
        targets.require_nobody_else(self._settings, while_serving=self._wanted.while_serving or not replace)
        free = shutil.disk_usage(self._settings.home).free
        # Texts shrink to a third, and the engine's files to half of what they take.
        if free < 3 * self._made.bytes + _ROOM:
            raise DiskFull(
                f"{self._settings.home} has {free // 2**20} MB left; the restore needs about "
                f"{(3 * self._made.bytes + _ROOM) // 2**20} MB.",
                fix="Free some space. Nothing was touched.",
            )

    def unpack(self) -> None:
        """Everything that is needed, decrypted, into files aside. A wrong key and damage end here."""
        database = self._made.database
        sqlite = database.kind == "sqlite"
        self._copy(database.file, "askdocs.db" if sqlite else "database.dump", compressed=sqlite)
        if self._wanted.with_vectors and self._made.vectors is not None:
            (self._aside / "vectors").mkdir()
            for collection, packed in self._made.vectors.files.items():
                with self._reading(packed) as content, sealing.full_disks(self._aside):
                    archives.unpack(content, self._aside / "vectors" / collection)
        for file in self._made.files:
            if file.path.startswith(switch.KEY) and self._settings.secret_key is None:
                self._copy(file.path, _KEY, compressed=False)

    def put_in_place(self) -> None:
        home = self._settings.home
        if self._file is None:
            switch.write(home, Journal(self._made.name))
            with self.timing("database"), self._database() as db:
                self._replace_postgres(db)
        with self.timing("vectors and checks"):
            asyncio.run(self._settle())
        if self._prepares:
            with self.timing("switch"):
                self._switch()
        else:
            switch.forget(home)

    def _replace_postgres(self, db: Database) -> None:
        target, tools = targets.require_postgres(db, self._made)
        schema = "public" if not target.tables else target.tables[0].partition(".")[0]
        ours = {f"{schema}.{name}" for name in (*tables.Base.metadata.tables, "alembic_version")}
        postgres.restore(tools, target, self._aside / "database.dump", drop=sorted(ours))
        checks.require_rows(self._made, db.run_sync(contents.read))

    async def _settle(self) -> None:
        made, names = self._made, self._names()
        if self._file is not None:
            with self._database(self._aside_settings()) as db:
                checks.require_rows(made, await db.run(contents.read))
        async with open_runtime(self._aside_settings(), migrate=True) as rt:
            if self._wanted.with_vectors:
                for collection, renamed in names.items():
                    await rt.vectors.recover(renamed, self._snapshot(collection))
            await checks.settle(rt, made, names)
            if self._wanted.with_vectors:
                await checks.require_points(rt, made, names)
            else:
                self.report.unindexed = await checks.index_again(rt, made)
            if not self.report.unindexed:
                self.report.asked = await checks.ask(rt, made, self._wanted.question)

    def _switch(self) -> None:
        home, stamp = self._settings.home, f"{datetime.now(UTC):{_STAMP}}"
        pairs = []
        if self._file is not None:
            copies.close_file(self._aside / "askdocs.db")
            targets.require_nobody_else(self._settings)
            pairs.append((self._aside / "askdocs.db", self._file))
        if self._settings.vector_engine == "embedded":
            (self._aside / "qdrant").mkdir(exist_ok=True)
            pairs.append((self._aside / "qdrant", home / "qdrant"))
        if (self._aside / _KEY).exists():
            pairs.append((self._aside / _KEY, home / switch.KEY))
        work.sync(self._aside)
        moves = switch.moves(pairs, stamp=stamp)
        journal = Journal(self._made.name, moves)
        switch.write(home, journal)
        switch.finish(home, journal)
        if not self._wanted.replace:
            switch.drop_empty(moves)
        kept = {str(Path(move.before).parent) for move in moves if Path(move.before).exists()}
        self.report.kept = sorted(kept)

    def _names(self) -> dict[str, str]:
        vectors = self._made.vectors
        return (
            {name: targets.renamed(self._settings, vectors, name) for name in vectors.files}
            if vectors
            else {}
        )

    def _snapshot(self, collection: str) -> Path:
        """What was packed: the embedded engine's folder, or the one file of a server."""
        folder = self._aside / "vectors" / collection
        return folder if self._settings.vector_engine == "embedded" else next(folder.iterdir())

    def _aside_settings(self) -> Settings:
        changes: dict[str, object] = {"home": self._aside}
        if self._file is not None:
            changes["database_url"] = SecretStr(f"sqlite:///{self._aside / 'askdocs.db'}")
        return self._settings.model_copy(update=changes)

    @contextmanager
    def _database(self, settings: Settings | None = None) -> Iterator[Database]:
        db = open_database(settings or self._settings, direct=True)
        try:
            yield db
        finally:
            db.close()

    def _reading(self, file: str, *, compressed: bool = True) -> AbstractContextManager[BinaryIO]:
        return sealing.reading(self._folder / file, identity=self._wanted.identity, compressed=compressed)

    def _copy(self, file: str, name: str, *, compressed: bool) -> None:
        with self._reading(file, compressed=compressed) as content, sealing.full_disks(self._aside):
            target = self._aside / name
            target.touch(mode=0o600)
            with target.open("wb") as copied:
                shutil.copyfileobj(content, copied, _PIECE)


def _back_up(settings: Settings, place: Place, *, made: Manifest, say: Say) -> str:
    """Take a backup of what is replaced in a server, where nothing can be moved aside; "" if nothing is.
    Returns its name."""
    if targets.sqlite_file(settings) is not None and settings.vector_engine == "embedded":
        return ""
    if targets.is_empty(settings):
        return ""
    say("Backing up what is there first.")
    return create.create(settings, place, create.Wanted(made.recipient, replaced=True), say=say).name


@contextmanager
def _owning(settings: Settings) -> Iterator[None]:
    """Be the one process that uses the embedded engine. Raises `ShardLocked` if another does."""
    if settings.vector_engine != "embedded":
        yield
        return
    with lock.owning(settings.home):
        # An installation for remote services comes without the engine.
        from askdocs.vectors.shards import Shards

        shards = Shards(settings.home / "qdrant")
        shards.own()
        try:
            yield
        finally:
            shards.release()
