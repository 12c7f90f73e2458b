"""Gives out what one visitor asked, and erases it with every copy: rows, kept answers, streams."""

from __future__ import annotations

from collections.abc import Sequence

from askdocs.answer import kept, retrieve
from askdocs.db import audit, messages
from askdocs.db import visitors as stored
from askdocs.db.database import Session
from askdocs.db.messages import ChatSessionLog
from askdocs.db.visitors import Conversation
from askdocs.errors import InputError, NotFound
from askdocs.runtime import Runtime
from askdocs.streams.registry import owner_by_hash
from askdocs.types import Actor, Site


async def find(
    rt: Runtime, site: Site, *, user: str = "", session: str = "", answer: str = ""
) -> list[Conversation]:
    """The conversations of a signed user, named as the host application names them; or the one with this id,
    or in which this answer was given.

    Raises `InputError` unless exactly one is given, and `NotFound`.
    """
    if sum(map(bool, (user, session, answer))) != 1:
        raise InputError(
            "A visitor is named in one way: by user, by session or by answer.",
            fix="Give the user's `sub`, the id of a conversation or the `messageId` of one of its answers.",
        )
    if "\0" in session + answer:
        found = []
    elif user:
        found = await rt.db.run(stored.of_user, site.id, user=rt.user_tokens.digest(site.id, user))
    elif session:
        found = await rt.db.run(stored.by_id, site.id, session_id=session)
    else:
        found = await rt.db.run(stored.by_answer, site.id, message_id=answer)
    if not found:
        raise NotFound(
            "Nothing of this visitor is stored on this site; it may have been deleted, or expired.",
            fix="Nothing is left to do, unless the name is wrong.",
        )
    return found


async def export(
    rt: Runtime, site: Site, found: Sequence[Conversation], *, actor: Actor
) -> list[ChatSessionLog]:
    """All that is stored of the conversations."""
    ids = [one.id for one in found]

    def read(db: Session, site_id: str) -> list[ChatSessionLog]:
        _record(db, site_id, rt, actor, "visitor.export", ids)
        logs = (messages.conversation_by_id(db, site_id, session_id=one) for one in ids)
        return [log for log in logs if log is not None]

    return await rt.db.run(read, site.id)


async def erase(rt: Runtime, site: Site, found: Sequence[Conversation], *, actor: Actor | None = None) -> int:
    """Returns how many there were still. Readers who erase what is theirs, without `actor`, are in no log.

    Copies in other processes' memory go by themselves, an answer within `answers.cache_ttl` seconds and a
    stream within a minute. Nobody gets them by a token of the conversation any more.
    """
    ids = [one.id for one in found]

    def erased(db: Session, site_id: str) -> int:
        if actor is not None:
            _record(db, site_id, rt, actor, "visitor.delete", ids)
        return stored.erase(db, site_id, session_ids=ids)

    count = await rt.db.run(erased, site.id)
    for one in found:
        await rt.streams.erase(owner_by_hash(site.id, one.token_hash, one.user))
    await _forget_answers(rt, site, found)
    return count


def _record(db: Session, site_id: str, rt: Runtime, actor: Actor, action: str, ids: Sequence[str]) -> None:
    """Without the user's name, which is not to outlive what the user asked."""
    subject = ids[0] if len(ids) == 1 else "visitor"
    audit.record(
        db,
        site_id,
        actor=actor,
        action=action,
        subject=subject,
        now=rt.now(),
        detail={"conversations": len(ids)},
    )


async def _forget_answers(rt: Runtime, site: Site, found: Sequence[Conversation]) -> None:
    """What the model said to the questions. For whoever asks the same it is composed anew."""
    revision = await rt.live.get(site.id)
    if revision is None:
        return
    keys = {
        kept.key(rt, site, ask, retrieve.scope(revision, version=ask.version, locale=ask.locale))
        for one in found
        for ask in one.asked
    }
    for key in keys:
        await rt.cache.delete(key)
