"""Values and small worlds that tests build on: say in a test only what the test is about."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Engine, event, select

from askdocs.db import documents, feedback, leases, messages, revisions, sites, tables, visitors
from askdocs.db.database import Database, Session
from askdocs.db.leases import Taken
from askdocs.db.messages import AnswerRecord, ChatSessionLog
from askdocs.db.pins import PinContent, PinnedSource
from askdocs.db.revisions import DocumentRow, Publication
from askdocs.db.sessions import ChatSession
from askdocs.protocols import VectorStore
from askdocs.text import codec
from askdocs.types import (
    OPEN,
    Ask,
    Chunk,
    Citation,
    Excerpt,
    Hit,
    HybridQuery,
    Point,
    Revision,
    Scope,
    ScoredPoint,
    SparseVector,
    Turn,
)

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


# what is found


def chunk(text: str, **fields: Any) -> Chunk:
    """A chunk with this Markdown; all else is as good as anything."""
    usual: dict[str, Any] = {
        "path": "guide.md",
        "url": "/guide",
        "anchor": "install",
        "title": "Guide",
        "heading": ("Install",),
        "version": "",
        "locale": "en",
        "language": "en",
        "section": 1,
        "position": 1,
    }
    return Chunk(blocks=tuple(codec.read(text)), **usual | fields)


def hit(text: str, *, score: float = 1.0, **fields: Any) -> Hit:
    return Hit(chunk(text, **fields), score)


# points of a vector store with two dimensions

C = "chunks"
NO_TERMS = SparseVector((), ())


def point(
    number: int,
    *,
    store: str = "a",
    revisions: tuple[int, int] = (1, OPEN),
    path: str = "intro",
    version: str = "",
    locale: str = "",
    dense: Sequence[float] = (1, 0),
    sparse: SparseVector = NO_TERMS,
    section: int = 0,
) -> Point:
    payload = {
        "store_id": store,
        "from_rev": revisions[0],
        "to_rev": revisions[1],
        "path": path,
        "version": version,
        "locale": locale,
        "section": section,
        "position": number,
        "heading": ["Überschrift", "日本語"],
    }
    return Point(identity(number), np.array(dense, np.float32), sparse, payload)


def identity(number: int) -> str:
    return str(uuid.UUID(int=number))


def asking(
    dense: Sequence[float] | None = (1, 0), sparse: SparseVector = NO_TERMS, *, candidates: int = 100
) -> HybridQuery:
    vector = None if dense is None else np.array(dense, np.float32)
    return HybridQuery(vector, sparse, dense_weight=0.7, sparse_weight=0.3, candidates=candidates)


def scores(found: Iterable[ScoredPoint]) -> dict[int, float]:
    return {uuid.UUID(hit.id).int: round(hit.score, 5) for hit in found}


async def numbers(vectors: VectorStore, scope: Scope) -> list[int]:
    return sorted(scores(await vectors.search(C, asking(), scope, limit=100)))


# what readers say

TOKEN = "a token that nobody guesses"
PIN = PinContent(
    questions=("How do I install it?",),
    text="Run the installer [1].",
    sources=(PinnedSource("a", "install", "/a", "A", ("Install",), "s1", "p1"),),
    citations=(Citation(1, "/a#install", "A", "Install", "Run the installer."),),
    version="",
    locale="",
    reviewed_on=date(2026, 1, 31),
    reviewed_by="Ada",
)
ANSWER = AnswerRecord(
    text="Run `pip install`. [1]",
    status="answered",
    mode="model",
    confidence=0.75,
    citations=[Citation(1, "/install#pip", "Install", "With pip", "Run pip install.")],
    sources=[{"url": "/install", "title": "Install"}],
    usage={"prompt": 900, "output": 40},
    timings={"first_token": 0.31},
    release={"revision": 3},
    model="gemini-2.5-flash",
)


@dataclass
class Chat:
    """A reader of one site, with shorthand."""

    db: Database
    site_id: str
    token: str = TOKEN
    user: bytes | None = None

    @classmethod
    def make(cls, db: Database, name: str = "docs") -> Chat:
        return cls(db, db.run_sync(sites.add, name, origins=[]).id)

    def open(
        self,
        number: int,
        *,
        question: str = "",
        now: datetime = NOW,
        turns: int = 4,
        excerpt: Excerpt | None = None,
        replaces: str = "",
    ) -> tuple[ChatSession, list[Turn]]:
        return self.db.run_sync(
            messages.open_turn,
            self.site_id,
            token=self.token,
            question=question or f"Question {number}?",
            answer_id=f"answer {number}",
            question_id=f"question {number}",
            ask=Ask(
                "",
                page_url="/page",
                page_title="Page",
                version="2.0",
                locale="en",
                excerpt=excerpt,
                replaces=replaces,
                user=self.user,
            ),
            now=now,
            history_turns=turns,
        )

    def close(self, number: int, record: AnswerRecord = ANSWER) -> None:
        self.db.run_sync(
            messages.close_turn, self.site_id, message_id=f"answer {number}", record=record, now=NOW
        )

    def erase(self) -> bool:
        found = self.db.run_sync(visitors.named, self.site_id, token=self.token, user=self.user)
        return self.db.run_sync(visitors.erase, self.site_id, session_ids=[one.id for one in found]) > 0

    def vote(self, number: int, **given: Any) -> bool:
        values = {"vote": "up", "reason": None, "comment": "", "now": NOW, **given}
        return self.db.run_sync(feedback.give, self.site_id, message_id=f"answer {number}", **values)

    def log(self) -> ChatSessionLog:
        found = self.db.run_sync(messages.conversation, self.site_id, token=self.token, user=self.user)
        assert found is not None
        return found


# what an index run does


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

    def roll_back(self, to: int | None = None, *, live: int | None = None) -> Revision:
        return self.db.run_sync(revisions.roll_back, self.site_id, store_id=self.id, to=to, live=live)

    def sweep(self, keep: int) -> int | None:
        return self.db.run_sync(revisions.sweep, self.site_id, store_id=self.id, keep=keep)

    def listing(self) -> list[Revision]:
        return self.db.run_sync(revisions.listing, self.site_id, store_id=self.id)


def document(path: str, content: str = "text", *, chunks: int = 2) -> DocumentRow:
    return DocumentRow(path, f"/{path}", path.title(), "", "en", content, chunks, content.encode())


# what the database is asked


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """Statements and their parameters, as the drivers get them."""
    executed: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        executed.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield executed
    finally:
        event.remove(Engine, "before_cursor_execute", note)
