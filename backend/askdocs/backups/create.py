"""Takes a backup of what is being served: the database first, then the vectors, then what else there is.

What the dumped database shows is in the vectors' snapshot although that is younger. A publish that goes on
meanwhile adds chunks and closes others for revisions that the dump does not know: a restore undoes that. Only
two things take chunks away from revisions that it does know, the sweep of old ones and the publish after a
rollback, and both say so in the database before they begin. So the database is looked at once more when the
snapshot is there: a revision that is still published was whole throughout. If the live one is not among them,
all is done again; if others are not, the manifest leaves them out.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from askdocs import __version__
from askdocs.backups import archives, manifest, postgres, sealing, work
from askdocs.backups.manifest import File, Manifest, Store, Vectors
from askdocs.backups.places import Place
from askdocs.config import Settings, config_dir, effective, secrets_in
from askdocs.control import remote, snapshots
from askdocs.control.snapshots import Taken
from askdocs.db import contents
from askdocs.db.contents import Contents
from askdocs.db.database import Database
from askdocs.edges import open_database, open_vectors
from askdocs.errors import Conflict, DiskFull, NotFound, ShardLocked
from askdocs.vectors import sparse

_WORK = ".backup"

_ROOM = 64 * 2**20
"""Bytes to be free beyond what the backup is expected to take."""

_ATTEMPTS = 5
_PUBLISHES_WITHIN = 900.0
"""Seconds for a publish to end that has opened the embedded engine without a server."""
_ASK_EVERY = 0.5
_PIECE = 1 << 20

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """`recipient` is the public key to encrypt for, None to leave it readable. `replaced`: of what a restore
    is about to replace, which is never the latest backup."""

    recipient: str | None
    with_vectors: bool = True
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class _Dumped:
    """A state of the database, in a file; `client` and `server` are versions of PostgreSQL's."""

    file: str
    found: Contents
    client: int = 0
    server: int = 0


def create(settings: Settings, place: Place, wanted: Wanted, *, say: Say = lambda _: None) -> Manifest:
    """Take a backup. It exists when this returns, and whoever interrupts it leaves nothing.

    Errors: `DiskFull` before anything is written if there is no room, and later; `Conflict`, `Unavailable`,
    `InputError`.
    """
    begun, taken_at = time.monotonic(), datetime.now(UTC)
    name = manifest.new_name(taken_at, replaced=wanted.replaced)
    while place.has(name):
        time.sleep(_ASK_EVERY)  # names are of a second, and this one has had its backup
        name = manifest.new_name(datetime.now(UTC), replaced=wanted.replaced)
    if wanted.recipient is not None:
        sealing.require_age()
    db = open_database(settings, direct=True)
    try:
        with work.folder(settings.home, _WORK) as aside:
            _require_room(settings, db, place)
            with place.receiving(name) as folder:
                maker = _Maker(settings, db, wanted, folder, aside, say)
                dumped, taken, whole = maker.consistent_state()
                maker.write_configuration()
                made = Manifest(
                    name=name,
                    taken_at=maker.taken_at,
                    seconds=round(time.monotonic() - begun, 3),
                    program=__version__,
                    environment=settings.environment,
                    recipient=wanted.recipient,
                    database=_database(db, dumped),
                    vectors=_vectors(settings, taken, maker.vector_files),
                    stores=_stores(dumped.found, taken, whole),
                    files=_files(folder),
                )
                with sealing.full_disks(folder):
                    (folder / manifest.FILE).write_bytes(manifest.dump(made))
                manifest.verify(folder, made)
    finally:
        db.close()
    return made


def check(settings: Settings, place: Place, wanted: Wanted) -> None:
    """Everything that `create` checks before it writes. Errors: those of `create`."""
    if wanted.recipient is not None:
        sealing.require_age()
    db = open_database(settings, direct=True)
    try:
        if db.dialect != "sqlite":
            postgres.find_tools(at_least=db.look().version)
        with work.folder(settings.home, _WORK):
            _require_room(settings, db, place)
    finally:
        db.close()


class _Maker:
    """The files of one backup, written into `folder`; what is no file of it yet lies in `aside`."""

    def __init__(
        self, settings: Settings, db: Database, wanted: Wanted, folder: Path, aside: Path, say: Say
    ) -> None:
        self._settings, self._db, self._wanted = settings, db, wanted
        self._folder, self._aside, self._say = folder, aside, say
        self.taken_at = datetime.now(UTC)
        self.vector_files: dict[str, str] = {}

    def consistent_state(self) -> tuple[_Dumped, Taken | None, dict[str, tuple[int, ...]]]:
        """Dump the database and copy the vectors, until no live revision was touched in between. Returns also
        the revisions of each store that are whole."""
        for _ in range(_ATTEMPTS):
            work.clear(self._folder)
            work.clear(self._aside)
            self.taken_at = datetime.now(UTC)
            dumped = self._dump_database()
            if not self._wanted.with_vectors:
                return dumped, None, {store.id: store.published for store in dumped.found.stores}
            taken = _copy_vectors(self._settings, dumped.found, self._aside, self._say)
            still = self._db.run_sync(contents.published) if dumped.found.stores else {}
            whole = {
                store.id: tuple(sorted(set(store.published) & set(still.get(store.id, ()))))
                for store in dumped.found.stores
            }
            if all(store.live in whole[store.id] for store in dumped.found.stores if store.live):
                self._pack_vectors(taken)
                return dumped, taken, whole
            self._say("A publish took away what was live when the database was dumped: beginning anew.")
        raise Conflict(
            f"In {_ATTEMPTS} attempts a publish each time took away what had been live a moment before.",
            fix="Try again when fewer publishes go on, or raise index.retention, which is how many revisions "
            "are kept.",
        )

    def write_configuration(self) -> None:
        """The files that settings are read from and what is in force, both without secrets; and, only if it
        is encrypted, the key that readers' sessions are signed with where that is a file of ours."""
        aside = self._aside / "configuration"
        aside.mkdir()
        shown = [
            {"key": one.key, "value": one.value, "source": one.source} for one in effective(self._settings)
        ]
        (aside / "settings.json").write_text(json.dumps(shown, indent=2, default=str))
        folder = config_dir()
        for file in sorted(folder.glob("*.yaml")) if folder is not None else ():
            if found := secrets_in(file):
                self._say(f"{file} is left out, since it holds secrets: {', '.join(found)}.")
            else:
                (aside / file.name).write_bytes(file.read_bytes())
        with self._writing("configuration.tar.gz") as content:
            archives.pack(aside, content)
        key = self._settings.home / "secret_key"
        if self._settings.secret_key is not None or not key.is_file():
            return
        if self._wanted.recipient is None:
            self._say(
                f"{key} is left out, since this backup is not encrypted: without it readers' conversations "
                "begin anew after a restore. Keep it elsewhere, or set backups.recipient."
            )
        else:
            with self._writing("secret_key", compress=False) as content:
                content.write(key.read_bytes())

    def _dump_database(self) -> _Dumped:
        if self._db.dialect == "sqlite":
            return self._copy_sqlite()
        target = self._db.look()
        tools = postgres.find_tools(at_least=target.version)
        with self._db.hold(contents.read) as held:
            with self._writing("database.dump", compress=False) as content:
                postgres.dump(tools, target, snapshot=held.snapshot, into=content, folder=self._folder)
            return _Dumped(self._named("database.dump"), held.found, tools.version, target.version)

    def _copy_sqlite(self) -> _Dumped:
        copied = self._aside / "askdocs.db"
        self._db.copy(copied)
        opened = Database(f"sqlite:///{copied}")
        try:
            found = opened.run_sync(contents.read)
        finally:
            opened.close()
        with self._writing("database.sqlite.gz") as content, copied.open("rb") as whole:
            shutil.copyfileobj(whole, content, _PIECE)
        copied.unlink()
        return _Dumped(self._named("database.sqlite.gz"), found)

    def _pack_vectors(self, taken: Taken) -> None:
        for collection, copied in taken.copies.items():
            file = f"vectors/{collection}.tar.gz"
            with self._writing(file) as content:
                archives.pack(Path(copied), content)
            self.vector_files[collection] = self._named(file)
            work.remove(Path(copied))

    def _named(self, file: str) -> str:
        return file if self._wanted.recipient is None else f"{file}{sealing.ENDING}"

    def _writing(self, file: str, *, compress: bool = True) -> AbstractContextManager[BinaryIO]:
        path = self._folder / self._named(file)
        return sealing.writing(path, recipient=self._wanted.recipient, compress=compress)


def _copy_vectors(settings: Settings, found: Contents, aside: Path, say: Say) -> Taken:
    collections = sorted({name for store in found.stores for name in store.collections})
    scopes = [(store.collection, store.id, store.live) for store in found.stores]
    folder = aside / "vectors"
    folder.mkdir()
    deadline = time.monotonic() + _PUBLISHES_WITHIN
    while True:
        try:
            return asyncio.run(_take(settings, collections=collections, scopes=scopes, folder=folder))
        except ShardLocked:
            if time.monotonic() > deadline:
                raise
            say("Another process, perhaps a publish, uses the vector store: waiting for it.")
            time.sleep(_ASK_EVERY)  # it tells nobody when it is done


async def _take(settings: Settings, **arguments: Any) -> Taken:
    """Copy the vectors in the server that owns the embedded engine, if there is one, else here."""
    there = remote.server_of(settings)
    if there is None:
        vectors = open_vectors(settings)
        try:
            return await snapshots.take(vectors, **arguments)
        finally:
            await vectors.close()
    arguments["folder"] = str(arguments["folder"])
    result: dict[str, Any] = {}
    async with aclosing(there("snapshot", **arguments)) as events:
        async for event in events:
            result = event["result"]
    return Taken(result["engine"], result["copies"], tuple(result["counts"]))


def _require_room(settings: Settings, db: Database, place: Place) -> None:
    """Raises `DiskFull` if the backup does not fit, by the size of the last one or, without one, of what it
    is made of."""
    free_there = place.room()
    complete = place.listing().complete if free_there is not None else []
    sources = _bytes_of_sources(settings, db)
    needed = complete[0].bytes * 5 // 4 if complete else sources
    for where, free, bytes_needed in (
        (place.name, free_there, needed),
        (str(settings.home), shutil.disk_usage(settings.home).free, sources),
    ):
        if free is not None and free < bytes_needed + _ROOM:
            raise DiskFull(
                f"{where} has {free // 2**20} MB left; the backup needs about "
                f"{(bytes_needed + _ROOM) // 2**20} MB.",
                fix="Free some space, or choose another place by --to. Nothing was written.",
            )


def _bytes_of_sources(settings: Settings, db: Database) -> int:
    """What the database and the embedded engine take; what a Qdrant server does is not known here."""
    size = db.size()
    folder = settings.home / "qdrant"
    if settings.vector_engine == "embedded" and folder.is_dir():
        size += sparse.used(folder)
    return size


def _database(db: Database, dumped: _Dumped) -> manifest.Database:
    schema = dumped.found.schema
    if schema.migration is None:
        raise NotFound(
            "The database has no tables yet: there is nothing to back up.", fix="Run `askdocs db upgrade`."
        )
    return manifest.Database(
        kind="sqlite" if db.dialect == "sqlite" else "postgresql",
        server=dumped.server,
        client=dumped.client,
        file=dumped.file,
        migration=schema.migration,
        compatible_from=schema.compatible_from,
        program=schema.program,
        rows=dict(dumped.found.rows),
    )


def _vectors(settings: Settings, taken: Taken | None, files: dict[str, str]) -> Vectors | None:
    if taken is None:
        return None
    prefix = settings.vectors.collection_prefix
    return Vectors(engine=taken.engine, kind=settings.vector_engine, prefix=prefix, files=files)


def _stores(found: Contents, taken: Taken | None, whole: dict[str, tuple[int, ...]]) -> tuple[Store, ...]:
    counts = taken.counts if taken else (None,) * len(found.stores)
    return tuple(
        Store(
            site=store.site,
            name=store.name,
            id=store.id,
            live=store.live,
            published=whole[store.id],
            chunks=store.chunks,
            points=points,
            collection=store.collection,
            collections=store.collections,
        )
        for store, points in zip(found.stores, counts, strict=True)
    )


def _files(folder: Path) -> tuple[File, ...]:
    return tuple(manifest.describe_file(folder, file) for file in sorted(folder.rglob("*")) if file.is_file())
