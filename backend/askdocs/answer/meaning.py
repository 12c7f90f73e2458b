"""Decides by meaning whether a passage supports what was said in other words."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np

from askdocs.answer import paid
from askdocs.errors import ModelUnavailable
from askdocs.observability.logging import log
from askdocs.runtime import Runtime
from askdocs.text.citations import Doubt
from askdocs.text.spans import Span
from askdocs.types import Site, Vector

DOUBTS = 4
"""Marks of an answer that are decided by meaning; it is held back at each until the embedder has answered."""

PATIENCE = 0.6
"""Seconds that a reader waits for it. Then the words decide."""

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
    if len(candidates) < FEWEST:
        return doubt.weak
    texts = [doubt.claim, *(span.text for span in candidates)]
    if not await paid.may_embed(rt, site, texts):
        return doubt.weak
    try:
        async with asyncio.timeout(PATIENCE):
            vectors = await rt.embedder.embed_documents(texts)
    except (ModelUnavailable, TimeoutError) as error:
        log.info("claim_not_embedded", error=str(error) or "too slow")
        return doubt.weak
    return nearest(candidates, vectors[1:], vectors[0])


def nearest(candidates: Sequence[Span], vectors: Vector, claim: Vector) -> Span | None:
    """`vectors` of shape (n, d) are those of the candidates, at least two, `claim` of shape (d,)."""
    similar = vectors @ claim
    others = (vectors @ vectors.T)[~np.eye(len(vectors), dtype=bool)]
    best = int(np.argmax(similar))
    return candidates[best] if similar[best] >= np.quantile(others, NEAR) else None
