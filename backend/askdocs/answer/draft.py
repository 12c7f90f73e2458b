"""An answer while it comes about."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from askdocs.answer.retrieve import Retrieval
from askdocs.types import (
    AnswerMode,
    AnswerStatus,
    Ask,
    Citation,
    Hit,
    Limit,
    ModelStop,
    Revision,
    Scope,
    Support,
)


@dataclass(slots=True)
class Draft:
    """An answer while it comes about. What is known of it when it ends, however it ends, is logged."""

    started: float = field(default_factory=time.perf_counter)
    retrieval: Retrieval = field(default_factory=lambda: Retrieval((), 0.0, None))
    hits: Sequence[Hit] = ()
    text: list[str] = field(default_factory=list)
    citations: tuple[Citation, ...] = ()
    status: AnswerStatus = "aborted"
    mode: AnswerMode = "none"
    model: str = ""
    stop: ModelStop | None = None
    is_declined: bool = False
    """By the model, which was asked."""
    timings: dict[str, int] = field(default_factory=dict)
    support: Support = "not_found"
    version: str = ""
    language: str = ""
    reviewed_on: str = ""
    limited: Limit = ""
    is_free: bool = False
    """Whether the model was asked, but not begun."""
    error: str = ""

    def lap(self, name: str) -> None:
        """Note the milliseconds since the question came, unless they are noted."""
        self.timings.setdefault(name, round((time.perf_counter() - self.started) * 1000))

    def speak_for(self, revision: Revision, scope: Scope) -> None:
        """Note the version and the language of the docs that the answer is from, where there are several."""
        self.version = (scope.version or "") if len(revision.versions) > 1 else ""
        self.language = (scope.locale or "") if len(revision.locales) > 1 else ""

    def language_of(self, ask: Ask) -> str:
        """The docs' locale that is shown, else what the browser says, else that of the best passage."""
        scope, hits = self.retrieval.scope, self.retrieval.hits
        return (scope and scope.locale) or ask.locale or (hits[0].chunk.language if hits else "")

    def adopt(self, other: Draft, *, whole: bool) -> None:
        """Take over what is known of the same answer to another reader, but for the words and citations that
        this one got; its cost and its timings only if it is `whole`."""
        self.retrieval, self.hits = other.retrieval, other.hits
        self.status, self.mode, self.model = other.status, other.mode, other.model
        self.is_declined, self.limited = other.is_declined, other.limited
        self.support, self.version, self.language = other.support, other.version, other.language
        if whole:
            self.stop = other.stop
            self.timings = other.timings | self.timings
