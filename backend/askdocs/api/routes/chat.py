"""The question: a body of the AI SDK's transport or of our own, cleaned, then answered as a stream."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from askdocs.answer import chat
from askdocs.api import problems, stream
from askdocs.api.deps import JsonOnly, RuntimeDep, SiteDep
from askdocs.api.fields import brief, clean, is_invisible, last
from askdocs.db import sessions
from askdocs.errors import QuestionError, SessionNotFound
from askdocs.types import Ask

router = APIRouter(prefix="/api/v1/sites/{site_key}", tags=["chat"], responses=problems.DOCUMENTED)

_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,128}")

_MESSAGES_READ, _PARTS_READ = 16, 100
"""From the end of a transcript. The question is its last message or, for another try, the one before; a
question has one part of text, and one for each file."""


class Page(BaseModel):
    """The page that the question was asked on."""

    url: Annotated[str, brief(2000)] = ""
    title: Annotated[str, brief(300)] = ""


class Message(BaseModel):
    """A message of the AI SDK. Only the text parts of the last one by the user count."""

    model_config = ConfigDict(extra="allow")

    role: str = ""
    parts: Annotated[list[Any], last(_PARTS_READ)] = []

    @property
    def text(self) -> str:
        parts = (part for part in self.parts if isinstance(part, dict))
        texts = (part.get("text") for part in parts if part.get("type") == "text")
        return "\n".join(text for text in texts if isinstance(text, str))


class Question(BaseModel):
    """Either `question`, or `messages` as the AI SDK sends them. History is read from our own log only."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {"question": "How do I install it?", "page": {"url": "/docs/intro", "title": "Introduction"}},
                {
                    "id": "mDkW3vT8qYxN2bRf",
                    "trigger": "submit-message",
                    "messages": [
                        {
                            "id": "1",
                            "role": "user",
                            "parts": [{"type": "text", "text": "How do I install it?"}],
                        }
                    ],
                },
            ]
        },
    )

    question: str | None = Field(default=None, description="What the reader asks.")
    messages: Annotated[list[Message], last(_MESSAGES_READ)] | None = Field(
        default=None, description="The AI SDK's messages, of which the last few are read."
    )
    session: str | None = Field(
        default=None, description="The token of a chat session of this site, to go on with it."
    )
    id: str | None = Field(default=None, description="The AI SDK's chat id; serves as the session's token.")
    page: Page | None = None
    version: Annotated[str, brief(100)] = Field(
        default="", description="Version of the docs, if they have any."
    )
    locale: Annotated[str, brief(35)] = Field(default="", description="Locale of the docs, if they have any.")

    @property
    def asked(self) -> str:
        if self.question is not None:
            return self.question
        from_users = (message for message in reversed(self.messages or []) if message.role == "user")
        last = next(from_users, None)
        return last.text if last else ""

    @property
    def token(self) -> str | None:
        """The session's token, None where one must be made: an `id` that can be guessed is no secret."""
        return self.session or (self.id if self.id and _TOKEN.fullmatch(self.id) else None)


def to_ask(body: Question, *, max_chars: int) -> Ask:
    """Raises `QuestionError` when there is nothing to read or too much."""
    given = body.asked
    # Before it is cleaned: to order accents takes quadratic time, 7 s for 120,000 of them.
    if len(given) > max_chars:
        raise QuestionError(
            f"The question has {len(given)} characters; {max_chars} are the most.", fix="Ask more briefly."
        )
    question = clean(given)
    if all(is_invisible(char) for char in question):
        raise QuestionError("The question is empty.", fix="Type a question.")
    page = body.page or Page()
    return Ask(
        question,
        session=body.token,
        page_url=page.url,
        page_title=page.title,
        version=body.version,
        locale=body.locale,
    )


@router.post(
    "/chat",
    summary="Ask a question",
    dependencies=[JsonOnly],
    status_code=200,
    response_class=stream.EventStream,
    response_description="An AI SDK UI message stream, v1, with `data-session` and `data-answer` parts.",
)
async def ask(site: SiteDep, body: Question, rt: RuntimeDep) -> Response:
    """The answer is streamed, with its sources first and its citations last."""
    asked = to_ask(body, max_chars=rt.settings.answers.max_question_chars)
    if body.session and not await rt.db.run(sessions.exists, site.id, token=body.session):
        raise SessionNotFound(
            "There is no such chat session on this site; it may have been deleted.",
            fix="Ask without `session` to begin a new one.",
        )
    events = chat.answer(rt, site, asked)
    # What fails before the first event is still a problem with a status of its own.
    first = await anext(events)
    return stream.EventStream(first, events, active=rt.metrics.active_sessions)
