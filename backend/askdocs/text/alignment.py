"""Ties a claim to the span of a passage that supports it, by their words and details.

Of the spans that agree with the claim in numbers, options and negations, it is the one that shares most of
what tells the passage's spans apart. Where words decide nothing, meaning may: see `Alignment.is_open`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from askdocs.text import details, languages, masking, sentences, spans
from askdocs.text.details import Details, Terms
from askdocs.text.spans import Span
from askdocs.types import Chunk

SURE = 0.35
"""Share of a claim's terms, by weight, that a span must hold to support it. Of 34 claims in other words about
Vite and Prometheus 23 get the right sentence, and of 30 that their passages do not make 11 keep their mark;
22 and 11 at 0.4, 25 and 11 at 0.3. Of 48 marks of seven answers written by hand 47 are decided rightly; 46 at
both others."""

LEAST = 0.3
"""Likewise where there is nothing but words to go by, and a lower share is all there is."""

LEAD_WEIGHT = 0.5
"""How much a term counts that stands in a span's surroundings only: a heading, a table's head."""

RIVALS = 8
"""Spans that are looked at, best first, for one that agrees in every detail."""

MOST_CANDIDATES = 12
"""Spans whose meaning may be asked for: some 60 ms of the local model."""

_SYNTAX = re.compile(
    r"!?\[((?:\\.|[^\[\]])*)\]\([^()\s]*(?:\s[^()]*)?\)"  # a link is its label
    r"|\\([!-/:-@\[-`{-~])"  # an escape is what it escapes
    r"|\*\*|__|~~|[*`|]|(?<!\w)_(?=\w)|(?<=\w)_(?!\w)"
)
_MARKER = re.compile(r"^\s*(?:>\s?)*(?:(?:[-*+]|\d{1,3}[.)]|#{1,6})\s+)?(?:\[[ xX]\]\s+)?")
_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a mark stands for. `text` is the sentence that is cited, `terms` and `details` are its own.
    `letters` are what may have been taken word for word: all that was said, that sentence, a line of code."""

    text: str
    letters: tuple[str, ...]
    terms: frozenset[str]
    details: Details

    @property
    def is_cut(self) -> bool:
        return self.text.endswith("…")


@dataclass(frozen=True, slots=True)
class Alignment:
    """`span` supports the claim, as far as words can tell; None when none does. `is_open` says that it, or
    another of the passage, may support the claim in other words; `is_believed` that words cannot tell
    anything, because the claim has none or the passage is in another language."""

    span: Span | None
    is_open: bool = False
    is_believed: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """A span as it is compared: `lead` are terms of its surroundings that it does not have itself."""

    span: Span
    letters: str
    terms: frozenset[str]
    lead: frozenset[str]
    weight: float


class Passage:
    """A chunk that is cited, read once for all claims."""

    def __init__(self, chunk: Chunk, terms: Terms) -> None:
        self.chunk, self._terms = chunk, terms
        quotable = [(span, frozenset(terms(span.text))) for span in spans.of(chunk.blocks)]
        total = len(quotable) + 1
        held = Counter(term for _, of_span in quotable for term in of_span)
        self._weights = {term: math.log(1 + total / count) for term, count in held.items()}
        self._weight_of_others = math.log(1 + 2 * total)
        breadcrumb = frozenset(terms(chunk.breadcrumb))
        leads = {lead: breadcrumb.union(terms(lead)) for lead in {span.lead for span, _ in quotable}}
        self._known = [
            _Known(span, letters(span.text), own, leads[span.lead] - own, self._weigh(own))
            for span, own in quotable
        ]

    def align(self, claim: Claim, *, parts: int = 1) -> Alignment:
        """`parts` is how many passages are cited for the claim: each supports its part of it."""
        if exact := self._find_exact(claim):
            return Alignment(exact)
        if not claim.terms or not self._is_comparable(claim):
            whole = f"{self.chunk.breadcrumb}\n{self.chunk.text}"
            is_right = not details.missing(claim.details, details.of(whole))
            return Alignment(None, is_open=is_right, is_believed=is_right)
        weak: Span | None = None
        near = self._ranked(claim)[:RIVALS]
        for known in near:
            share, shared = self._share(claim, known), len(known.terms & claim.terms)
            if shared and share >= LEAST / parts and self._agrees(claim, known, near, parts):
                if share >= SURE / parts and shared >= min(2, len(claim.terms)):
                    return Alignment(known.span)
                weak = weak or known.span
        return Alignment(weak, is_open=True)

    def candidates(self, claim: Claim, *, parts: int = 1) -> tuple[Span, ...]:
        """What may support an open claim, best first by its words."""
        if not self._is_comparable(claim):
            return tuple(known.span for known in self._known)
        ranked = self._ranked(claim)
        agreeing = (known for known in ranked if self._agrees(claim, known, ranked[:RIVALS], parts))
        return tuple(known.span for known in islice(agreeing, MOST_CANDIDATES))

    def _ranked(self, claim: Claim) -> list[_Known]:
        return sorted(self._known, key=lambda known: -self._score(claim, known))

    def _find_exact(self, claim: Claim) -> Span | None:
        """What the claim says word for word, as quotes do, which may be cut; of code what can be found."""
        exact = [
            known.span
            for said in claim.letters
            for known in self._known
            if (said == known.letters or (claim.is_cut and known.letters.startswith(said)))
            and not details.missing(claim.details, self._given(known))
        ]
        return next((span for span in exact if span.can_be_found), exact[0] if exact else None)

    def _given(self, known: _Known) -> Details:
        return details.of(f"{self.chunk.breadcrumb}\n{known.span.lead}\n{known.span.text}")

    def _is_comparable(self, claim: Claim) -> bool:
        """Whether both are in the same language, as far as that shows."""
        languages_of = {_language(claim.text), _language(self.chunk.text)} - {""}
        return len(languages_of) < 2 and _is_ascii(claim.text) == _is_ascii(self.chunk.text)

    def _weigh(self, terms: frozenset[str]) -> float:
        return sum(self._weights.get(term, self._weight_of_others) for term in terms)

    def _share(self, claim: Claim, known: _Known) -> float:
        held = self._weigh(claim.terms & known.terms) + LEAD_WEIGHT * self._weigh(claim.terms & known.lead)
        return held / self._weigh(claim.terms)

    def _score(self, claim: Claim, known: _Known) -> float:
        """What they share, by the root of the span's weight, so that length alone does not win."""
        return self._share(claim, known) / math.sqrt(known.weight + 4 * self._weight_of_others)

    def _agrees(self, claim: Claim, known: _Known, near: Sequence[_Known], parts: int) -> bool:
        """Whether no detail of the claim is another in the span. What it does not say at all may be in one of
        the spans near the claim, or in another passage that is cited for it."""
        if details.contradict(claim.text, known.span.text, self._terms):
            return False
        if not details.missing(claim.details, self._given(known)):
            return True
        own = details.of(known.span.text)
        rivals = (own.numbers - claim.details.numbers) | (own.options - claim.details.options)
        added = parts > 1 or any(
            not details.missing(claim.details, self._given(other))
            for other in near
            if other.terms & claim.terms
        )
        return added and not rivals


def claim(said: str, terms: Terms) -> Claim:
    """What Markdown says before a mark, as readers see it; of several sentences the last is cited.

    What stands in the place of something that the reader wrote is in no passage.
    """
    plain = _plain(masking.MARK.sub("", said))
    last = (part for part in reversed(sentences.split(plain)) if len(frozenset(terms(part))) > 1)
    text = next(last, plain)
    return _claim(text, (plain, text), terms)


def code_claim(code: str, terms: Terms) -> Claim:
    """What a block of code says before a mark: its first line that the passage has, too, is cited."""
    return _claim(code, code.split("\n"), terms)


def _claim(text: str, quotes: Iterable[str], terms: Terms) -> Claim:
    taken = tuple(filter(None, map(letters, quotes)))
    return Claim(text, taken, frozenset(terms(text)), details.of(text))


def letters(text: str) -> str:
    """A text without case, spacing and punctuation: what is equal in it says the same."""
    return _LETTERS.sub("", text).casefold()


_language = lru_cache(maxsize=256)(languages.guess)


def _is_ascii(text: str) -> bool:
    """Whether it is mostly: scripts that do not agree in this cannot be compared by words."""
    written = [character for character in text if character.isalpha()]
    return sum(character.isascii() for character in written) * 2 >= len(written)


def _plain(said: str) -> str:
    return _SYNTAX.sub(_shown, _MARKER.sub("", said, count=1)).strip()


def _shown(syntax: re.Match[str]) -> str:
    return syntax[1] or syntax[2] or (" " if syntax[0] == "|" else "")
