"""Quoting and citing agree on what a sentence is, over this project's own documentation."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from random import Random

from askdocs.sources import open_source
from askdocs.text import chunking, extractive, spans, tokens
from askdocs.text.citations import CitationStream
from askdocs.text.extractive import Asked
from askdocs.types import Chunk, Hit, SourceSpec
from bench.rewording import reword

DOCS = Path(__file__).parents[3] / "website" / "docs"


@cache
def chunks() -> list[Chunk]:
    return [
        chunk for page in open_source(SourceSpec(DOCS)).pages for chunk in chunking.split(page, max_chars=900)
    ]


def test_every_quote_is_cited_with_itself() -> None:
    """Of an answer that quotes a passage as far as there is room, as the product does."""
    marks = 0
    for chunk in chunks():
        asked = f"{chunk.breadcrumb} {chunk.text}"
        weights = dict.fromkeys(tokens.terms(asked), 1.0)
        answer = extractive.compose(Asked(asked, weights), [Hit(chunk, 1.0)], allow=lambda url: False).text
        reader = CitationStream([Hit(chunk, 1.0)], terms=tokens.terms)
        said = reader.feed(answer) + reader.close()
        assert said == answer
        for line, citation in zip(_claims(answer), reader.citations, strict=True):
            assert _letters(citation.quote).startswith(_letters(line)), (line, citation.quote)
            marks += 1
    assert marks > 1500


def _claims(answer: str) -> list[str]:
    """What stands before each mark, as readers see it."""
    prose = re.sub(r"(?ms)^(`{3,})[^\n]*\n.*?^\1$", "", answer)
    claims = [line for part in prose.split(" [1]")[:-1] for line in [part.rsplit("\n", 1)[-1]]]
    return [re.sub(r"^(?:[-*+]|\d+[.)]) |^ … ?", "", claim.strip()) for claim in claims]


def test_every_sentence_that_is_repeated_is_cited_with_itself() -> None:
    """Each mark of an answer that says all sentences of a passage, one by one."""
    marks = 0
    for chunk in chunks()[::2]:
        known = [span for span in spans.of(chunk.blocks) if tokens.terms(span.text)]
        said = [re.sub(r"[`~\[【*|<\\]", " ", span.text) for span in known]
        reader = CitationStream([Hit(chunk, 1.0)], terms=tokens.terms)
        reader.feed("".join(f"- {line} [1]\n" for line in said))
        reader.close()
        assert [_letters(citation.quote) for citation in reader.citations] == [
            _letters(line) for line in said
        ]
        marks += len(reader.citations)
    assert marks > 1500


def test_sentence_said_in_other_words_is_quoted() -> None:
    chance, quotes = Random(1), []
    for chunk in chunks()[::3]:
        known = [span for span in spans.of(chunk.blocks) if len(set(tokens.terms(span.text))) > 3]
        for span in chance.sample(known, min(2, len(known))):
            reader = CitationStream([Hit(chunk, 1.0)], terms=tokens.terms)
            reader.feed(f"{reword(span, chance)} [1].")
            quotes += [(span.text, citation.quote) for citation in reader.citations]
    wrong = [(said, quote) for said, quote in quotes if _letters(said) != _letters(quote)]

    assert len(quotes) > 400
    assert len(wrong) <= 0.02 * len(quotes), wrong


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)
