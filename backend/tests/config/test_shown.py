"""What people see of the settings: their effective values, the files in config/, and the reference page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from askdocs.config import DEFAULTS, Settings, effective, load, reference, root
from askdocs.config.layers import leaves, variable


def test_effective_settings_name_their_sources(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "default.yaml").write_text("answers:\n  passages: 5\n")
    (folder / "key").write_text("x" * 32)
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("SECRET_KEY_FILE", "config/key")
    settings = load("test", answers={"history_turns": 1})
    shown = {setting.key: (setting.value, setting.source) for setting in effective(settings)}
    assert shown["answers.passages"] == (5, "config/default.yaml:2")
    assert shown["answers.history_turns"] == (1, "override")
    assert shown["server.port"] == (9000, "PORT")
    assert shown["secret_key"] == ("********", "SECRET_KEY_FILE (config/key)")
    assert shown["log_level"] == ("warning", "default of test")
    assert shown["log_format"] == ("json", "default")
    assert shown["environment"] == ("test", "override")


def test_default_yaml_holds_every_key_with_its_default(folder: Path, defaults: Path) -> None:
    coded = {setting.key: setting.value for setting in effective(load())}
    text = (DEFAULTS / "default.yaml").read_text()
    (defaults / "default.yaml").write_text(text)
    (folder / "default.yaml").write_text(text.replace("home: .askdocs", f"home: {coded['home']}"))
    written = {setting.key: setting for setting in effective(load())}
    assert {key for key, setting in written.items() if setting.source == "default"} == {"environment"}
    assert {key: setting.value for key, setting in written.items()} == coded


def test_default_yaml_describes_every_key() -> None:
    text = (DEFAULTS / "default.yaml").read_text()
    for key, field in leaves(Settings):
        name = key.rpartition(".")[2]
        comments = re.findall(rf"((?:^ *#.*\n)+) *{name}:", text, re.MULTILINE)
        flat = [" ".join(re.sub(r"^ *# ?", "", c, flags=re.MULTILINE).split()) for c in comments]
        assert key == "environment" or any(str(field.description) in comment for comment in flat), key


@pytest.mark.parametrize("environment", ["development", "test", "staging", "production"])
def test_environment_file_holds_only_differences(environment: str) -> None:
    default = yaml.safe_load((DEFAULTS / "default.yaml").read_text())
    own = yaml.safe_load((DEFAULTS / f"{environment}.yaml").read_text())
    for key, value in own.items():
        if isinstance(value, dict):
            assert all(default[key][name] != own_value for name, own_value in value.items())
        else:
            assert default[key] != value


def test_reference_page_is_up_to_date() -> None:
    page = root() / "website/docs/operate/configuration-reference.md"
    assert page.read_text(encoding="utf-8") == reference(), "run `make docs`"


def test_reference_page_names_every_key_and_variable() -> None:
    page = reference()
    assert all(f"### `{key}`" in page and f"`{variable(key)}`" in page for key, _ in leaves(Settings))


def test_variables_are_read_in_one_place() -> None:
    package = root() / "backend" / "askdocs"
    readers = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if re.search(r"os\.(environ|getenv)", path.read_text(encoding="utf-8"))
    }
    assert readers == {"config/layers.py"}
