"""Manifests and pages of publishes over HTTPS that are not complete yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, tuple_

from askdocs.db import tables
from askdocs.db.database import Session, read_only
from askdocs.db.statements import batches, insert

_PATHS = 500
_ROWS = 100
"""Rows of one INSERT, each of five parameters."""


def begin(db: Session, site_id: str, *, upload_id: str, manifest: bytes, now: datetime) -> None:
    """Keep the manifest. Of an upload that was begun before, what was sent stays."""
    db.execute(
        insert(db, tables.Upload)
        .values(site_id=site_id, id=upload_id, manifest=manifest, begun_at=now)
        .on_conflict_do_update(index_elements=["site_id", "id"], set_={"begun_at": now})
    )


@read_only
def manifest(db: Session, site_id: str, *, upload_id: str) -> bytes | None:
    row = tables.Upload
    return db.scalar(select(row.manifest).where(row.site_id == site_id, row.id == upload_id))


@read_only
def paths(db: Session, site_id: str, *, upload_id: str) -> set[str]:
    """Those of the pages that were sent."""
    row = tables.UploadPage
    return set(db.scalars(select(row.path).where(row.site_id == site_id, row.upload_id == upload_id)))


@read_only
def size(db: Session, site_id: str) -> int:
    """Bytes of all pages that the site has sent and not published yet."""
    row = tables.UploadPage
    return db.scalar(select(func.sum(row.size)).where(row.site_id == site_id)) or 0


def put(db: Session, site_id: str, *, upload_id: str, pages: Mapping[str, bytes]) -> bool:
    """Keep pages by path; those that were sent before stay. False if there is no such upload (any more)."""
    row = tables.Upload
    upload = select(row.id).where(row.site_id == site_id, row.id == upload_id).with_for_update(read=True)
    if db.scalar(upload) is None:
        return False
    for batch in batches(sorted(pages.items()), _ROWS):
        rows = [
            {
                "site_id": site_id,
                "upload_id": upload_id,
                "path": path,
                "content": content,
                "size": len(content),
            }
            for path, content in batch
        ]
        db.execute(insert(db, tables.UploadPage).values(rows).on_conflict_do_nothing())
    return True


@read_only
def pages(db: Session, site_id: str, *, upload_id: str, paths: Sequence[str]) -> dict[str, bytes]:
    """What was sent of these pages."""
    row = tables.UploadPage
    found: dict[str, bytes] = {}
    for batch in batches(paths, _PATHS):
        chosen = select(row.path, row.content).where(
            row.site_id == site_id, row.upload_id == upload_id, row.path.in_(batch)
        )
        found.update((path, content) for path, content in db.execute(chosen))
    return found


def remove(db: Session, site_id: str, *, upload_id: str) -> None:
    """With its pages."""
    row = tables.Upload
    db.execute(delete(row).where(row.site_id == site_id, row.id == upload_id))


def sweep(db: Session, *, before: datetime, most: int) -> int:
    """Forget up to `most` pages of uploads that were last begun before this; with the last
    of them go the uploads themselves. Returns how many pages went."""
    upload, page = tables.Upload, tables.UploadPage
    old = select(upload.site_id, upload.id).where(upload.begun_at < before)
    found = db.execute(
        select(page.site_id, page.upload_id, page.path)
        .where(tuple_(page.site_id, page.upload_id).in_(old))
        .limit(most)
    ).all()
    for batch in batches(found, _ROWS):
        keys = [tuple(key) for key in batch]
        db.execute(delete(page).where(tuple_(page.site_id, page.upload_id, page.path).in_(keys)))
    if len(found) < most:
        db.execute(delete(upload).where(upload.begun_at < before))
    return len(found)
