"""`python -m bench.citations`: whether marks carry the sentence that supports their claim.

    python -m bench.citations --set vite=CORPUS:QUESTIONS --set … --cache FOLDER [--answers 30] [--save FILE]

Per set as many answers are taken, half of them quoted, half written by a scripted model behind the fake
Gemini. Quoted claims must be their quotes. What the model says are sentences of its passages in other words:
prose, items, rows and lines of code; each must be tied to the sentence it was made of. Every mark that is not
is listed, and so is every claim that lost its mark.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import orjson

from askdocs.answer import chat
from askdocs.config import load
from askdocs.db import sites
from askdocs.evaluation import questions
from askdocs.index import run
from askdocs.observability.logging import configure_logging
from askdocs.runtime import Runtime, open_runtime
from askdocs.sources import open_source
from askdocs.text import alignment, spans, tokens
from askdocs.text.spans import Span
from askdocs.types import Answered, AnswerText, Ask, Citation, Hit, Site, SourcesFound, SourceSpec
from bench.rewording import reword
from tests.fakes import gemini
from tests.fakes.gemini import FakeGemini, Reply

CLAIMS = 4
"""Per answer of the scripted model."""

_MARK = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Judged:
    """A mark: what was said before it, what it should quote and what it does; None where it was lost."""

    kind: str
    question: str
    claim: str
    wanted: str
    citation: Citation | None

    @property
    def is_right(self) -> bool:
        if self.citation is None:
            return False
        quote, wanted = alignment.letters(self.citation.quote), alignment.letters(self.wanted)
        cut = self.kind == "quoted" and self.wanted.endswith("…") and quote.startswith(wanted)
        return bool(quote) and (quote == wanted or cut)


@dataclass(slots=True)
class Answer:
    text: str = ""
    hits: Sequence[Hit] = ()
    citations: Sequence[Citation] = ()
    marks: list[Judged] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Labelled:
    name: str
    corpus: Path
    questions: Path


async def judge(labelled: Labelled, cache: Path, *, answers: int) -> list[Judged]:
    """The marks of so many answers to questions that are spread over the set."""
    async with gemini.running() as fake, _opened(labelled, cache, fake) as (rt, site):
        listed = questions.load(labelled.questions).questions
        asked = [one.text for one in listed if one.answerable and not one.turns]
        each = max(1, 2 * len(asked) // answers)
        chance = Random(labelled.name)
        found: list[Judged] = []
        for question in asked[::each][: answers // 2]:
            found += await _written(rt, site, fake, question, chance)
        rt.model = None
        for question in asked[::each][: answers // 2]:
            found += _quoted(question, await _ask(rt, site, question))
        return found


@asynccontextmanager
async def _opened(labelled: Labelled, cache: Path, fake: FakeGemini) -> AsyncIterator[tuple[Runtime, Site]]:
    settings = load(
        "test",
        home=cache / labelled.name,
        gemini_api_key=gemini.API_KEY,
        gemini_base_url=fake.url,
        embeddings={"provider": "local"},
        answers={"provider": "gemini", "cache_ttl": 0, "min_confidence": 0.0},
    )
    async with open_runtime(settings) as rt:
        site = await rt.db.run(sites.by_name, "docs")
        if site is None:
            raise SystemExit("The settings for tests name no site docs.")
        await run.index(rt, site, [open_source(SourceSpec(labelled.corpus))])
        yield rt, site


async def _ask(rt: Runtime, site: Site, question: str) -> Answer:
    answer = Answer()
    async for event in chat.answer(rt, site, Ask(question)):
        match event:
            case SourcesFound(hits):
                answer.hits = hits
            case AnswerText(text):
                answer.text += text
            case Answered(citations=citations):
                answer.citations = citations
    return answer


async def _written(rt: Runtime, site: Site, fake: FakeGemini, question: str, chance: Random) -> list[Judged]:
    """Ask once to see the passages, then have the model say what they do in other words."""
    fake.script(Reply(text="Wait."))
    hits = (await _ask(rt, site, question)).hits
    claims = list(_claims(hits, chance))
    fake.script(Reply(text="\n".join(f"- {said} [{index}]" for index, _, said in claims)))
    answer = await _ask(rt, site, question)
    cited = iter(answer.citations)
    lines = answer.text.split("\n")
    return [
        Judged(_kind(span), question, said, span.text, next(cited) if _MARK.search(line) else None)
        for line, (_, span, said) in zip(lines, claims, strict=True)
    ]


def _claims(hits: Sequence[Hit], chance: Random) -> Iterator[tuple[int, Span, str]]:
    """Of the first passages one thing each that they say once only."""
    for index, hit in enumerate(hits[:CLAIMS], 1):
        known = list(spans.of(hit.chunk.blocks))
        said = [alignment.letters(span.text) for span in known]
        telling = [
            span
            for span, letters in zip(known, said, strict=True)
            if said.count(letters) == 1 and len(set(tokens.terms(span.text))) > 3 and len(span.text) < 400
        ]
        if telling:
            span = chance.choice(telling)
            yield index, span, reword(span, chance)


def _kind(span: Span) -> str:
    return "code" if span.block.is_code else span.block.kind


def _quoted(question: str, answer: Answer) -> Iterator[Judged]:
    """Before each mark stands what it quotes: on its line, or in the code above it."""
    cited = iter(answer.citations)
    code, in_code = "", False
    for line in answer.text.split("\n"):
        if line.startswith(("```", "~~~")):
            code, in_code = ("", True) if not in_code else (code, False)
        elif in_code:
            code += f"{line}\n"
        else:
            before = 0
            for mark in _MARK.finditer(re.sub(r"`[^`]*`", lambda found: "x" * len(found[0]), line)):
                said = line[before : mark.start()]
                before = mark.end()
                yield _judge_quoted(question, said if alignment.letters(said) else code, next(cited))


def _judge_quoted(question: str, said: str, citation: Citation) -> Judged:
    """What is quoted may be one sentence, or a whole item or row of several."""
    claim = alignment.claim(said, tokens.terms)
    whole = alignment.letters(citation.quote) in claim.letters
    return Judged("quoted", question, claim.text, citation.quote if whole else claim.text, citation)


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.citations", description=__doc__)
    parser.add_argument("--set", action="append", required=True, metavar="NAME=CORPUS:QUESTIONS")
    parser.add_argument("--cache", type=Path, required=True, help="where the sets are indexed")
    parser.add_argument("--answers", type=int, default=30, help="per set")
    parser.add_argument("--save", type=Path, help="write the citations here, for bench.links")
    arguments = parser.parse_args(given)
    for name in [name for name in os.environ if name.startswith("ASKDOCS_")]:
        del os.environ[name]
    configure_logging(load("test", log_level="error"))
    saved = {}
    for text in arguments.set:
        name, places = text.split("=", 1)
        labelled = Labelled(name, *map(Path, places.split(":", 1)))
        marks = asyncio.run(judge(labelled, arguments.cache, answers=arguments.answers))
        print_marks(name, marks)
        saved[name] = [orjson.loads(orjson.dumps(mark.citation)) for mark in marks if mark.citation]
    if arguments.save:
        arguments.save.write_bytes(orjson.dumps(saved))


def print_marks(name: str, marks: Sequence[Judged]) -> None:
    for kind in sorted({mark.kind for mark in marks}):
        of_kind = [mark for mark in marks if mark.kind == kind]
        kept = [mark for mark in of_kind if mark.citation]
        right = sum(mark.is_right for mark in kept)
        print(f"{name:12} {kind:7} {right}/{len(kept)} right, {len(of_kind) - len(kept)} lost")
    kept = [mark for mark in marks if mark.citation]
    right = sum(mark.is_right for mark in kept)
    print(f"{name:12} all     {right}/{len(kept)} = {right / max(1, len(kept)):.1%} right")
    for mark in marks:
        if not mark.is_right:
            quote = mark.citation.quote if mark.citation else "(lost)"
            print(f"  {mark.kind}: {mark.claim!r}\n    wanted {mark.wanted!r}\n    quoted {quote!r}")


if __name__ == "__main__":
    main()
