"""A site's store with shorthand for what an index run does to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from askdocs.db import documents, revisions, sites
from askdocs.db.database import Database
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

    def begin(self, *, owner: str = "me", now: datetime = NOW, collection: str = "c1") -> Revision:
        return self.db.run_sync(
            revisions.begin,
            self.site_id,
            store_id=self.id,
            collection=collection,
            model="model",
            dimensions=3,
            source="build",
            owner=owner,
            now=now,
            lease_seconds=30,
        )

    def publish(self, pages: Mapping[str, str]) -> Revision:
        """Publish `pages` (content by path) the way an index run does."""
        revision = self.begin()
        live = self.live()
        self.db.run_sync(revisions.forget_after, self.site_id, store_id=self.id, live=live)
        return self.finish(revision.number, self.change(pages, since=live))

    def finish(self, number: int, publication: Publication, *, owner: str = "me") -> Revision:
        return self.db.run_sync(
            revisions.publish,
            self.site_id,
            store_id=self.id,
            number=number,
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
