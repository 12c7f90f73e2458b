"""A question finds its passages whatever state the embedding model is in."""

from __future__ import annotations

from pathlib import Path

import pytest

from askdocs.errors import ModelMisconfigured, ModelUnavailable
from askdocs.types import Vector
from tests.worlds import WordEmbedder, open_world

pytestmark = pytest.mark.anyio


class BrokenEmbedder(WordEmbedder):
    """Embeds documents, but no question."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    async def embed_query(self, text: str) -> Vector:
        raise self.error


@pytest.mark.parametrize("error", [ModelMisconfigured("damaged"), ModelUnavailable("away")])
async def test_question_that_cannot_be_embedded_is_searched_by_its_words(
    tmp_path: Path, error: Exception
) -> None:
    async with open_world(tmp_path) as world:
        world.write({"cache.md": "# Cache\n\nAnswers are kept for an hour.", "b.md": "# Other\n\nElse."})
        await world.index()
        world.rt.embedder = BrokenEmbedder(error)

        hits = await world.hits("how long are answers kept")

    assert [hit.chunk.path for hit in hits] == ["cache.md"]
