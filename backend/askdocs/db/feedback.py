"""What readers think of answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import aliased

from askdocs.db import tables
from askdocs.db.database import Session, read_only
from askdocs.db.statements import insert

_FIRST_ANSWER = 2
"""Its position in a chat session; that of its question is 1."""


@dataclass(frozen=True, slots=True)
class LikedAnswer:
    """`places` are the path and the anchor of each section that the answer cites, in its order."""

    question: str
    places: tuple[tuple[str, str], ...]


def give(
    db: Session,
    site_id: str,
    *,
    message_id: str,
    vote: Literal["up", "down"],
    reason: str | None,
    comment: str,
    now: datetime,
) -> bool:
    """Store a vote in place of an earlier one. False if the site has no such answer."""
    answer = select(tables.Message.id).where(
        tables.Message.site_id == site_id,
        tables.Message.id == message_id,
        tables.Message.role == "assistant",
    )
    if db.scalar(answer.with_for_update()) is None:
        return False
    given = {"vote": vote, "reason": reason, "comment": comment, "created_at": now}
    db.execute(
        insert(db, tables.Feedback)
        .values(message_id=message_id, site_id=site_id, **given)
        .on_conflict_do_update(index_elements=["message_id"], set_=given)
    )
    return True


@read_only
def liked(db: Session, site_id: str, *, since: datetime, limit: int) -> list[LikedAnswer]:
    """The newest answers that readers found good. Only those that began a chat stand for themselves, and of
    these not those about something that was marked on a page."""
    answer, question, vote = tables.Message, aliased(tables.Message), tables.Feedback
    rows = db.execute(
        select(question.text, answer.citations, answer.sources)
        .join(question, (question.id == answer.reply_to) & (question.site_id == answer.site_id))
        .join(vote, (vote.message_id == answer.id) & (vote.site_id == answer.site_id))
        .where(
            answer.site_id == site_id,
            answer.status == "answered",
            answer.position == _FIRST_ANSWER,
            question.excerpt == "",
            answer.created_at >= since,
            vote.vote == "up",
        )
        .order_by(answer.created_at.desc(), answer.id)
        .limit(limit)
    )
    return [LikedAnswer(text, _places(citations, sources)) for text, citations, sources in rows]


def _places(
    citations: Sequence[Mapping[str, Any]], sources: Sequence[Mapping[str, Any]]
) -> tuple[tuple[str, str], ...]:
    """Whatever release wrote them."""
    paths = {source.get("url"): source["path"] for source in sources if "path" in source}
    cited = dict.fromkeys(citation["url"] for citation in citations)
    return tuple((paths[url], url.partition("#")[2]) for url in cited if url in paths)
