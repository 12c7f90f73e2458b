"""Editing a site's configuration: real-looking files in, and only the entry more in them."""

from __future__ import annotations

import difflib

import pytest

from askdocs.setup.insertions import Value, add_to_list, written
from askdocs.setup.javascript import Module, Span, Unclear, mask
from tests.setup.projects import CONFIGS

ENTRY: Value = ["docusaurus-plugin-askdocs", {"siteKey": "pk_site", "api": "http://127.0.0.1:8000"}]
CLEAR = sorted(
    path.name
    for path in CONFIGS.iterdir()
    if not path.stem.startswith(("unclear", "already", "vite", "astro"))
)
UNCLEAR = {
    "unclear_call.ts": "made by withTheme()",
    "unclear_concat.js": "something is done with its plugins",
    "unclear_conditional.js": "something is done with process",
    "unclear_merge.js": "something is done with Object",
    "unclear_override.js": "may replace its plugins",
    "unclear_returns.js": "more than one return",
    "unclear_spread.js": "spread into it",
    "unclear_variable.js": "not written out as a list",
}


def added(text: str) -> str:
    module = Module.read(text)
    return add_to_list(module, module.exported(), "plugins", ENTRY)


def plugins_of(text: str) -> list[str]:
    """The list as the scanner reads it back."""
    module = Module.read(text)
    value = module.properties(module.exported())["plugins"].value
    return [text[item.start : item.end] for item in module.items(module.literal(value.start))]


@pytest.mark.parametrize("name", CLEAR)
def test_plugin_becomes_the_last_of_the_list(name: str) -> None:
    text = (CONFIGS / name).read_text()

    after = added(text)

    *before, last = plugins_of(after)
    assert "docusaurus-plugin-askdocs" in last
    assert "pk_site" in last
    module = Module.read(text)
    assert before == (plugins_of(text) if "plugins" in module.properties(module.exported()) else [])


@pytest.mark.parametrize("name", CLEAR)
def test_nothing_else_in_the_file_changes(name: str) -> None:
    text = (CONFIGS / name).read_text()

    lost = [line[2:] for line in difflib.ndiff(text.splitlines(), added(text).splitlines()) if line[0] == "-"]

    # The line of a last entry may get a comma, and that of a list on one line gives its bracket away.
    assert len(lost) <= 1
    assert all(line.rstrip().endswith(("'", "]", "],", "// zoom", "};")) for line in lost), lost


@pytest.mark.parametrize("name", CLEAR)
def test_entry_is_indented_and_quoted_as_the_file_is(name: str) -> None:
    text = (CONFIGS / name).read_text()

    line = next(line for line in added(text).splitlines() if "docusaurus-plugin-askdocs" in line[:60])

    if "//" not in line:
        assert line.strip()[0] == ("'" if mask(text).count("'") > mask(text).count('"') else '"')
    assert line.startswith("\t") == ("\n\t" in text)


@pytest.mark.parametrize(("name", "said"), UNCLEAR.items())
def test_what_would_take_a_guess_is_refused_with_the_reason(name: str, said: str) -> None:
    with pytest.raises(Unclear, match=said.replace("(", r"\(").replace(")", r"\)")):
        added((CONFIGS / name).read_text())


def test_comment_behind_the_last_entry_stays_before_ours() -> None:
    after = added("export default {plugins: [\n  'a' // the first\n  // the end\n]}")

    assert "'a', // the first\n  // the end\n  [\n" in after


@pytest.mark.parametrize(
    ("source", "masked"),
    [
        ("a // b {\nc", "a       \nc"),
        ("/* { */ x", "        x"),
        ("'it\\'s {'", "'_______'"),
        ("`${a ? `{` : '}'} {`", "`" + "_" * 18 + "`"),
        ("x = /[/}]+/g; y", "x = _______g; y"),
        ("a / b / {c}", "a / b / {c}"),
    ],
)
def test_mask_leaves_only_structure(source: str, masked: str) -> None:
    assert mask(source) == masked


@pytest.mark.parametrize("text", ["export default {", "const a = 'x\n", "/* ", "export default {]}", "`${"])
def test_broken_file_is_refused(text: str) -> None:
    with pytest.raises(Unclear):
        added(text)


def test_values_are_written_as_people_would() -> None:
    assert written({"data-site-key": "it's", "defer": True}, quote="'") == (
        "{\n  'data-site-key': 'it\\'s',\n  defer: true,\n}"
    )


def test_span_of_an_exported_object_is_found_behind_its_name() -> None:
    text = "const a = {x: 1};\nexport default a;"

    assert Module.read(text).exported() == Span(10, 16)
