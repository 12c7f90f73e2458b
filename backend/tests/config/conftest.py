from __future__ import annotations

from pathlib import Path

import pytest

from askdocs.config import Settings, layers
from askdocs.config.layers import leaves, variable


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [variable(key) for key, _ in leaves(Settings)]:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty configuration folder, which tests fill."""
    made = tmp_path / "config"
    made.mkdir()
    monkeypatch.setenv("ASKDOCS_CONFIG_DIR", str(made))
    monkeypatch.chdir(tmp_path)
    return made


@pytest.fixture
def defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files in place of the package's, which leave everything to the types; tests fill them."""
    made = tmp_path / "defaults"
    made.mkdir()
    for name in ("default", "development", "test", "staging", "production"):
        (made / f"{name}.yaml").touch()
    monkeypatch.setattr(layers, "DEFAULTS", made)
    return made
