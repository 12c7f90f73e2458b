"""Restores a backup into a scratch place, to prove that it can be, and how long that takes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from askdocs.backups import restore, targets, work
from askdocs.backups.checks import Asked
from askdocs.backups.manifest import Manifest
from askdocs.backups.places import Place
from askdocs.backups.restore import Wanted
from askdocs.config import Settings
from askdocs.db import copies
from askdocs.edges import open_vectors
from askdocs.errors import AskdocsError, InputError

_WORK = ".drill"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a drill went. `seconds` is how long a restore takes (RTO), `age` how old the backup was when the
    drill began, which is what would have been lost then (RPO); `failure` is "" if it passed."""

    backup: str
    bytes: int
    age: float
    seconds: float
    failure: str
    fix: str = ""
    steps: dict[str, float] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)


def run(
    settings: Settings,
    place: Place,
    name: str,
    *,
    identity: Path | None,
    server: str | None,
    question: str | None = None,
    say: Say = lambda _: None,
) -> Outcome:
    """Restore the backup into a scratch home folder, a scratch database on `server`, and collections under a
    scratch name at the Qdrant server of the settings; remove all of them again."""
    now = datetime.now(UTC)
    made = place.manifest(name)
    begun = time.monotonic()
    report, failure, fix = None, "", ""
    try:
        with (
            work.folder(settings.home, _WORK) as aside,
            _scratch(settings, made, aside, server, now) as scratch,
        ):
            begun = time.monotonic()
            report = restore.restore(
                scratch, place, name, Wanted(identity=identity, question=question), say=say
            )
            seconds = time.monotonic() - begun
    except AskdocsError as error:
        failure, fix, seconds = str(error), error.fix, time.monotonic() - begun
    return Outcome(
        backup=name,
        bytes=made.bytes,
        age=round((now - made.taken_at).total_seconds(), 1),
        seconds=round(seconds, 3),
        failure=failure,
        fix=fix,
        steps=report.steps if report else {},
        asked=report.asked if report else [],
    )


@contextmanager
def _scratch(
    settings: Settings, made: Manifest, aside: Path, server: str | None, now: datetime
) -> Iterator[Settings]:
    """Settings that lead nowhere but to scratch places."""
    stamp = f"{now:%Y%m%d%H%M%S}"
    vectors = settings.vectors.model_copy(
        update={
            "engine": made.vectors.kind if made.vectors else "embedded",
            "collection_prefix": f"askdocs-drill-{stamp}",
        }
    )
    changes: dict[str, object] = {"home": aside / "home", "vectors": vectors}
    backups = settings.backups.model_copy(update={"database_url": None})
    if made.database.kind == "sqlite":
        url = f"sqlite:///{aside / 'home' / 'askdocs.db'}"
        scratch = settings.model_copy(update={**changes, "database_url": SecretStr(url), "backups": backups})
        with _dropping(scratch, made):
            yield scratch
        return
    if server is None:
        raise InputError(
            "The backup is one of PostgreSQL, and no server was named for the drill.",
            fix="Let scripts/restore-drill.sh start one, or name one by --server.",
        )
    with copies.scratch_database(server, f"askdocs_drill_{stamp}") as url:
        scratch = settings.model_copy(update={**changes, "database_url": SecretStr(url), "backups": backups})
        with _dropping(scratch, made):
            yield scratch


@contextmanager
def _dropping(scratch: Settings, made: Manifest) -> Iterator[None]:
    """Delete the collections that were restored on a server, whatever came of it."""
    try:
        yield
    finally:
        if made.vectors is not None and scratch.vector_engine == "server":
            asyncio.run(
                _drop(scratch, [targets.renamed(scratch, made.vectors, name) for name in made.vectors.files])
            )


async def _drop(scratch: Settings, collections: list[str]) -> None:
    vectors = open_vectors(scratch)
    try:
        for collection in collections:
            await vectors.drop(collection)
    finally:
        await vectors.close()
