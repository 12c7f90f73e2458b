"""What readers think of answers."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import select

from askdocs.db import tables
from askdocs.db.database import Session
from askdocs.db.statements import insert


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
