"""A site's store with shorthand for what an index run does to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from askdocs.db import documents, leases, revisions, sites, tables
from askdocs.db.database import Database
from askdocs.db.leases import Taken
from askdocs.db.revisions import DocumentRow, Publication
from askdocs.types import Revision

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass
class DocsStore:
    db: Database
    site_id: str
    id: str

    @classmethod
    def make(cls, db: Database, name: str = "docs") -> DocsStore:
        site = db.run_sync(sites.add, name, origins=["https://docs.example"])
        return cls(db, site.id, db.run_sync(sites.store, site.id).id)

    def begin(
        self, *, owner: str = "me", now: datetime = NOW, collection: str = "c1", take_over: bool = False
    ) -> Taken:
        return self.db.run_sync(
            leases.take,
            self.site_id,
            store_id=self.id,
            collection=collection,
            model="model",
            dimensions=3,
            source="build",
            owner=owner,
            now=now,
            lease_seconds=30,
            take_over=take_over,
        )

    def age_lease(self, seconds: float) -> None:
        """Let the database's clock pass by so much since the last heartbeat."""

        def age(db: Session) -> None:
            row = db.scalars(select(tables.Revision).where(tables.Revision.state == "building")).one()
            row.heartbeat_at -= timedelta(seconds=seconds)

        self.db.run_sync(age)

    def publish(self, pages: Mapping[str, str]) -> Revision:
        """Publish `pages` (content by path) the way an index run does."""
        self.begin()
        live = self.live()
        self.db.run_sync(revisions.forget_after, self.site_id, store_id=self.id, live=live)
        return self.finish(self.change(pages, since=live))

    def renew(self, *, owner: str = "me") -> None:
        self.db.run_sync(leases.renew, self.site_id, store_id=self.id, owner=owner)

    def give_up(self, error: str, *, owner: str = "me") -> None:
        self.db.run_sync(leases.give_up, self.site_id, store_id=self.id, owner=owner, error=error)

    def finish(self, publication: Publication, *, owner: str = "me") -> Revision:
        return self.db.run_sync(
            revisions.publish,
            self.site_id,
            store_id=self.id,
            owner=owner,
            publication=publication,
            now=NOW,
        )

    def change(self, pages: Mapping[str, str], *, since: int) -> Publication:
        before = self.pages(since)
        changed = {path: text for path, text in pages.items() if before.get(path) != text}
        closed = [path for path, text in before.items() if pages.get(path) != text]
        rows = [document(path, text) for path, text in changed.items()]
        return Publication(rows, closed, b"statistics", pages=len(pages), summary={"added": len(rows)})

    def live(self) -> int:
        found = self.db.run_sync(revisions.live, self.site_id, store_id=self.id)
        return found.number if found else 0

    def pages(self, revision: int) -> dict[str, str]:
        """What a revision shows: content by path."""
        return self.db.run_sync(documents.hashes, self.site_id, store_id=self.id, revision=revision)

    def roll_back(self, to: int | None = None) -> Revision:
        return self.db.run_sync(revisions.roll_back, self.site_id, store_id=self.id, to=to)

    def sweep(self, keep: int) -> int | None:
        return self.db.run_sync(revisions.sweep, self.site_id, store_id=self.id, keep=keep)

    def listing(self) -> list[Revision]:
        return self.db.run_sync(revisions.listing, self.site_id, store_id=self.id)


def document(path: str, content: str = "text", *, chunks: int = 2) -> DocumentRow:
    return DocumentRow(path, f"/{path}", path.title(), "", "en", content, chunks, content.encode())
