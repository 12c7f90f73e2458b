"""What is said in other words keeps its mark where the passage means it, and loses it elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from askdocs.answer import meaning
from askdocs.config import load
from askdocs.errors import ModelUnavailable
from askdocs.protocols import Embedder
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


async def answer(rt: Runtime, text: str, site: Site = SITE) -> CitationStream:
    stream = CitationStream([hit(PASSAGE)], terms=tokens.terms, doubts=meaning.DOUBTS)
    stream.feed(f"{text}\n")
    while doubt := stream.doubt:
        stream.settle(await meaning.support(rt, site, doubt))
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


class Counting:
    """The runtime's embedder, with what it was asked. It answers once `ready` is set."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.model, self.dimensions = embedder.model, embedder.dimensions
        self.asked: list[Sequence[str]] = []
        self.ready = asyncio.Event()
        self.ready.set()

    async def embed_documents(self, texts: Sequence[str]) -> Vector:
        self.asked.append(texts)
        await self.ready.wait()
        return await self._embedder.embed_documents(texts)

    async def embed_query(self, text: str) -> Vector:
        return await self._embedder.embed_query(text)

    async def warm(self) -> None:
        await self._embedder.warm()

    async def close(self) -> None:
        await self._embedder.close()


DISK, GZIP = (
    "Changes are perhaps not noticed on a shared disk.",
    "Turn gzip off if your bundle is huge and it takes long.",
)


async def test_spans_of_a_passage_are_embedded_once(rt: Runtime) -> None:
    rt.embedder = counting = Counting(rt.embedder)

    first = (await answer(rt, f"{DISK} [1]")).citations
    again = (await answer(rt, f"{DISK} [1]")).citations
    await answer(rt, f"{GZIP} [1]")

    spans = [text for texts in counting.asked for text in texts[1:]]
    assert len(set(spans)) == len(spans)
    assert counting.asked[1] == [DISK]
    assert again == first


async def test_spans_of_one_site_are_not_those_of_another(rt: Runtime) -> None:
    rt.embedder = counting = Counting(rt.embedder)

    await answer(rt, f"{DISK} [1]")
    await answer(rt, f"{DISK} [1]", site=replace(SITE, id="other"))

    assert counting.asked[0] == counting.asked[1]


async def test_slow_embedder_has_the_spans_ready_for_the_next_question(
    rt: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    rt.embedder = counting = Counting(rt.embedder)
    counting.ready.clear()
    with monkeypatch.context() as patience:
        patience.setattr(meaning, "PATIENCE", 0.01)
        assert (await answer(rt, f"{DISK} [1]")).citations == ()
    counting.ready.set()
    async with asyncio.timeout(30):
        while not rt.spans:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)

    (citation,) = (await answer(rt, f"{DISK} [1]")).citations

    assert citation.quote.startswith("Watching files may not work")
    assert counting.asked[1:] == [[DISK]]


async def test_words_decide_while_the_embedder_has_enough_in_line(rt: Runtime) -> None:
    rt.embedder = counting = Counting(rt.embedder)
    rt.doubts = meaning.AT_ONCE

    assert (await answer(rt, f"{DISK} [1]")).citations == ()
    assert counting.asked == []
