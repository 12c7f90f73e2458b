"""The model is built with its package: what runs needs nothing that builds, and writes nothing."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import askdocs_minilm
import pytest
from askdocs_minilm import build

PROJECT = Path(__file__).parents[2] / "minilm"


def test_model_is_built_the_same_again(tmp_path: Path) -> None:
    build.build(tmp_path / "model")

    for file in (askdocs_minilm.GRAPH, askdocs_minilm.TOKENIZER):
        assert (tmp_path / "model" / file.name).read_bytes() == file.read_bytes()


def test_model_that_is_there_is_not_built_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "PACKAGE", "no_such_package")

    build.build()


def test_model_of_another_version_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "all-MiniLM-L6-v2-int8-0.onnx").touch()

    build.build(tmp_path)

    expected = {askdocs_minilm.GRAPH.name, askdocs_minilm.TOKENIZER.name, build.CARD}
    assert {file.name for file in tmp_path.iterdir()} == expected


def test_missing_weights_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "PACKAGE", "no_such_package")

    with pytest.raises(RuntimeError, match=r"requirements-model\.txt"):
        build.build(tmp_path)


def test_wheel_carries_the_model_with_its_licence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)

    (wheel,) = tmp_path.glob("*.whl")
    names = {name.rpartition("/")[2] for name in zipfile.ZipFile(wheel).namelist()}

    assert {
        askdocs_minilm.GRAPH.name,
        askdocs_minilm.TOKENIZER.name,
        build.CARD,
        "LICENSE",
        "NOTICE",
    } <= names
