"""Chat sessions and feedback. Whoever holds a session's token may read it and delete it; one that belongs to
a signed user that user alone, who may also list them and delete them all.

The tokens come in headers, since platforms and proxies log the addresses of requests.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from askdocs import patterns
from askdocs.answer import visitors
from askdocs.api import problems
from askdocs.api.conversations import MessageBody
from askdocs.api.deps import JsonOnly, RuntimeDep, SignedUserDep, SiteDep, Token, UserDep
from askdocs.api.fields import clean
from askdocs.db import feedback, messages, sessions
from askdocs.db import visitors as stored
from askdocs.db.messages import ChatSessionLog
from askdocs.errors import AnswerNotFound, NothingKept, SessionNotFound
from askdocs.runtime import Runtime
from askdocs.streams.registry import owner_of
from askdocs.text import masking
from askdocs.types import Site

router = APIRouter(prefix="/api/v1/sites/{site_key}", tags=["chat"], responses=problems.DOCUMENTED)


class SessionBody(BaseModel):
    """A conversation, in the order in which it happened."""

    created_at: datetime
    active_at: datetime
    messages: list[MessageBody]


class ListedSessionBody(BaseModel):
    """`questions` counts those that were not replaced."""

    id: str
    created_at: datetime
    active_at: datetime
    questions: int
    last_question: str


class SessionsBody(BaseModel):
    """A user's conversations, the one asked in last first."""

    sessions: list[ListedSessionBody]


class Feedback(BaseModel):
    vote: Literal["up", "down"]
    reason: Annotated[
        Literal["incorrect", "not_what_i_asked", "outdated", "unclear", "other"] | None,
        BeforeValidator(lambda reason: None if reason == "" else reason),
    ] = None
    comment: Annotated[str, Field(max_length=2000), AfterValidator(clean)] = ""


@router.get("/session", summary="Read a conversation")
async def read(site: SiteDep, token: Token, user: UserDep, rt: RuntimeDep, response: Response) -> SessionBody:
    """The session's messages, in order, with citations and feedback."""
    known = rt.session_tokens.recognizes(token, site.id)
    found = await rt.db.run(messages.conversation, site.id, token=token, user=user) if known else None
    if found is None:
        _refuse_if_nothing_is_kept(rt, site)
    return _conversation(found, response)


@router.delete("/session", status_code=204, summary="Erase a conversation")
async def delete(site: SiteDep, token: Token, user: UserDep, rt: RuntimeDep) -> None:
    """Its messages and their feedback go with it, for good, and so does an answer that is being given."""
    # Whatever it was signed with: readers can erase what they said before the secret key changed, too.
    found = await rt.db.run(stored.named, site.id, token=token, user=user)
    if not await visitors.erase(rt, site, found) and rt.keeps(site):
        raise SessionNotFound(
            "There is no such session on this site; it may have been deleted.",
            fix="Nothing is left to do if it was deleted before.",
        )
    await rt.streams.erase(owner_of(site.id, token, user))


@router.get("/sessions", summary="List a signed user's conversations")
async def history(
    site: SiteDep,
    user: SignedUserDep,
    rt: RuntimeDep,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=100, description="The most that are listed.")] = 20,
) -> SessionsBody:
    """The user's last conversations on this site, on whatever device, the one asked in last first."""
    found = await rt.db.run(sessions.listing, site.id, user=user, limit=limit)
    response.headers["cache-control"] = "no-store"
    return SessionsBody(sessions=[ListedSessionBody.model_validate(asdict(one)) for one in found])


@router.get("/sessions/{conversation}", summary="Read a conversation of a signed user")
async def read_of_user(
    site: SiteDep,
    conversation: Annotated[str, Path(max_length=64, description="Its `id` in the list.")],
    user: SignedUserDep,
    rt: RuntimeDep,
    response: Response,
) -> SessionBody:
    """As `GET …/session` gives it, without the token that names it."""
    readable = "\0" not in conversation
    found = (
        await rt.db.run(messages.conversation_of_user, site.id, user=user, session_id=conversation)
        if readable
        else None
    )
    return _conversation(found, response)


@router.delete("/sessions", status_code=204, summary="Erase all that a signed user asked")
async def delete_all(site: SiteDep, user: SignedUserDep, rt: RuntimeDep) -> None:
    """All of the user's conversations on this site go for good, with answers that are being given. Nothing
    happens if there are none."""
    await visitors.erase(rt, site, await rt.db.run(stored.of_user, site.id, user=user))


def _refuse_if_nothing_is_kept(rt: Runtime, site: Site) -> None:
    if not rt.keeps(site):
        raise NothingKept(
            "This site stores no conversations, so there is none to read or to rate.",
            fix="Nothing is to be done: what was asked is gone.",
        )


def _conversation(found: ChatSessionLog | None, response: Response) -> SessionBody:
    if found is None:
        raise SessionNotFound(
            "There is no such session on this site; it may have been deleted.",
            fix="Ask a question: its answer's `start` names a session.",
        )
    response.headers["cache-control"] = "no-store"
    return SessionBody.model_validate(asdict(found))


@router.post(
    "/messages/{message}/feedback", status_code=204, dependencies=[JsonOnly], summary="Rate an answer"
)
async def give_feedback(
    site: SiteDep, message: Annotated[str, Path(max_length=64)], body: Feedback, rt: RuntimeDep
) -> None:
    """Whether it helped, and if not, why. A second vote replaces the first."""
    given = "\0" not in message and await rt.db.run(
        feedback.give,
        site.id,
        message_id=message,
        vote=body.vote,
        reason=body.reason,
        comment=masking.mask(body.comment, patterns.finder(rt.options(site).masking_patterns)),
        now=rt.now(),
    )
    if not given:
        _refuse_if_nothing_is_kept(rt, site)
        raise AnswerNotFound("There is no such answer on this site.")
