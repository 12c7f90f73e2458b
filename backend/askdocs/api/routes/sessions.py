"""Chat sessions and feedback. Whoever holds a session's token may read it and delete it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from askdocs.api import problems
from askdocs.api.deps import JsonOnly, RuntimeDep, SiteDep
from askdocs.api.fields import clean
from askdocs.db import feedback, messages, sessions
from askdocs.errors import AnswerNotFound, SessionNotFound

router = APIRouter(prefix="/api/v1/sites/{site_key}", tags=["chat"], responses=problems.DOCUMENTED)

Token = Annotated[str, Path(description="The session's token.", max_length=256)]


class CitationBody(BaseModel):
    index: int
    url: str
    title: str
    heading: str
    quote: str


class VoteBody(BaseModel):
    vote: Literal["up", "down"]
    reason: str | None
    comment: str
    created_at: datetime


class MessageBody(BaseModel):
    id: str
    role: Literal["user", "assistant"]
    text: str
    status: Literal["answered", "unanswered", "failed", "aborted", "streaming"] | None
    mode: Literal["model", "extractive", "none"] | None
    confidence: float | None
    citations: list[CitationBody]
    sources: list[dict[str, Any]]
    created_at: datetime
    feedback: VoteBody | None


class SessionBody(BaseModel):
    """A conversation, in the order in which it happened."""

    created_at: datetime
    active_at: datetime
    messages: list[MessageBody]


class Feedback(BaseModel):
    vote: Literal["up", "down"]
    reason: Annotated[
        Literal["incorrect", "not_what_i_asked", "outdated", "unclear", "other"] | None,
        BeforeValidator(lambda reason: reason or None),
    ] = None
    comment: Annotated[str, Field(max_length=2000), AfterValidator(clean)] = ""


@router.get("/sessions/{session}", summary="Read a conversation")
async def read(site: SiteDep, session: Token, rt: RuntimeDep, response: Response) -> SessionBody:
    """The session's messages, in order, with citations and feedback."""
    found = await rt.db.run(messages.conversation, site.id, token=session)
    if found is None:
        raise SessionNotFound("There is no such session; it may have been deleted.")
    response.headers["cache-control"] = "no-store"
    return SessionBody.model_validate(asdict(found))


@router.delete("/sessions/{session}", status_code=204, summary="Erase a conversation")
async def delete(site: SiteDep, session: Token, rt: RuntimeDep) -> None:
    """Its messages and their feedback go with it, for good."""
    if not await rt.db.run(sessions.delete, site.id, token=session):
        raise SessionNotFound("There is no such session; it may have been deleted.")


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
