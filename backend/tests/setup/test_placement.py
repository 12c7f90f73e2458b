"""Putting the chat on the pages: edits where they are certain, lines to copy where they are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from askdocs.setup import placement, projects
from askdocs.setup.placement import Advice, Chat, Edit
from askdocs.setup.projects import Project
from tests.setup.projects import CONFIGS, FILES, lay

CHAT = Chat("pk_kettle", "http://127.0.0.1:8010")


def only(folder: Path) -> Project:
    (found,) = projects.find(folder)
    return found


def steps(folder: Path) -> list[placement.Step]:
    return placement.place(only(folder), CHAT)


def apply(folder: Path) -> None:
    for step in steps(folder):
        assert isinstance(step, Edit)
        step.apply()


@pytest.mark.parametrize("kind", ["docusaurus", "vitepress", "starlight", "mkdocs", "sphinx", "hugo"])
def test_chat_that_was_put_on_the_pages_is_not_put_there_again(tmp_path: Path, kind: str) -> None:
    lay(tmp_path, kind)

    apply(tmp_path)

    assert steps(tmp_path) == []
    assert placement.key_in(only(tmp_path)) == "pk_kettle"


@pytest.mark.parametrize("kind", FILES)
def test_every_generator_is_told_something(tmp_path: Path, kind: str) -> None:
    found = steps(lay(tmp_path, kind))

    assert any("pk_kettle" in (step.after if isinstance(step, Edit) else step.lines) for step in found)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("docusaurus", "      'docusaurus-plugin-askdocs',\n      {\n        siteKey: 'pk_kettle',"),
        (
            "vitepress",
            "    [\n      'script',\n      {\n        src: 'http://127.0.0.1:8010/widget/askdocs.js',",
        ),
        ("starlight", "\t\t\thead: [\n\t\t\t\t{\n\t\t\t\t\ttag: 'script',"),
    ],
)
def test_script_is_edited_in_the_style_of_its_file(tmp_path: Path, kind: str, expected: str) -> None:
    (edit,) = steps(lay(tmp_path, kind))

    assert isinstance(edit, Edit)
    assert expected in edit.after


def test_mkdocs_gets_a_script_of_its_own_and_a_line(tmp_path: Path) -> None:
    lay(tmp_path, "mkdocs")

    apply(tmp_path)

    assert (tmp_path / "mkdocs.yml").read_text().endswith("\nextra_javascript:\n  - javascripts/askdocs.js\n")
    assert 'dataset.siteKey = "pk_kettle"' in (tmp_path / "docs/javascripts/askdocs.js").read_text()


@pytest.mark.parametrize(
    ("written", "listed"),
    [
        (
            "extra_javascript:\n  - a.js\n  - path: b.js\n    defer: true\nextra: {}\n",
            ["a.js", {"path": "b.js", "defer": True}],
        ),
        ("extra_javascript:\n- a.js # one\n# two\nextra: {}\n", ["a.js"]),
        ("extra_javascript: # none yet\nextra: {}\n", []),
        ("extra_javascript:\n  - a.js", ["a.js"]),
    ],
)
def test_entry_joins_those_that_mkdocs_has(tmp_path: Path, written: str, listed: list[object]) -> None:
    lay(tmp_path, "mkdocs")
    (tmp_path / "mkdocs.yml").write_text(f"site_name: K\n{written}")

    apply(tmp_path)

    after = yaml.safe_load((tmp_path / "mkdocs.yml").read_text())
    assert after["extra_javascript"] == [*listed, "javascripts/askdocs.js"]


@pytest.mark.parametrize("written", ["extra_javascript: [a.js]\n", "INHERIT: base.yml\n", "- a\n", "a: [\n"])
def test_mkdocs_that_is_written_otherwise_is_left_to_people(tmp_path: Path, written: str) -> None:
    lay(tmp_path, "mkdocs")
    (tmp_path / "mkdocs.yml").write_text(written)

    _, advice = steps(tmp_path)

    assert isinstance(advice, Advice)
    assert "mkdocs.yml is left to you" in advice.reason


@pytest.mark.parametrize(
    "written",
    [
        "html_js_files = ['a.js']\n",
        "html_js_files = [\n    'ä.js',  # one\n    # two\n]\n",
        "html_js_files = []\n",
        "",
    ],
)
def test_script_joins_those_that_sphinx_has(tmp_path: Path, written: str) -> None:
    lay(tmp_path, "sphinx")
    (tmp_path / "conf.py").write_text(f"project = 'K'\n{written}extensions = []\n")
    before: dict[str, Any] = {}
    exec((tmp_path / "conf.py").read_text(), before)  # noqa: S102  ours

    apply(tmp_path)

    after: dict[str, Any] = {}
    exec((tmp_path / "conf.py").read_text(), after)  # noqa: S102  ours
    *others, (url, attributes) = after["html_js_files"]
    assert others == before.get("html_js_files", [])
    assert url == "http://127.0.0.1:8010/widget/askdocs.js"
    assert attributes == {"data-site-key": "pk_kettle", "data-api": "http://127.0.0.1:8010", "defer": "defer"}


@pytest.mark.parametrize(
    "written",
    [
        "html_js_files = scripts()\n",
        "html_js_files = []\nhtml_js_files.append('a.js')\n",
        "if x:\n  html_js_files = []\n",
        "(\n",
    ],
)
def test_sphinx_that_decides_while_it_runs_is_left_to_people(tmp_path: Path, written: str) -> None:
    lay(tmp_path, "sphinx")
    (tmp_path / "conf.py").write_text(f"project = 'K'\n{written}")

    (advice,) = steps(tmp_path)

    assert isinstance(advice, Advice)
    assert "html_js_files" in advice.lines


def test_hugo_theme_that_is_not_known_gets_lines_for_its_base(tmp_path: Path) -> None:
    lay(tmp_path, "hugo")
    (tmp_path / "hugo.toml").write_text("title = 'K'\ntheme = 'ours'\n")

    (advice,) = steps(tmp_path)

    assert isinstance(advice, Advice)
    assert "before </body>" in advice.where


def test_hugo_site_with_a_base_of_its_own_gets_the_tag_there(tmp_path: Path) -> None:
    lay(tmp_path, "hugo")
    (tmp_path / "hugo.toml").write_text("title = 'K'\n")
    base = tmp_path / "layouts/_default/baseof.html"
    base.parent.mkdir(parents=True)
    base.write_text("<html>\n  <body>\n{{ block }}\n  </body>\n</html>\n")

    apply(tmp_path)

    assert base.read_text() == f"<html>\n  <body>\n{{{{ block }}}}\n{CHAT.tag}\n  </body>\n</html>\n"
    assert steps(tmp_path) == []


def test_hugo_partial_that_exists_is_not_overwritten(tmp_path: Path) -> None:
    lay(tmp_path, "hugo")
    partial = tmp_path / "layouts/partials/hooks/body-end.html"
    partial.parent.mkdir(parents=True)
    partial.write_text("<!-- ours -->")

    (advice,) = steps(tmp_path)

    assert advice == Advice("layouts/partials/hooks/body-end.html, at the end", CHAT.tag)


def test_list_that_is_set_anew_further_down_is_left_to_people(tmp_path: Path) -> None:
    lay(tmp_path, "docusaurus")
    (tmp_path / "docusaurus.config.ts").write_text((CONFIGS / "unclear_reassigned.js").read_text())

    (advice,) = steps(tmp_path)

    assert isinstance(advice, Advice)
    assert "its plugins are set anew further down" in advice.reason


def test_comment_that_names_the_plugin_does_not_count_as_the_plugin(tmp_path: Path) -> None:
    lay(tmp_path, "docusaurus")
    config = tmp_path / "docusaurus.config.ts"
    config.write_text(
        config.read_text().replace("presets: [", "// 'docusaurus-plugin-askdocs' soon\n  presets: [", 1)
    )

    assert len(steps(tmp_path)) == 1


def test_diff_shows_the_lines_that_are_added(tmp_path: Path) -> None:
    (edit,) = steps(lay(tmp_path, "docusaurus"))

    assert isinstance(edit, Edit)
    diff = edit.diff(tmp_path)
    assert diff.startswith("--- a/docusaurus.config.ts\n+++ b/docusaurus.config.ts\n")
    assert [line for line in diff.splitlines()[2:] if line.startswith("-")] == []


def test_line_ends_of_windows_stay(tmp_path: Path) -> None:
    lay(tmp_path, "docusaurus")
    config = tmp_path / "docusaurus.config.ts"
    config.write_bytes(config.read_bytes().replace(b"\n", b"\r\n"))

    apply(tmp_path)

    assert b"pk_kettle" in config.read_bytes()
    assert config.read_bytes().count(b"\r\n") == config.read_bytes().count(b"\n")
