"""Admonitions, tabs, components and MDX in Markdown are read as the page they make."""

from __future__ import annotations

import pytest

from askdocs.sources.markdown import parse_page
from askdocs.types import Block, Page, markdown


def read(text: str, *, path: str = "page.md") -> Page:
    page = parse_page(path, text, lambda sentence: None)
    assert page is not None
    return page


def prose(text: str, *, path: str = "page.md") -> str:
    return "\n\n".join(markdown(section.blocks) for section in read(text, path=path).sections)


def test_comment_behind_a_paragraph_is_no_anchor() -> None:
    assert prose("Text. <!-- #later -->") == "Text."


@pytest.mark.parametrize(
    "text",
    [
        ":::note[The *title*]\n\nText.\n\n:::",
        ":::note The title\nText.\n:::",
        "/// note | The title\n\nText.\n\n///",
        '!!! note "The title"\n    Text.\n',
        '??? note "The title"\n\n    Text.\n',
        '<Admonition type="tip" title="The title">\n\nText.\n\n</Admonition>',
        "<details>\n<summary>The title</summary>\n\nText.\n\n</details>",
    ],
)
def test_admonition_keeps_its_title(text: str) -> None:
    assert prose(f"{text}\n\nAfter.") == "The title\nText.\n\nAfter."


def test_admonition_without_title_is_named_by_its_kind() -> None:
    assert prose(":::warning\n\nText.\n\n:::") == "Warning\nText."
    assert prose("> [!TIP]\n> Text.") == "Tip\n\nText."
    assert prose('!!! note ""\n    Text.\n') == "Note\nText."


def test_nested_admonitions_end_at_their_own_marks() -> None:
    text = "::::note[Outer]\n\na\n\n:::tip[Inner]\n\nb\n\n:::\n\nc\n\n::::\n\nd"
    assert prose(text) == "Outer\na\n\nInner\nb\n\nc\n\nd"


def test_admonition_stays_in_its_list_item() -> None:
    assert prose("1. a\n\n   :::note\n\n   b\n\n   :::\n\n2. c") == "1. a\n  Note\n  b\n2. c"


def test_mark_of_another_generator_stays_text() -> None:
    assert prose("::: package.module.Name\n\nText.") == "::: package.module.Name\n\nText."


@pytest.mark.parametrize(
    "text",
    [
        '<Tabs>\n  <TabItem value="a" label="First">\n    One.\n  </TabItem>\n'
        '  <TabItem value="b" label="Second">\n\n    ```sh\n    two\n    ```\n\n  </TabItem>\n</Tabs>',
        "<Tabs\n  values={[\n    {label: 'First', value: 'a'},\n    {label: 'Second', value: 'b'},\n  ]}>\n"
        '<TabItem value="a">One.</TabItem>\n<TabItem value="b">\n\n```sh\ntwo\n```\n\n</TabItem>\n</Tabs>',
        "//// tab | First\n\nOne.\n\n////\n\n//// tab | Second\n\n```sh\ntwo\n```\n\n////",
        '=== "First"\n\n    One.\n\n=== "Second"\n\n    ```sh\n    two\n    ```\n',
    ],
)
def test_tabs_are_all_read_with_their_labels(text: str) -> None:
    blocks = read(f"{text}\n\nAfter.").sections[0].blocks
    assert blocks == (
        Block("First:"),
        Block("One.", glue="\n"),
        Block("Second:"),
        Block("two", "sh"),
        Block("After."),
    )


def test_what_mdx_computes_is_left_out() -> None:
    text = """import A from '@theme/A';
import {
  b,
} from './b';

export const c = {
  d: 1,
};

# Title {/* #t */}

{/* not
shown */}

Some <A e={{f: 1}}>shown</A> text {props.g}{' '}here, and \\{this}.

<div className="h" style={{i: 'j'}}>
    **k**
</div>

<Card title="Card" href={l} />

{
  m.map((n) => <o>{n}</o>)
}

The end."""
    expected = ["Some shown text here, and {this}.", "k", "Card", "The end."]
    assert prose(text, path="page.mdx").split("\n\n") == expected


def test_tags_in_code_keep_their_lines() -> None:
    code = '<Tabs\n  a="b"\n  c={[\n    {d: "e"},\n  ]}>\n</Tabs>\n\nexport const f = {\n};'
    assert read(f"```jsx\n{code}\n```", path="page.mdx").sections[0].blocks == (Block(code, "jsx"),)


def test_braces_are_text_where_there_is_no_mdx() -> None:
    assert prose("Get /items/{item_id}.\n\n{a}") == "Get /items/{item_id}.\n\n{a}"


def test_html_in_markdown_is_read() -> None:
    text = '<h2 id="x">A <code>b</code></h2>\n\n<p>c<br>d</p>\n\n<script>e</script>\n\n<!-- f -->\n\ng'
    assert [(section.anchor, section.heading) for section in read(text).sections] == [("x", ("A b",))]
    assert prose(text) == "c\nd\n\ng"
