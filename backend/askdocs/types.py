"""The vocabulary: the plain values that every layer speaks in.

Read this file first. A *source* yields pages, a page is cut into chunks, chunks become points of a
vector store, a question finds hits among them, an answer cites hits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]

OPEN = 2**31 - 1
"""`to_rev` of a chunk or document that no revision has closed yet."""


# what is read


BlockKind = Literal["prose", "item", "head", "row"]
InlineKind = Literal["code", "link", "image"]
PageKind = Literal["docs", "landing", "changelog", "blog", "contributing"]
"""What a page is for: `docs` is what readers ask for; the others come after it, unless asked for."""


@dataclass(frozen=True, slots=True)
class Inline:
    """What the characters from `start` to `end` of a line are: code, the text of a link to `url`, or what an
    image shows."""

    kind: InlineKind
    start: int
    end: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands on the page beside the `number`th quotable thing of a block, which would be found elsewhere
    on the page first. Where that does not tell the two places apart, `start` is the beginning of a line above
    that does; all three are "" if there is none."""

    number: int
    prefix: str = ""
    suffix: str = ""
    start: str = ""

    @property
    def tells(self) -> bool:
        return bool(self.prefix or self.suffix or self.start)


@dataclass(frozen=True, slots=True)
class Block:
    """A line of text or a piece of code, in reading order.

    Code has a `language`, "" if nobody named it. A line of text has none and is prose, the first line of a
    list's item with its indentation and marker, a table's head with the rule below it, or a table's row, the
    last two in Markdown. `glue` is the white space between it and the block before it in its section.
    `inlines` of a line of text are in reading order, those that hold others before these.
    """

    text: str
    language: str | None = None
    kind: BlockKind = "prose"
    glue: str = "\n\n"
    inlines: tuple[Inline, ...] = ()
    beside: tuple[Beside, ...] = ()

    @property
    def is_code(self) -> bool:
        return self.language is not None

    @property
    def continues(self) -> bool:
        """Whether it goes on with the line, or the code, of the block before it, from which it was cut."""
        return self.glue != "\n\n" if self.is_code else "\n" not in self.glue

    def within(self, start: int, end: int) -> tuple[Inline, ...]:
        """The inlines of a part of the text, counted from its beginning; those that it cuts are cut."""
        return tuple(
            Inline(one.kind, max(one.start, start) - start, min(one.end, end) - start, one.url)
            for one in self.inlines
            if one.start < end and one.end > start
        )

    def joined(self, other: Block) -> Block:
        """This block, which goes on with `other`, from which it was cut."""
        shift = len(self.text) + len(other.glue)
        moved = (Inline(one.kind, one.start + shift, one.end + shift, one.url) for one in other.inlines)
        text = self.text + other.glue + other.text
        return replace(self, text=text, inlines=(*self.inlines, *moved), beside=self._beside_joined(other))

    def _beside_joined(self, other: Block) -> tuple[Beside, ...]:
        """Of code that was cut between lines; a line that was cut is found as a whole."""
        if not self.is_code or "\n" not in other.glue:
            return ()
        lines = sum(bool(line.strip()) for line in self.text.split("\n"))
        return (*self.beside, *(replace(one, number=one.number + lines) for one in other.beside))

    @property
    def markdown(self) -> str:
        """As readers and models see it; code with a fence that is longer than any within."""
        if self.language is None:
            return self.text
        fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", self.text)), default=0))
        return f"{fence}{self.language}\n{self.text}\n{fence}"


def markdown(blocks: Iterable[Block]) -> str:
    """The text of blocks that follow each other. What stands before the first is no part of it."""
    parts = [part for block in blocks for part in (block.glue, block.markdown)]
    return "".join(parts[1:])


@dataclass(frozen=True, slots=True)
class Section:
    """What stands between one heading and the next.

    `anchor` is the id in the page's URL, "" for the page's introduction; `heading` is the path of headings
    below the page's title, outermost first, () for the introduction.
    """

    anchor: str
    heading: tuple[str, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of documentation as readers see it.

    `path` is its identity within the store; `version` and `locale` are "" where the docs have none;
    `language` is the language the text is really written in, which differs from `locale` on a page that
    nobody has translated yet.
    """

    path: str
    url: str
    title: str
    sections: tuple[Section, ...]
    description: str = ""
    version: str = ""
    locale: str = ""
    language: str = ""
    kind: PageKind = "docs"


@dataclass(slots=True)
class Source:
    """An opened source of pages. `total` is the number of pages to expect, for progress; `problems` collects,
    while `pages` is consumed, one sentence for each page that was skipped or mended."""

    kind: Literal["docusaurus", "html", "markdown"]
    location: str
    total: int
    pages: Iterator[Page]
    default_version: str = ""
    default_locale: str = ""
    problems: list[str] = field(default_factory=list)


# what is indexed


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is embedded and retrieved: a piece of one section of one page.

    `blocks` are what readers and models see, code included; `dense_text` is what is embedded, "" in a chunk
    that was found. `section` counts the page's sections and `position` its chunks, both from 0.
    """

    path: str
    url: str
    anchor: str
    title: str
    heading: tuple[str, ...]
    version: str
    locale: str
    language: str
    section: int
    position: int
    blocks: tuple[Block, ...]
    dense_text: str = ""
    kind: PageKind = "docs"

    @property
    def text(self) -> str:
        """The blocks as Markdown."""
        return markdown(self.blocks)

    @property
    def link(self) -> str:
        """The page's URL, at this chunk's heading."""
        return f"{self.url}#{self.anchor}" if self.anchor else self.url

    @property
    def breadcrumb(self) -> str:
        return " > ".join((self.title, *self.heading))


@dataclass(frozen=True, slots=True)
class SparseVector:
    indices: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """A chunk with its vectors. `dense` has shape (d,) and length 1; `payload` is `codec.payload(…)`."""

    id: str
    dense: Vector
    sparse: SparseVector
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which chunks a query may see: one store at one revision, and, where given, one version and locale.

    A version or locale admits the chunks that carry it and those that carry none ("").
    """

    store_id: str
    revision: int
    version: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class HybridQuery:
    """A question as vectors. A chunk's score is `dense_weight · cosine + sparse_weight · dot(sparse)`.

    `dense` is None when the question could not be embedded: the query is then sparse alone. `candidates` is
    how many chunks each of the two lists contributes.
    """

    dense: Vector | None
    sparse: SparseVector
    dense_weight: float
    sparse_weight: float
    candidates: int = 100


MOST_SECTION_CHUNKS = 1000
"""Chunks that one request for sections brings: half a million characters, where a question needs 20,000."""


@dataclass(frozen=True, slots=True)
class ScoredPoint:
    id: str
    score: float
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hit:
    """`scores` say how well each block of the chunk fits, by the piece of its section in which it was
    found; () where that is not known."""

    chunk: Chunk
    score: float
    scores: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Features:
    """What tells whether the docs answer a question; also the weight that each of it has.

    `best` is the score of the best section, and `lead` by how much that is above the mean of the best ones of
    the next pages. `coverage` is the share of the question's IDF that the best passage holds, and `missing`
    the highest IDF of a term that it lacks, as a share of the highest that there is.
    """

    best: float
    coverage: float
    lead: float
    missing: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How features of questions that one model embeds become the probability that the docs answer them.

    That is the logistic function of their weighted sum and `bias`. Below `decline` nothing is answered; from
    `sure` on an answer is not in doubt.
    """

    weights: Features
    bias: float
    decline: float
    sure: float


# what is asked and answered


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a chat session, from our own log."""

    question: str
    answer: str
    cited: tuple[str, ...] = ()
    """The URLs that the answer cites."""


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
Support = Literal["supported", "partly", "unsupported", "not_found"]
"""How much of what an answer claims rests on passages: all, some or none of it; or nothing was answered."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A reader's question with what is known of the page it was asked on.

    `session` is a token that `SessionTokens` made for the site; None begins a chat session.
    """

    question: str
    session: str | None = None
    page_url: str = ""
    page_title: str = ""
    version: str = ""
    locale: str = ""


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


@dataclass(frozen=True, slots=True)
class AnswerFailed:
    """Last event of an answer that broke; `message` is fit for readers, `cause` for operators only."""

    message_id: str
    message: str
    cause: str = ""


AnswerEvent = Started | SourcesFound | AnswerText | Answered | AnswerFailed


# who it belongs to


@dataclass(frozen=True, slots=True)
class Site:
    """A tenant. `key` is public; `origins` are the web origins whose pages may ask."""

    id: str
    name: str
    key: str
    origins: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Store:
    """A body of searchable content of one site. `live_revision` is None before the first publish."""

    id: str
    site_id: str
    name: str
    live_revision: int | None


RevisionState = Literal["building", "published", "failed"]


@dataclass(frozen=True, slots=True)
class Revision:
    """A published (or attempted) state of a store. `collection` names the embedding fingerprint it lives in,
    `model` and `dimensions` what a question must be embedded with to search it."""

    store_id: str
    number: int
    state: RevisionState
    collection: str
    model: str
    dimensions: int
    source: str
    default_version: str
    default_locale: str
    versions: tuple[str, ...]
    locales: tuple[str, ...]
    pages: int
    chunks: int
    summary: Mapping[str, Any]
    created_at: datetime
    published_at: datetime | None
    error: str = ""
