"""What is literal in a configuration in JavaScript is read, and nothing is guessed."""

from __future__ import annotations

import pytest

from askdocs.sources.js_config import UNKNOWN, Script


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("'a'", "a"),
        ('"it\\"s"', 'it"s'),
        ("`plain`", "plain"),
        ("`${made}`", UNKNOWN),
        ("true", True),
        ("false", False),
        ("['a', \"b\",]", ["a", "b"]),
        ("{ a: { 'b-c': 'd' } }", {"a": {"b-c": "d"}}),
        ("host", "https://x.example"),
        ("'a' as const", "a"),
        ("/** @type {X} */ ({ a: ('b') })", {"a": "b"}),
        ("('a', 'b')", UNKNOWN),
        ("(a) => ({ b: 'c' })", UNKNOWN),
        ("'a' + b", UNKNOWN),
        ("env.X ?? 'a'", UNKNOWN),
        ("is ? 'a' : 'b'", UNKNOWN),
        ("() => { return 'a, b' }", UNKNOWN),
        ("{ ...{ a: 'b' }, c: 'd' }", {"a": "b", "c": "d"}),
        ("{ method() { return '}' }, a: 'b' }", {"method": UNKNOWN, "a": "b"}),
        ("{ // a: 'x'\n /* b: 'y' */ c: 'd' }", {"c": "d"}),
        ("missing", UNKNOWN),
    ],
)
def test_values(value: str, read: object) -> None:
    before = "import x from 'y'\nconst host = 'https://x.example'\n"
    script = Script(f"{before}export default f({{ key: {value}, last: 'z' }})")

    assert script.object_with("key") == {"key": read, "last": "z"}


def test_shorthand_is_a_constant_of_the_file() -> None:
    script = Script("const key: Record<string, X> = { a: 'b' };\nexport default { key };")

    assert script.object_with("key") == {"key": {"a": "b"}}


def test_arguments_of_a_function_are_found() -> None:
    script = Script("export default defineConfig({ integrations: [starlight({ title: 'x' })] })")

    assert script.argument_of("starlight") == {"title": "x"}
    assert script.argument_of("other") == {}


@pytest.mark.parametrize(
    "text", ["", "{", "export default {", "export default { a: [", "const a = a; x({ key: a })", "({" * 500]
)
def test_broken_text_ends(text: str) -> None:
    assert Script(text).object_with("nothing") == {}
