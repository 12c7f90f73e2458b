"""Quoting and citing agree on what a sentence is, over this project's own documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random

from askdocs.sources import open_source
from askdocs.text import chunking, extractive, sentences, spans, tokens
from askdocs.text.citations import CitationStream
from askdocs.text.sentences import Sentence
from askdocs.types import Chunk, Hit
from bench.rewording import reword

DOCS = Path(__file__).parents[3] / "website" / "docs"
_QUOTED = re.compile(r"- (.*) \[1\]")
_ROW = re.compile(r"(\|.*) \[1\] \|")


@cache
def chunks() -> list[Chunk]:
    return [chunk for page in open_source(DOCS).pages for chunk in chunking.split(page, max_chars=900)]


def known(chunk: Chunk) -> set[str]:
    return {_plain(_quotable(sentence)) for sentence in sentences.of(chunk.blocks)}


def _quotable(sentence: Sentence) -> str:
    """A mark stands in a row's last cell that says something."""
    return sentence.text.rstrip("| ") + " |" if sentence.block.kind == "row" else sentence.text


def quoted(answer: str) -> Iterator[str]:
    for line in answer.split("\n"):
        if found := _QUOTED.fullmatch(line):
            yield _plain(found[1])
        elif found := _ROW.fullmatch(line):
            yield _plain(found[1]) + " |"


def _plain(text: str) -> str:
    """Without what Markdown needs to show it as it is."""
    return re.sub(r"\\(?=[!-/:-@\[-`{-~])", "", text)


def test_every_quote_is_a_sentence_that_citing_knows() -> None:
    count = 0
    for chunk in chunks():
        answer = extractive.compose(f"{chunk.breadcrumb} {chunk.text}", [Hit(chunk, 1.0)]) or ""
        for quote in quoted(answer):
            count += 1
            if quote.endswith(" …") and quote not in known(chunk):  # too long, and visibly cut
                assert any(sentence.startswith(quote[:-2]) for sentence in known(chunk))
            else:
                assert quote in known(chunk)
    assert count > 300


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
