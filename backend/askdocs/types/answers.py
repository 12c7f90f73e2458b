"""What is asked and answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from askdocs.types.index import Hit


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What a reader marked on a page, to ask about it. `language` is that of code, as a fence names it; ""
    for text."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a chat session, from our own log."""

    question: str
    answer: str
    cited: tuple[str, ...] = ()
    """The URLs that the answer cites."""
    excerpt: Excerpt | None = None
    """What the question was about."""


@dataclass(frozen=True, slots=True)
class Prompt:
    system: str
    turns: tuple[Turn, ...]
    question: str
    """The user's message as the model gets it: passages and question."""


@dataclass(frozen=True, slots=True)
class ModelText:
    text: str


@dataclass(frozen=True, slots=True)
class ModelStop:
    """The last event of a model's stream."""

    reason: Literal["stop", "length", "safety"]
    prompt_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Citation:
    """A mark `[index]` in an answer, tied to a span of a retrieved chunk.

    `url` leads to the heading; `quote` is a span of the chunk's text, "" when no single sentence carries the
    claim. `occurrence` counts the marks of the text from 0. `fragment` is the text directive that leads to
    the quote (`text=…`, percent-encoded, to follow `:~:`), "" if there is none.
    """

    index: int
    url: str
    title: str
    heading: str
    quote: str
    occurrence: int = 0
    fragment: str = ""


AnswerStatus = Literal["answered", "unanswered", "failed", "aborted"]
AnswerMode = Literal["model", "extractive", "pinned", "greeting", "none"]
Limit = Literal["", "budget", "repeated"]
"""Why a model was not asked: nothing is left of a budget, or the same was asked too often."""
Support = Literal["supported", "partly", "unsupported", "not_found"]
"""How much of what an answer claims rests on passages: all, some or none of it; or nothing was answered."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A reader's question with what is known of the page it was asked on.

    `session` is a token that `SessionTokens` made for the site; None begins a chat session. `replaces` is the
    id of the answer of its last exchange, which this question takes the place of; "" for none. `user` is the
    digest of a signed user of the host application, to whom a session that begins then belongs.
    """

    question: str
    session: str | None = None
    page_url: str = ""
    page_title: str = ""
    version: str = ""
    locale: str = ""
    excerpt: Excerpt | None = None
    replaces: str = ""
    user: bytes | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """First event of an answer. `session` is the capability that names the chat session."""

    message_id: str
    session: str


@dataclass(frozen=True, slots=True)
class SourcesFound:
    """The passages the answer may cite: source n is `hits[n - 1]`."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class AnswerText:
    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """Last event of an answer that was delivered, and stored."""

    message_id: str
    session: str
    status: AnswerStatus
    mode: AnswerMode
    confidence: float
    """0 to 1: how sure retrieval is that the passages answer the question."""
    citations: tuple[Citation, ...]
    """One for each mark, in the order of the text."""
    release: Mapping[str, Any]
    support: Support = "not_found"
    version: str = ""
    """Of the docs that the answer speaks for, "" where there is one only; likewise `language`."""
    language: str = ""
    reviewed_on: str = ""
    """The day, as 2026-01-31, on which people reviewed a pinned answer, "" for any other."""
    limited: Limit = ""


@dataclass(frozen=True, slots=True)
class AnswerFailed:
    """Last event of an answer that broke; `message` is fit for readers, `cause` for operators only."""

    message_id: str
    message: str
    cause: str = ""


AnswerEvent = Started | SourcesFound | AnswerText | Answered | AnswerFailed
