"""What the sources of a store were read from by the last run that read them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from askdocs.db import tables
from askdocs.db.database import Session, read_only
from askdocs.db.statements import insert
from askdocs.types import Inputs

SCHEMA = 1
"""Of what is stored: part of the key, so that programs of two schemas keep one each."""


@dataclass(frozen=True, slots=True)
class Kept:
    """`inputs` are those of each source, in order; `pages` is a digest of what was read from all of them, and
    `problems` and `skipped` are as the run told them."""

    inputs: tuple[Inputs, ...]
    pages: str
    problems: tuple[str, ...]
    skipped: tuple[str, ...]


@read_only
def get(db: Session, site_id: str, *, store_id: str, sources: Sequence[str]) -> Kept | None:
    """What was kept of a run of the sources with these names, None if nothing."""
    row = tables.Reading
    found = db.execute(
        select(row.pages, row.content).where(
            row.site_id == site_id,
            row.store_id == store_id,
            row.sources == _key(sources),
            row.schema_number == SCHEMA,
        )
    ).one_or_none()
    return _revive(found.pages, found.content) if found else None


def put(
    db: Session, site_id: str, *, store_id: str, sources: Sequence[str], kept: Kept, whole: bool = False
) -> None:
    """Keep this of the sources with these names. If they are the `whole` site, what was kept of others is
    forgotten."""
    row = tables.Reading
    key = {"store_id": store_id, "sources": _key(sources), "schema_number": SCHEMA}
    values = {"pages": kept.pages, "content": _stored(kept)}
    db.execute(
        insert(db, row)
        .values(**key, site_id=site_id, **values)
        .on_conflict_do_update(index_elements=list(key), set_=values)
    )
    if whole:
        db.execute(
            delete(row).where(row.site_id == site_id, row.store_id == store_id, row.sources != _key(sources))
        )


def _key(sources: Sequence[str]) -> str:
    return json.dumps(list(sources), ensure_ascii=False)


def _stored(kept: Kept) -> bytes:
    told = [
        [one.read_by, one.questions, one.answers, one.until and one.until.isoformat()] for one in kept.inputs
    ]
    return zlib.compress(json.dumps([told, kept.problems, kept.skipped]).encode())


def _revive(pages: str, content: bytes) -> Kept:
    told, problems, skipped = json.loads(zlib.decompress(content))
    inputs = tuple(
        Inputs(read_by, tuple(questions), answers, datetime.fromisoformat(until) if until else None)
        for read_by, questions, answers, until in told
    )
    return Kept(inputs, pages, tuple(problems), tuple(skipped))
