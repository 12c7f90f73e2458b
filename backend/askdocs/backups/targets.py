"""What a backup can be restored into: every reason against it is told before anything is touched."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from askdocs import __version__
from askdocs.backups import postgres
from askdocs.backups.manifest import Manifest, Vectors
from askdocs.backups.postgres import Tools
from askdocs.config import Settings
from askdocs.db import contents, copies, tables, upgrades
from askdocs.db.copies import Target
from askdocs.db.database import Database
from askdocs.db.engine import parse
from askdocs.db.upgrades import Schema
from askdocs.edges import open_database, open_vectors
from askdocs.errors import AskdocsError, Conflict, InputError, SchemaMismatch

_INSTEAD = "Or leave the vectors out, which writes them anew from the source: --without-vectors"


def sqlite_file(settings: Settings) -> Path | None:
    """The file of the database, None on PostgreSQL."""
    url = settings.database_url.get_secret_value() if settings.database_url else ""
    parsed = parse(url or f"sqlite:///{settings.home / 'askdocs.db'}")
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def require_program(made: Manifest) -> None:
    """Raises `SchemaMismatch` for tables that this program can neither use nor upgrade."""
    database = made.database
    if not upgrades.usable(Schema(database.migration, database.compatible_from, database.program)):
        raise SchemaMismatch(
            f"The tables in the backup are at {database.migration}, made by Askdocs "
            f"{database.program or made.program}; this program, {__version__}, knows {tables.HEAD}.",
            fix=f"Restore with Askdocs {database.program or made.program} or later.",
        )


def require_kinds(settings: Settings, made: Manifest, *, with_vectors: bool) -> None:
    """Raises `InputError` where the settings want another database or engine than the backup is of."""
    kind = "sqlite" if sqlite_file(settings) else "postgresql"
    if made.database.kind != kind:
        names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
        raise InputError(
            f"The backup is one of {names[made.database.kind]}, and DATABASE_URL leads to {names[kind]}.",
            fix="Set DATABASE_URL to a database of the same kind, or unset it for SQLite in the home folder.",
        )
    if not with_vectors:
        return
    if made.vectors is None:
        raise InputError(
            "The backup holds no vectors.", fix="Write them anew from the source: --without-vectors"
        )
    if made.vectors.kind != settings.vector_engine:
        names = {"embedded": "the embedded engine", "server": "a Qdrant server"}
        raise InputError(
            f"The backup's vectors are those of {names[made.vectors.kind]}, and the settings want "
            f"{names[settings.vector_engine]}.",
            fix=f"Set QDRANT_URL, or unset it, accordingly. {_INSTEAD}",
        )


def require_engine(settings: Settings, vectors: Vectors) -> None:
    """Raises `Conflict` if the engine cannot read the snapshots: one of the same minor version can, and the
    embedded one also those of an earlier one, as it does after an upgrade."""
    ours = f"qdrant-edge {version('qdrant-edge-py')}"
    if settings.vector_engine == "server":
        ours = asyncio.run(_server_version(settings))
    found, wanted = _numbers(ours), _numbers(vectors.engine)
    fits = found >= wanted if vectors.kind == "embedded" else found[:2] == wanted[:2] and found >= wanted
    if not fits:
        raise Conflict(
            f"The backup's vectors were written by {vectors.engine}, and {ours} may misread them.",
            fix=f"Use {vectors.engine}. {_INSTEAD}",
        )


def require_postgres(db: Database, made: Manifest) -> tuple[Target, Tools]:
    """The server, if it is not older than the backup's, and tools that can read the dump. Raises `Conflict`,
    `Unavailable`."""
    target = db.look()
    if target.version < made.database.server:
        raise Conflict(
            f"The backup was made of PostgreSQL {made.database.server}, and this server is {target.version}: "
            "it may not know what the dump says.",
            fix=f"Restore into PostgreSQL {made.database.server} or later.",
        )
    return target, postgres.find_tools(at_least=made.database.client)


def require_empty(settings: Settings, made: Manifest, *, with_vectors: bool) -> None:
    """Raises `Conflict` if something would be lost."""
    fix = (
        "Choose an empty target, or replace what is there by --replace, which keeps a copy of it first. "
        "To check a backup, scripts/restore-drill.sh needs neither."
    )
    if not is_empty(settings):
        file = sqlite_file(settings)
        raise Conflict(f"The database {file or 'of the settings'} is not empty.", fix=fix)
    if with_vectors and settings.vector_engine == "server" and made.vectors is not None:
        names = [renamed(settings, made.vectors, name) for name in made.vectors.files]
        if present := asyncio.run(_present(settings, names)):
            raise Conflict(f"Qdrant has the collection {present[0]} already.", fix=fix)


def is_empty(settings: Settings) -> bool:
    """Whether the database holds nothing that would be lost. One that is damaged is not empty."""
    file = sqlite_file(settings)
    if file is not None and not file.exists():
        return True
    db = open_database(settings, direct=True)
    try:
        return db.run_sync(contents.is_empty)
    except AskdocsError:
        if file is None:
            raise
        return False
    finally:
        db.close()


def require_nobody_else(settings: Settings, *, while_serving: bool = False) -> None:
    """Raises `Conflict` while other processes use the database; on PostgreSQL not if that is wanted."""
    file = sqlite_file(settings)
    if file is not None:
        if file.exists():
            copies.close_file(file)
        return
    if while_serving:
        return
    db = open_database(settings, direct=True)
    try:
        others = db.look().servers
    finally:
        db.close()
    if others:
        raise Conflict(
            f"{others} connections of running Askdocs processes are open: they would go on with copies of "
            "what is replaced.",
            fix="Stop them first, or add --while-serving and restart them afterwards.",
        )


def renamed(settings: Settings, vectors: Vectors, collection: str) -> str:
    """What the collection is called under the settings' prefix. Under another one than the backup was made
    with it never has a name of before: one that had an older prefix gets the new one in front."""
    prefix = settings.vectors.collection_prefix
    if prefix == vectors.prefix:
        return collection
    return f"{prefix}_{collection.removeprefix(f'{vectors.prefix}_')}"


async def _server_version(settings: Settings) -> str:
    vectors = open_vectors(settings)
    try:
        return await vectors.engine()
    finally:
        await vectors.close()


async def _present(settings: Settings, collections: Sequence[str]) -> list[str]:
    vectors = open_vectors(settings)
    try:
        return [name for name in collections if await vectors.exists(name)]
    finally:
        await vectors.close()


def _numbers(engine: str) -> tuple[int, ...]:
    """Of "qdrant 1.17.0": (1, 17, 0)."""
    return tuple(
        int(part) for part in engine.rpartition(" ")[2].partition("-")[0].split(".") if part.isdigit()
    )
