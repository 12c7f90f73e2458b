"""Puts marks such as `[email 1]` in the place of what tells of a person or opens something.

One and the same address has one mark throughout a conversation, so that answers still make sense. What it was
is not kept: only a digest, keyed with the conversation's token, which nobody but its reader holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from askdocs.text import credentials, personal

KINDS = ("email", "phone", "card", "iban", "ip", "secret", "private")
"""`private` is what a site's own patterns find."""

MARK = re.compile(rf"\[(?:{'|'.join(KINDS)})(?: \d{{1,3}})?\]")

MOST = 99
"""Different values of a kind that a conversation tells apart. Further ones have a mark without a number."""

Patterns = Callable[[str], Iterable[tuple[int, int]]]
"""Where a site's own patterns match."""


@dataclass(frozen=True, slots=True)
class Span:
    """What `text[start:end]` is, one of `KINDS`."""

    start: int
    end: int
    kind: str


@dataclass(slots=True)
class Numbers:
    """The numbers of a conversation's marks. `known` holds the digests of each kind, in the order in which
    they came; `digest` makes one of a kind and a value."""

    digest: Callable[[str, str], str]
    known: dict[str, list[str]] = field(default_factory=dict)

    def mark(self, kind: str, value: str) -> str:
        digests = self.known.setdefault(kind, [])
        digest = self.digest(kind, _normalized(kind, value))
        if digest not in digests:
            if len(digests) >= MOST:
                return f"[{kind}]"
            digests.append(digest)
        return f"[{kind} {digests.index(digest) + 1}]"


def find(text: str, patterns: Patterns | None = None) -> Sequence[Span]:
    """What is to be masked, in order, without overlaps. A site's own patterns come before secrets, and these
    before all others; of those that meet the first counts, and of these the longest."""
    own = [Span(start, end, "private") for start, end in patterns(text)] if patterns else []
    groups = (
        own,
        [Span(*one) for one in credentials.find(text)],
        [Span(*one) for one in personal.find(text)],
    )
    ordered = [span for group in groups for span in sorted(group, key=lambda span: (span.start, -span.end))]
    return sorted(_apart(ordered, len(text)), key=lambda span: span.start) if ordered else ()


def replace(text: str, spans: Iterable[Span], mark: Callable[[str, str], str]) -> str:
    """The text with the marks of its spans, each of which `mark` makes of kind and value."""
    pieces, end = [], 0
    for span in spans:
        pieces += [text[end : span.start], mark(span.kind, text[span.start : span.end])]
        end = span.end
    return "".join((*pieces, text[end:]))


def mask(text: str, patterns: Patterns | None = None) -> str:
    """The text with marks that have no numbers, where it belongs to no conversation."""
    return replace(text, find(text, patterns), lambda kind, _: f"[{kind}]")


def _normalized(kind: str, value: str) -> str:
    """How a value is written is not what it is, but for secrets."""
    if kind in ("phone", "card", "iban"):
        return re.sub(r"[\W_]", "", value).upper()
    return value.lower() if kind in ("email", "ip") else value


def _apart(spans: Iterable[Span], length: int) -> Iterator[Span]:
    """Those that meet none before them. A site's own pattern may match each character of a long text."""
    taken = bytearray(length)
    for span in spans:
        if span.start < span.end and taken.find(1, span.start, span.end) < 0:
            taken[span.start : span.end] = b"\1" * (span.end - span.start)
            yield span
