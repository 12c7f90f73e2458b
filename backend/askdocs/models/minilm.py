"""The embedding model that needs no key and no network: all-MiniLM-L6-v2, int8, on onnxruntime.

The package `askdocs_minilm` brings its files, made when that was built: a start reads 23 MB, writes nothing,
needs neither `onnx` nor `safetensors`.

One text is one run of the model. There is no padding to waste time on, and a text's vector cannot depend on
what happened to be embedded along with it: a vector cached by text hash equals the vector computed again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from askdocs.errors import ModelMisconfigured
from askdocs.types import Vector

if TYPE_CHECKING:
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]  # it ships no types
    from tokenizers import Tokenizer

Result = TypeVar("Result")

DIMENSIONS = 384
FIX = "Install it: pip install 'askdocs[local]' (in a checkout: make setup), or set GEMINI_API_KEY."

# 256 tokens of documentation are about 1,000 characters. Without a limit a text of one 200 kB line would be
# tokenized to its end only to be cut.
MAX_CHARS = 10_000


class LocalEmbedder:
    """`threads` is how many documents are embedded at the same time, each on one core. Questions have as many
    threads of their own, so that none stands in line behind documents."""

    model = "all-MiniLM-L6-v2-int8"
    dimensions = DIMENSIONS

    def __init__(self, *, threads: int = 2) -> None:
        self._threads = threads
        self._documents = ThreadPoolExecutor(threads, thread_name_prefix="embedder-documents")
        self._queries = ThreadPoolExecutor(threads, thread_name_prefix="embedder-queries")
        self._loading = Lock()
        self._encoder: Encoder | None = None

    async def warm(self) -> None:
        """Load the model now rather than with the first text."""
        await self._run(self._queries, self._load)

    async def embed_documents(self, texts: Sequence[str]) -> Vector:
        encoder = await self._run(self._documents, self._load)
        vectors = np.empty((len(texts), DIMENSIONS), np.float32)
        waiting = iter(enumerate(texts))

        # One by one, so that a few texts beside a publish wait for one of its texts, not for all of them.
        async def work() -> None:
            for index, text in waiting:
                vectors[index] = await self._run(self._documents, partial(encoder.embed, text))

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._threads, len(texts))):
                group.create_task(work())
        return vectors

    async def embed_query(self, text: str) -> Vector:
        encoder = await self._run(self._queries, self._load)
        return await self._run(self._queries, partial(encoder.embed, text))

    async def close(self) -> None:
        for pool in (self._documents, self._queries):
            pool.shutdown(wait=False, cancel_futures=True)
        self._encoder = None

    async def _run(self, pool: ThreadPoolExecutor, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(pool, work)

    def _load(self) -> Encoder:
        with self._loading:
            if self._encoder is None:
                self._encoder = load()
            return self._encoder


class Encoder:
    """A loaded model: text in, unit vector of shape (384,) out. Safe to call from several threads."""

    def __init__(self, session: InferenceSession, tokenizer: Tokenizer) -> None:
        self._session = session
        self._tokenizer = tokenizer

    def embed(self, text: str) -> Vector:
        clean = text[:MAX_CHARS].encode("utf-8", "replace").decode()  # the tokenizer takes no lone surrogates
        tokens = np.array(self._tokenizer.encode(clean).ids, np.int64)
        vector: Vector = self._session.run(None, {"tokens": tokens})[0]
        return vector


def load() -> Encoder:
    """The model that is installed. Errors: `ModelMisconfigured`."""
    try:
        import askdocs_minilm as files

        return Encoder(open_graph(files.GRAPH), read_tokenizer(files.TOKENIZER, max_tokens=files.MAX_TOKENS))
    except ImportError as error:
        raise ModelMisconfigured(f"The local embedding model needs {error.name}.", fix=FIX) from error


def open_graph(graph: bytes | Path) -> InferenceSession:
    """From a file rather than from its bytes it stays 22 MB smaller. Errors: `ModelMisconfigured`."""
    import onnxruntime
    from onnxruntime.capi.onnxruntime_pybind11_state import (  # type: ignore[import-untyped]  # it ships no types
        Fail,
        InvalidArgument,
        InvalidGraph,
        InvalidProtobuf,
        NoSuchFile,
    )

    options = onnxruntime.SessionOptions()
    # One core per text: four texts on four cores are done sooner than four cores on one text after another.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            graph if isinstance(graph, bytes) else str(graph), options, providers=["CPUExecutionProvider"]
        )
    except (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NoSuchFile) as error:
        raise ModelMisconfigured("The local embedding model is missing or damaged.", fix=FIX) from error


def read_tokenizer(file: Path, *, max_tokens: int) -> Tokenizer:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    # The file as shipped cuts at 128 tokens and pads every text to as many.
    tokenizer.enable_truncation(max_length=max_tokens)
    tokenizer.no_padding()
    return tokenizer
