"""Messages as they are given out to who may read them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from askdocs.types import AnswerMode


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
