"""The question: a body of the AI SDK's transport or of our own, cleaned, then answered as a stream."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from askdocs.answer import chat
from askdocs.api import parts, problems, stream
from askdocs.api.deps import JsonOnly, NetworkDep, RuntimeDep, SiteDep, Token, UserDep
from askdocs.api.fields import brief, clean, is_invisible, last
from askdocs.db import sessions
from askdocs.errors import ExcerptError, QuestionError, SessionNotFound
from askdocs.guard import quotas
from askdocs.runtime import Runtime
from askdocs.streams.held import RESTARTING
from askdocs.streams.registry import owner_of
from askdocs.streams.slots import Slot
from askdocs.types import Ask, Site, Started
from askdocs.types import Excerpt as Marked

router = APIRouter(prefix="/api/v1/sites/{site_key}", tags=["chat"], responses=problems.DOCUMENTED)

_MESSAGES_READ, _PARTS_READ = 16, 100
"""From the end of a transcript. The question is its last message or, for another try, the one before, and the
answer before it names the session; a question has one part of text, and one for each file."""


_LONGEST_NAME = 200
"""Characters of a chat's name. The SDK makes up names of 16."""


_LANGUAGE = re.compile(r"[\w.+#-]*")

ChatName = Annotated[
    str,
    Path(description="The `messageId` of the answer, or the `id` that the question was sent with."),
]


def _language(name: str) -> str:
    """The name if it can be one: what else a page says of its code is not worth a refusal."""
    return name if _LANGUAGE.fullmatch(name) else ""


class Page(BaseModel):
    """The page that the question was asked on."""

    url: Annotated[str, brief(2000)] = ""
    title: Annotated[str, brief(300)] = ""


class Excerpt(BaseModel):
    """What the reader marked on the page, and asks about."""

    text: Annotated[
        str, Field(description="As it was marked, without marks of quotation. Blank text counts as none.")
    ]
    language: Annotated[str, brief(40), AfterValidator(_language)] = Field(
        default="", description="Of code, as a fence names it; empty for text."
    )


class Message(BaseModel):
    """A message of the AI SDK. Of the user's the last one's text counts, of an answer's the session."""

    model_config = ConfigDict(extra="allow")

    role: str = ""
    parts: Annotated[list[Any], last(_PARTS_READ)] = []
    metadata: Any = None

    @property
    def text(self) -> str:
        parts = (part for part in self.parts if isinstance(part, dict))
        texts = (part.get("text") for part in parts if part.get("type") == "text")
        return "\n".join(text for text in texts if isinstance(text, str))

    @property
    def session(self) -> str | None:
        """What our answer's `start` put into the message, unless the client has changed it."""
        token = self.metadata.get("session") if isinstance(self.metadata, dict) else None
        return token if isinstance(token, str) else None


class Question(BaseModel):
    """Either `question`, or `messages` as the AI SDK sends them. History is read from our own log only.

    The SDK's chat `id` names nothing but the stream, for whoever holds the session's token: an application
    may give all its readers the same.
    """

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "anyOf": [
                {"required": ["question"], "properties": {"question": {"type": "string", "minLength": 1}}},
                {"required": ["messages"], "properties": {"messages": {"type": "array", "minItems": 1}}},
            ],
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
                        },
                        {
                            "id": "2",
                            "role": "assistant",
                            "parts": [{"type": "text", "text": "Run the installer [1]."}],
                            "metadata": {"session": "what start named"},
                        },
                        {
                            "id": "3",
                            "role": "user",
                            "parts": [{"type": "text", "text": "And on Windows?"}],
                        },
                    ],
                },
            ],
        },
    )

    question: str | None = Field(default=None, description="What the reader asks.")
    messages: Annotated[list[Message], last(_MESSAGES_READ)] | None = Field(
        default=None, description="The AI SDK's messages, of which the last few are read."
    )
    session: str | None = Field(
        default=None, description="The token of a chat session of this site, to go on with it."
    )
    id: Any = Field(default=None, description="The AI SDK's name of the chat, by which an answer is resumed.")
    resumable: bool = Field(
        default=False,
        description="Whether the answer goes on for a while when the connection breaks. Who asks for it ends "
        "an answer by `DELETE …/chat/{id}/stream`.",
    )
    page: Page | None = None
    excerpt: Excerpt | None = Field(
        default=None, description="What the reader marked on the page, if the question is about that."
    )
    replaces: str = Field(
        default="",
        description="The `messageId` of the session's last answer, to ask this in the place of its question: "
        "the session forgets that exchange.",
    )
    version: Annotated[str, brief(100)] = Field(
        default="", description="Version of the docs, if they have any."
    )
    locale: Annotated[str, brief(35)] = Field(default="", description="Locale of the docs, if they have any.")

    @property
    def chat(self) -> str:
        """The chat's name if it can stand in an address, else ""."""
        return self.id if isinstance(self.id, str) and len(self.id) <= _LONGEST_NAME else ""

    @property
    def asked(self) -> str:
        if self.question is not None:
            return self.question
        from_users = (message for message in reversed(self.messages or []) if message.role == "user")
        last = next(from_users, None)
        return last.text if last else ""

    @property
    def transcript_session(self) -> str | None:
        """The token that the last answer in `messages` carries, if one does."""
        answers = (message for message in reversed(self.messages or []) if message.role == "assistant")
        return next((answer.session for answer in answers if answer.session is not None), None)


def to_ask(body: Question, *, max_chars: int, max_excerpt_chars: int) -> Ask:
    """Raises `QuestionError` when there is nothing to read or too much, `ExcerptError` when it is about too
    much."""
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
        page_url=page.url,
        page_title=page.title,
        version=body.version,
        locale=body.locale,
        excerpt=_marked(body.excerpt, max_chars=max_excerpt_chars),
        replaces=body.replaces,
    )


def _marked(excerpt: Excerpt | None, *, max_chars: int) -> Marked | None:
    if excerpt is None:
        return None
    if len(excerpt.text) > max_chars:
        raise ExcerptError(
            f"The excerpt has {len(excerpt.text)} characters; {max_chars} are the most.",
            fix="Send the part that the question is about.",
        )
    text = clean(excerpt.text)
    return None if all(map(is_invisible, text)) else Marked(text, excerpt.language)


_REFUSED = {
    **problems.DOCUMENTED[422],
    "description": "The question is empty, of invisible characters only, or too long; the excerpt is too "
    "long; or a field is of the wrong type.",
}


@router.post(
    "/chat",
    summary="Ask a question",
    dependencies=[JsonOnly],
    response_class=Response,
    responses={200: parts.STREAM, 422: _REFUSED, **problems.documented(409)},
)
async def ask(site: SiteDep, body: Question, user: UserDep, network: NetworkDep, rt: RuntimeDep) -> Response:
    """The answer is streamed, with its sources first and its citations last."""
    bounds = rt.settings.answers
    asked = to_ask(body, max_chars=bounds.max_question_chars, max_excerpt_chars=bounds.max_excerpt_chars)
    session = await find_session(rt, site, body, user)
    if session is not None:
        await rt.limiter.check(quotas.of_conversation(rt, site, session))
    slot = rt.slots.take(client=network, session=session)
    try:
        return await _begin(rt, site, body, replace(asked, session=session, user=user), slot)
    except BaseException:
        slot.leave()
        raise


async def _begin(rt: Runtime, site: Site, body: Question, asked: Ask, slot: Slot) -> Response:
    events = chat.answer(rt, site, asked)
    # What fails before the first event is still a problem with a status of its own.
    first = await anext(events)
    chunks = stream.encoded(first, events)
    opening = await anext(chunks)  # so that it has begun, and closing it closes the answer
    active = rt.metrics.active_sessions
    may_hold = body.resumable and rt.streams.are_held and rt.keeps(site)
    if not (may_hold and isinstance(first, Started)):
        return stream.EventStream(chunks, opening=opening, active=active, ended=slot.leave)
    owner = owner_of(site.id, first.session, asked.user)
    held = rt.streams.hold(owner, first.message_id, chunks, opening=opening, chat=body.chat)
    slot.share()
    held.task.add_done_callback(lambda _: slot.leave())
    return stream.EventStream(
        held.follow(), active=active, stopped=partial(held.stop, RESTARTING), ended=slot.leave
    )


@router.get(
    "/chat/{chat}/stream",
    summary="Resume an answer",
    response_class=Response,
    responses={200: parts.STREAM, 204: {"description": "There is nothing to resume."}},
)
async def resume(
    site: SiteDep, chat: ChatName, token: Token, user: UserDep, network: NetworkDep, rt: RuntimeDep
) -> Response:
    """The answer from its beginning, and on as it is given.

    An answer that has ended can be had by its own id for a minute. Whoever has no session sends it empty.
    """
    # Looked up, so that nothing of a deleted conversation can be had, wherever a copy may be left for now.
    known = await _is_session(rt, site, token, user)
    chunks = await rt.streams.find(owner_of(site.id, token, user), chat) if known else None
    if chunks is None:
        return Response(status_code=204, headers={"cache-control": "no-store"})
    # Of no session: who has lost a connection may come back before that is noticed.
    slot = rt.slots.take(client=network)
    return stream.EventStream(chunks, active=rt.metrics.active_sessions, ended=slot.leave)


@router.delete("/chat/{chat}/stream", status_code=204, summary="Stop an answer")
async def stop(site: SiteDep, chat: ChatName, token: Token, user: UserDep, rt: RuntimeDep) -> None:
    """The model is stopped, and what it said so far is in the log. Nothing happens if nothing is active."""
    if rt.session_tokens.recognizes(token, site.id):
        await rt.streams.stop(owner_of(site.id, token, user), chat)


async def find_session(rt: Runtime, site: Site, body: Question, user: bytes | None) -> str | None:
    """The token of the session that the question goes on with; None begins one.

    Who names a session means it, and is told when there is none: raises `SessionNotFound`. A transcript only
    comes along, so what it carries of another site, an earlier key, a deleted conversation, another user or
    somebody's invention is passed over.
    """
    token = body.session or body.transcript_session
    known = token is not None and await _is_session(rt, site, token, user)
    if body.session and not known:
        raise SessionNotFound(
            "There is no such chat session on this site; it may have been deleted.",
            fix="Ask without `session` to begin a new one.",
        )
    return token if known else None


async def _is_session(rt: Runtime, site: Site, token: str, user: bytes | None) -> bool:
    """Where nothing is kept, whatever was made here: it names the reader's bounds, and no conversation."""
    if not rt.session_tokens.recognizes(token, site.id):
        return False
    return not rt.keeps(site) or await rt.db.run(sessions.exists, site.id, token=token, user=user)
