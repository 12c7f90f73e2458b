from __future__ import annotations

import asyncio
import multiprocessing
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from askdocs.errors import DiskFull, ModelMisconfigured, ModelUnavailable
from askdocs.models.minilm import embedder, graph
from askdocs.models.minilm.embedder import Encoder, LocalEmbedder
from askdocs.types import Vector

pytest.importorskip("onnxruntime", reason="the extra `local` is not installed")

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
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def exact() -> Callable[[str], Vector]:
    """The model in 32-bit floats."""
    package = find_spec(embedder.PACKAGE)
    assert package is not None
    assert package.origin is not None
    source = Path(package.origin).parent / "model"
    built = graph.build(embedder.read_weights(source), quantized=False)
    return Encoder(embedder.open_graph(built), embedder.read_tokenizer(source)).embed


def embed(cache_dir: Path, texts: list[str]) -> Vector:
    async def run() -> Vector:
        local = LocalEmbedder(cache_dir)
        try:
            return await local.embed_documents(texts)
        finally:
            await local.close()

    return asyncio.run(run())


def test_vectors_have_length_one(cache_dir: Path) -> None:
    vectors = embed(cache_dir, SENTENCES)

    assert vectors.shape == (len(SENTENCES), LocalEmbedder.dimensions)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_similar_sentences_are_near(cache_dir: Path) -> None:
    cors, errors, migrations, bananas = embed(cache_dir, SENTENCES[:4])

    assert cors @ errors > cors @ migrations + 0.2
    assert cors @ migrations > cors @ bananas


def test_exact_graph_gives_the_published_vectors(exact: Callable[[str], Vector]) -> None:
    # sentence-transformers' own numbers for this model, from its model card's sentences.
    vector = exact("This is an example sentence")

    np.testing.assert_allclose(vector[:3], [0.06765693, 0.06349581, 0.0487131], atol=1e-6)


def test_quantized_vectors_stay_close_to_exact_ones(cache_dir: Path, exact: Callable[[str], Vector]) -> None:
    vectors = embed(cache_dir, SENTENCES)

    for text, vector in zip(SENTENCES, vectors, strict=True):
        assert vector @ exact(text) > 0.98, text


def test_vector_does_not_depend_on_what_is_embedded_with_it(cache_dir: Path) -> None:
    together = embed(cache_dir, SENTENCES)

    for text, vector in zip(SENTENCES, together, strict=True):
        np.testing.assert_array_equal(embed(cache_dir, [text])[0], vector)


def test_query_and_document_share_one_space(cache_dir: Path) -> None:
    async def run() -> tuple[Vector, Vector]:
        local = LocalEmbedder(cache_dir, threads=1)
        return await local.embed_query("one"), (await local.embed_documents(["one"]))[0]

    query, document = asyncio.run(run())

    np.testing.assert_array_equal(query, document)


def test_no_texts_give_no_vectors(cache_dir: Path) -> None:
    assert embed(cache_dir, []).shape == (0, LocalEmbedder.dimensions)


@pytest.mark.parametrize("text", ["\ud800", "a\x00b", "🦊" * 50, "\u200b", "مرحبا", "y" * 200_000])
def test_odd_text_is_embedded(cache_dir: Path, text: str) -> None:
    assert np.isfinite(embed(cache_dir, [text])).all()


def test_text_beyond_the_limit_is_cut(cache_dir: Path) -> None:
    short, long = embed(cache_dir, ["word " * 300, "word " * 300 + "banana " * 100])

    np.testing.assert_array_equal(short, long)


def test_second_start_reads_the_cache(cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = embed(cache_dir, ["text"])
    monkeypatch.setitem(sys.modules, "onnx", None)
    monkeypatch.setitem(sys.modules, "safetensors", None)

    np.testing.assert_array_equal(embed(cache_dir, ["text"]), before)


@pytest.mark.parametrize("length", [0, 10, 1_000_000, -1])
def test_cut_cache_file_is_rebuilt(tmp_path: Path, cache_dir: Path, length: int) -> None:
    before = embed(cache_dir, ["text"])
    whole = next(cache_dir.iterdir())
    (tmp_path / whole.name).write_bytes(whole.read_bytes()[:length])

    np.testing.assert_array_equal(embed(tmp_path, ["text"]), before)
    assert (tmp_path / whole.name).read_bytes() == whole.read_bytes()


def test_processes_may_build_at_the_same_time(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        first, second = pool.starmap(embed, [(tmp_path, ["text"])] * 2)

    np.testing.assert_array_equal(first, second)
    assert len(list(tmp_path.iterdir())) == 1


def test_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ModelUnavailable, match=r"models: Not a directory\.") as caught:
        embed(tmp_path / "file" / "models", ["text"])
    assert "ASKDOCS_HOME" in caught.value.fix


def test_full_disk_is_an_error_that_says_so(tmp_path: Path) -> None:
    with file_size_limit(1_000_000), pytest.raises(DiskFull) as caught:
        embed(tmp_path, ["text"])

    assert "24 MB" in caught.value.fix
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("module", ["onnxruntime", "tokenizers", "onnx", "safetensors.numpy"])
def test_missing_package_leads_to_make_setup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(ModelMisconfigured, match=f"needs {module}") as caught:
        embed(tmp_path, ["text"])
    assert "make setup" in caught.value.fix


def test_missing_weights_lead_to_make_setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedder, "PACKAGE", "no_such_package")

    with pytest.raises(ModelMisconfigured, match="not installed") as caught:
        embed(tmp_path, ["text"])
    assert "make setup" in caught.value.fix


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Writing beyond `size` fails as it does beyond a quota."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
