"""What is said in other words keeps its mark where the passage means it, and loses it elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from askdocs.answer import meaning
from askdocs.config import load
from askdocs.errors import ModelUnavailable
from askdocs.runtime import Runtime, open_runtime
from askdocs.text import tokens
from askdocs.text.citations import CitationStream
from askdocs.types import Site, Vector
from tests.builders import NOW, hit

pytestmark = pytest.mark.anyio

SITE = Site("site", "docs", "pk_docs", (), NOW)
PASSAGE = (
    "Watching files may not work when the project lies on a network drive. "
    "Compressing large output files can be slow, so disabling this may speed up builds. "
    "Only files within the allowed directories can be served. "
    "The root is the directory where index.html is located. "
    "Linked packages are not pre-bundled by default."
)


@pytest.fixture
async def rt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Runtime]:
    """With the local model, which loads while other tests keep the machine busy."""
    monkeypatch.setattr(meaning, "PATIENCE", 30)
    async with open_runtime(load("test", home=tmp_path)) as rt:
        yield rt


async def answer(rt: Runtime, text: str) -> CitationStream:
    stream = CitationStream([hit(PASSAGE)], terms=tokens.terms, doubts=meaning.DOUBTS)
    stream.feed(f"{text}\n")
    while doubt := stream.doubt:
        stream.settle(await meaning.support(rt, SITE, doubt))
    stream.close()
    return stream


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Changes are perhaps not noticed on a shared disk.", "Watching files may not work"),
        ("Turn gzip off if your bundle is huge and it takes long.", "Compressing large output files"),
        ("It refuses to deliver anything outside of permitted folders.", "Only files within the allowed"),
    ],
)
async def test_claim_in_other_words_is_quoted_by_its_meaning(rt: Runtime, claim: str, quote: str) -> None:
    (citation,) = (await answer(rt, f"{claim} [1]")).citations

    assert citation.quote.startswith(quote)


@pytest.mark.parametrize("claim", ["Plugins are written in Rust.", "Your account is billed each month."])
async def test_claim_that_the_passage_does_not_mean_loses_its_mark(rt: Runtime, claim: str) -> None:
    assert (await answer(rt, f"{claim} [1]")).text == f"{claim}\n"


async def test_two_sentences_say_nothing_of_what_is_near(rt: Runtime) -> None:
    passage = "Roses are red in the garden. The compiler rejects unused imports."
    stream = CitationStream([hit(passage)], terms=tokens.terms, doubts=meaning.DOUBTS)
    stream.feed("Flowers may cost a lot of money at the market. [1]\n")
    while doubt := stream.doubt:
        stream.settle(await meaning.support(rt, SITE, doubt))

    assert stream.citations == ()


class Silent:
    """An embedder that is down, or that never answers."""

    model, dimensions = "silent", 2

    def __init__(self, error: Exception | None) -> None:
        self.error = error

    async def embed_documents(self, texts: Sequence[str]) -> Vector:
        if self.error:
            raise self.error
        return await asyncio.Future()

    async def embed_query(self, text: str) -> Vector:
        return await self.embed_documents([text])

    async def warm(self) -> None:
        pass

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("error", [ModelUnavailable("down"), None], ids=["down", "slow"])
async def test_without_an_embedder_the_words_decide(
    rt: Runtime, error: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meaning, "PATIENCE", 0.01)
    rt.embedder = Silent(error)

    stream = await answer(rt, "Watching files on a network disk fails [1]. Plugins are fast [1].")

    assert stream.text == "Watching files on a network disk fails [1]. Plugins are fast.\n"
