"""Shortcodes leave what readers see, and no syntax."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askdocs.sources import shortcode_markdown
from askdocs.sources.markdown import parse_page
from askdocs.sources.shortcodes import Shortcode, expand
from askdocs.types import markdown

PAGE = shortcode_markdown.Surroundings(
    address=lambda name: f"/{name}/",
    include=lambda name: "## Included\n\nText." if name == "a.md" else "",
    param=lambda name: {"version": "1.2"}.get(name, ""),
)


def render(text: str) -> str:
    return expand(text, lambda code: shortcode_markdown.render(code, PAGE))


def prose(text: str) -> str:
    page = parse_page("page.md", render(text), lambda sentence: None)
    return "\n\n".join(markdown(section.blocks) for section in page.sections) if page else ""


def read(text: str) -> list[Shortcode]:
    found: list[Shortcode] = []

    def keep(code: Shortcode) -> str:
        found.append(code)
        return code.inner or ""

    expand(text, keep)
    return found


@pytest.mark.parametrize(
    ("tag", "values", "named"),
    [
        ("{{< a >}}", [], {}),
        ("{{<a>}}", [], {}),
        ('{{< a "b c" d >}}', ["b c", "d"], {}),
        (r'{{< a "b \"c\"" >}}', ['b "c"'], {}),
        ('{{< a `b "c" \\d` >}}', ['b "c" \\d'], {}),
        ('{{% a b="c d" e=f %}}', [], {"b": "c d", "e": "f"}),
        ('{{< a\n  b="c"\n  d="e"\n>}}', [], {"b": "c", "d": "e"}),
        ('{{< a b="c > d" />}}', [], {"b": "c > d"}),
        ('{{< a "https://b.c/d?e=f" >}}', ["https://b.c/d?e=f"], {}),
    ],
)
def test_arguments_are_read(tag: str, values: list[str], named: dict[str, str]) -> None:
    (code,) = read(tag)
    assert (code.name, list(code.values), dict(code.named)) == ("a", values, named)


def test_pairs_are_matched_from_the_inside() -> None:
    inner = {code.name: code.inner for code in read("{{< a >}}1{{< b >}}2{{< c >}}3{{< /b >}}4{{< /a >}}5")}
    assert inner == {"c": None, "b": "23", "a": "1234"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a {{< unknown >}} b", "a b"),
        ("a {{< /unopened >}} b", "a b"),
        ("a {{< unknown >}}c{{< /unknown >}} b", "a c b"),
        ("a {{% param version %}}.", "a 1.2."),
        ('[a]({{< ref "b" >}}) and [c]({{% relref path="d" %}}).', "a and c."),
        ('a {{< tooltip text="pod" id="x" >}} b', "a pod b"),
        ("{{< youtube abc >}}", ""),
        ("{{< comment >}}a{{< /comment >}}b", "b"),
        ("`{{</* a */>}}` and {{%/* b */%}}", "{{< a >}} and {{% b %}}"),
        ('{{< figure src="a.png" alt="A [b]" caption="C" >}}', "A [b]\n\nC"),
        ('A {{< figure src="a.png" title="B" >}} c', "A B c"),
        ('{{< include "a.md" >}}', "Text."),
        ("- {{< note >}}a{{< /note >}}\n- b", "- Note\n  a\n- b"),
        ("| a |\n|---|\n| {{< new >}}b{{< /new >}} |", "| a |\n| --- |\n| b |"),
        ("{{< note >}}\n    a\n{{< /note >}}", "Note\na"),
        ("> {{< note >}}\n> a\n> {{< /note >}}\n\nb", "Note\na\n\nb"),
        ("a {{ .Title }} b", "a {{ .Title }} b"),
        ("{{< a", "{{< a"),
    ],
)
def test_readers_see_the_text_of_shortcodes(text: str, expected: str) -> None:
    assert prose(text) == expected


@pytest.mark.parametrize(
    ("opening", "title"),
    [
        ("{{< note >}}", "Note"),
        ('{{< note title="Mind *this*" >}}', "Mind this"),
        ('{{% alert title="A" color="warning" %}}', "A"),
        ('{{% alert color="warning" %}}', "Warning"),
        ('{{% alert color="primary" %}}', ""),
        ('{{< admonition type="tip" >}}', "Tip"),
        ('{{< callout type="info" >}}', "Info"),
        ("{{< hint danger >}}", "Danger"),
        ('{{% notice warning "B" %}}', "B"),
        ('{{< details "C" >}}', "C"),
        ('{{< expand title="D" >}}', "D"),
        ("{{< row >}}", ""),
    ],
)
def test_admonitions_are_named(opening: str, title: str) -> None:
    name = read(opening)[0].name
    mark = opening[2]
    closing = f"{{{{{mark} /{name} {'>' if mark == '<' else '%'}}}}}"
    assert (
        prose(f"{opening}\nText.\n{closing}\n\nAfter.")
        == (f"{title}\nText." if title else "Text.") + "\n\nAfter."
    )


@pytest.mark.parametrize(
    "text",
    [
        '{{< tabs >}}\n{{< tab "A" >}}\na\n{{< /tab >}}\n{{< tab "B" >}}\nb\n{{< /tab >}}\n{{< /tabs >}}',
        "{{< tabpane text=true >}} {{% tab A %}}\n\na\n\n{{% /tab %}}"
        ' {{% tab header="B" %}}\n\nb\n\n{{% /tab %}} {{< /tabpane >}}',
        '{{< tabs "id" >}}{{< tab name="A" >}}a{{< /tab >}}\n{{< tab title="B" >}}b{{< /tab >}}{{< /tabs >}}',
        '{{< tabpane >}}\n  {{< tab header="X" disabled=true />}}\n  {{% tab A %}}\n  a\n  {{% /tab %}}\n'
        "  {{% tab B %}}\n  b\n  {{% /tab %}}\n{{< /tabpane >}}",
    ],
)
def test_tabs_are_labelled(text: str) -> None:
    assert prose(text) == "A:\na\n\nB:\nb"


def test_tabs_of_docsy_hold_code() -> None:
    text = (
        '{{< tabpane lang="sh" >}}\n{{< tab "A" >}}\nx <y>\n{{< /tab >}}\n'
        '{{< tab header="B" lang="js" >}}\nz\n{{< /tab >}}\n{{< /tabpane >}}'
    )
    assert prose(text) == "A:\n\n```sh\nx <y>\n```\n\nB:\n\n```js\nz\n```"


@pytest.mark.parametrize(
    "text",
    [
        "{{< highlight go >}}\na := 1\n{{< /highlight >}}",
        '{{< code lang="go" >}}\n\na := 1\n\n{{< /code >}}',
        "{{< code >}}\n\n```go\na := 1\n```\n\n{{< /code >}}",
    ],
)
def test_code_is_code(text: str) -> None:
    assert prose(f"{text}\n\nb") == "```go\na := 1\n```\n\nb"


def test_shortcodes_in_code_leave_no_elements() -> None:
    text = "```md\n{{< note >}}\na {{< param version >}}\n{{< /note >}}\n{{< x >}}\n```"
    assert prose(text) == "```md\na 1.2\n```"


MARKS = [
    "{{<", ">}}", "{{%", "%}}", "/", " note ", " tab ", " tabs ", '"', "`", "=", "a=b", "\n", "\n\n", "- ",
    "> ", "    ", "```", "| a |", "{{</*", "*/>}}", "<b>", "é",
    "{{< tabs >}}", "{{< /tabs >}}", '{{% tab "A" %}}', "{{% /tab %}}", "{{< note >}}", "{{< /note >}}",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(MARKS), max_size=25).map("".join))
def test_no_text_makes_the_reader_raise(text: str) -> None:
    prose(text)


def test_many_open_tags_take_linear_time() -> None:
    for text in ("{{< a " * 20_000, '{{< a "' * 20_000, "{{< a >}}" * 20_000, "{{< a >}}{{< /b >}}" * 10_000):
        render(text)
