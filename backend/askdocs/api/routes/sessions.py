"""Chat sessions and feedback. Whoever holds a session's token may read it and delete it.

The token comes in a header, since platforms and proxies log the addresses of requests.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from askdocs.api import problems
from askdocs.api.deps import JsonOnly, RuntimeDep, SiteDep, Token
from askdocs.api.fields import clean
from askdocs.db import feedback, messages, sessions
from askdocs.errors import AnswerNotFound, SessionNotFound
from askdocs.streams.registry import owner_of
from askdocs.types import AnswerMode

router = APIRouter(prefix="/api/v1/sites/{site_key}", tags=["chat"], responses=problems.DOCUMENTED)


class CitationBody(BaseModel):
    index: int
    url: str
    title: str
    heading: str
    quote: str
    occurrence: int
    fragment: str


class VoteBody(BaseModel):
    vote: Literal["up", "down"]
    reason: str | None
    comment: str
    created_at: datetime


class ExcerptBody(BaseModel):
    text: str
    language: str


class MessageBody(BaseModel):
    """`replaced_by` is the answer to the question that was asked in the place of this exchange."""

    id: str
    role: Literal["user", "assistant"]
    text: str
    status: Literal["answered", "unanswered", "failed", "aborted", "streaming"] | None
    mode: AnswerMode | None
    confidence: float | None
    citations: list[CitationBody]
    sources: list[dict[str, Any]]
    created_at: datetime
    feedback: VoteBody | None
    excerpt: ExcerptBody | None
    replaced_by: str | None


class SessionBody(BaseModel):
    """A conversation, in the order in which it happened."""

    created_at: datetime
    active_at: datetime
    messages: list[MessageBody]


class Feedback(BaseModel):
    vote: Literal["up", "down"]
    reason: Annotated[
        Literal["incorrect", "not_what_i_asked", "outdated", "unclear", "other"] | None,
        BeforeValidator(lambda reason: None if reason == "" else reason),
    ] = None
    comment: Annotated[str, Field(max_length=2000), AfterValidator(clean)] = ""


@router.get("/session", summary="Read a conversation")
async def read(site: SiteDep, token: Token, rt: RuntimeDep, response: Response) -> SessionBody:
    """The session's messages, in order, with citations and feedback."""
    known = rt.session_tokens.recognizes(token, site.id)
    found = await rt.db.run(messages.conversation, site.id, token=token) if known else None
    if found is None:
        raise SessionNotFound(
            "There is no such session on this site; it may have been deleted.",
            fix="Ask a question: its answer's `start` names a session.",
        )
    response.headers["cache-control"] = "no-store"
    return SessionBody.model_validate(asdict(found))


@router.delete("/session", status_code=204, summary="Erase a conversation")
async def delete(site: SiteDep, token: Token, rt: RuntimeDep) -> None:
    """Its messages and their feedback go with it, for good, and so does an answer that is being given."""
    # Whatever it was signed with: readers can erase what they said before the secret key changed, too.
    if not await rt.db.run(sessions.delete, site.id, token=token):
        raise SessionNotFound(
            "There is no such session on this site; it may have been deleted.",
            fix="Nothing is left to do if it was deleted before.",
        )
    await rt.streams.erase(owner_of(site.id, token))


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
        comment=body.comment,
        now=rt.now(),
    )
    if not given:
        raise AnswerNotFound("There is no such answer on this site.")
