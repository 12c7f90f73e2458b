"""Decides by meaning whether a passage supports what was said in other words."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from askdocs.answer import paid
from askdocs.errors import ModelUnavailable
from askdocs.observability.logging import log
from askdocs.runtime import Runtime, SpanKey
from askdocs.text.citations import Doubt
from askdocs.text.spans import Span
from askdocs.types import Site, Vector

DOUBTS = 4
"""Marks of an answer that are decided by meaning; it is held back at each until the embedder has answered."""

PATIENCE = 0.6
"""Seconds that a reader waits for it. Then the words decide."""

AT_ONCE = 8
"""Marks of all answers that are decided by meaning at a time; the words decide of more, rather than that all
wait for the embedder. The local one has 100 texts in line then, which it takes 0.1 s for where it is fast and
0.8 s where it is slow."""

NEAR = 0.9
"""A claim is supported by the nearest span when it is as near to it as this share of the passage's spans are
not to each other: a measure that holds for any model. Of 34 claims in other words about Vite and Prometheus
that a passage supports 27 keep their mark, 23 with the right span, and of 30 that it does not 11; words alone
keep 19 and 8. A fixed cosine of .5 of the local model does no better than within one or two of these."""


FEWEST = 4
"""Spans of a passage that tell how near they are to each other; of fewer the words decide. With two spans the
quantile was that of one pair, and whatever came as near to one of them kept its mark."""


async def support(rt: Runtime, site: Site, doubt: Doubt) -> Span | None:
    """The span that supports the claim, None if none does; what words say when the embedder cannot tell."""
    candidates = doubt.candidates
    if len(candidates) < FEWEST or rt.doubts >= AT_ONCE:
        return doubt.weak
    keys = {span.text: _key(rt, site, span.text) for span in candidates}
    known = {text: found for text, key in keys.items() if (found := rt.spans.get(key)) is not None}
    new = [text for text in keys if text not in known]
    if not await paid.may_embed(rt, site, [doubt.claim, *new]):
        return doubt.weak
    # It goes on when the reader's patience is over, or the same passage would take as long the next time.
    embedding = rt.tasks.start(_embed(rt, doubt.claim, {text: keys[text] for text in new}))
    try:
        async with asyncio.timeout(PATIENCE):
            claim, found_now = await asyncio.shield(embedding)
    except (ModelUnavailable, TimeoutError) as error:
        log.info("claim_not_embedded", error=str(error) or "too slow")
        return doubt.weak
    known |= found_now
    vectors = np.stack([known[span.text] for span in candidates]).astype(np.float32)
    return nearest(candidates, vectors, claim)


async def _embed(rt: Runtime, claim: str, new: Mapping[str, SpanKey]) -> tuple[Vector, Mapping[str, Vector]]:
    rt.doubts += 1
    try:
        vectors = await rt.embedder.embed_documents([claim, *new])
    finally:
        rt.doubts -= 1
    # Copies, as a row would hold on to the claim and all of its batch.
    found = {text: vector.astype(np.float16) for text, vector in zip(new, vectors[1:], strict=True)}
    rt.spans.update((key, found[text]) for text, key in new.items())
    return vectors[0], found


def _key(rt: Runtime, site: Site, text: str) -> SpanKey:
    return (
        site.id,
        rt.embedder.model,
        hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest(),
    )


def nearest(candidates: Sequence[Span], vectors: Vector, claim: Vector) -> Span | None:
    """`vectors` of shape (n, d) are those of the candidates, at least two, `claim` of shape (d,)."""
    similar = vectors @ claim
    others = (vectors @ vectors.T)[~np.eye(len(vectors), dtype=bool)]
    best = int(np.argmax(similar))
    return candidates[best] if similar[best] >= np.quantile(others, NEAR) else None
