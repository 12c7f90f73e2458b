"""The model is built with the package: what runs needs nothing that builds, and writes nothing."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from askdocs.errors import ModelMisconfigured
from askdocs.models.minilm import build, embedder

BACKEND = Path(__file__).parents[3]


def test_built_model_is_the_one_that_is_loaded(tmp_path: Path) -> None:
    build.build(tmp_path / "model")

    again = embedder.load(tmp_path / "model").embed("text")

    np.testing.assert_array_equal(again, embedder.load().embed("text"))


def test_model_that_is_there_is_not_built_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "PACKAGE", "no_such_package")

    build.build()


def test_model_of_another_version_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "all-MiniLM-L6-v2-int8-0.onnx").touch()

    build.build(tmp_path)

    assert sorted(file.name for file in tmp_path.iterdir()) == [embedder.GRAPH, embedder.TOKENIZER]


def test_missing_weights_lead_to_make_setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "PACKAGE", "no_such_package")

    with pytest.raises(ModelMisconfigured, match="not installed") as caught:
        build.build(tmp_path)
    assert "make setup" in caught.value.fix


def test_wheel_carries_the_model(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=BACKEND, check=True, capture_output=True)

    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()

    folder = "askdocs/models/minilm/model"
    assert {f"{folder}/{embedder.GRAPH}", f"{folder}/{embedder.TOKENIZER}"} <= set(names)
