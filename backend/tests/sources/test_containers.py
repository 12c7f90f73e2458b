"""Admonitions, tabs, components and MDX in Markdown are read as the page they make."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from askdocs.sources import commonmark
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
    assert prose("> [!TIP]\n> Text.") == "Tip\nText."
    assert prose('!!! note ""\n    Text.\n') == "Note\nText."


@pytest.mark.parametrize("line", ["{.table .striped}", "{: .class #id}", '{#id lang="en"}'])
def test_attributes_of_a_block_are_not_text(line: str) -> None:
    assert prose(f"a\n{line}\n\n| b |\n|---|\n{line}\n\nc") == "a\n\n| b |\n| --- |\n\nc"


def test_nested_admonitions_end_at_their_own_marks() -> None:
    text = "::::note[Outer]\n\na\n\n:::tip[Inner]\n\nb\n\n:::\n\nc\n\n::::\n\nd"
    assert prose(text) == "Outer\na\n\nInner\nb\n\nc\n\nd"


def test_admonition_stays_in_its_list_item() -> None:
    assert prose("1. a\n\n   :::note\n\n   b\n\n   :::\n\n2. c") == "1. a\n  Note\n  b\n2. c"


@pytest.mark.parametrize("marks", [("///", "////"), ("////", "///")])
def test_slashes_end_at_as_many(marks: tuple[str, str]) -> None:
    outer, inner = marks
    text = f"{outer} note\n\na\n\n{inner} tip\n\nb\n\n```md\n{outer}\n```\n\n{inner}\n\nc\n\n{outer}\n\nd"
    assert prose(text) == f"Note\na\n\nTip\nb\n\n```md\n{outer}\n```\n\nc\n\nd"


def test_colons_end_where_docusaurus_ends_them() -> None:
    assert prose(":::note\n\na\n\n:::tip\n\nb\n\n:::\n\nc\n\n:::\n\nd") == "Note\na\n\nTip\nb\n\nc\n\nd"


def test_container_that_nobody_closed_ends_with_its_surroundings() -> None:
    page = read("- a\n\n  :::note\n\n  b\n\n/// tip\n\nc\n\n## H\n\nd")
    assert [section.heading for section in page.sections] == [(), ("H",)]
    assert markdown(page.sections[0].blocks) == "- a\n  Note\n  b\n\nTip\nc"


@pytest.mark.parametrize(
    "text",
    [
        ':::note[A [b] `c` "d" 🎉]\ne\n:::',
        '::: note A [b] `c` "d" 🎉 {#id .x}\ne\n:::',
        '/// note | A [b] `c` "d" 🎉\n    type: info\n    open: true\n\ne\n///',
        '!!! note inline end "A [b] `c` "d" 🎉"\n    e',
        '???+ "A [b] `c` "d" 🎉"\n    e',
    ],
)
def test_title_may_hold_brackets_quotes_and_code(text: str) -> None:
    assert prose(text) == 'A [b] c "d" 🎉\ne'


def test_admonition_keeps_code_with_blank_lines() -> None:
    text = "!!! tip\n\n    a\n\n        b\n\n    ```py\n    c\n\n\n    d\n    ```\n\n    e\n\nf"
    assert read(text).sections[0].blocks == (
        Block("Tip"),
        Block("a", glue="\n"),
        Block("b", ""),
        Block("c\n\n\nd", "py"),
        Block("e"),
        Block("f"),
    )


def test_tabs_in_tabs_and_in_lists_are_read() -> None:
    text = (
        '=== "A"\n\n    === "B"\n\n        b\n\n    === "C"\n\n        c\n\n- d\n\n    === "E"\n\n        e\n'
    )
    assert prose(text) == "A:\nB:\nb\n\nC:\nc\n\n- d\n  E:\n  e"


def test_exclamation_is_no_admonition() -> None:
    assert prose("!!! Wow, this is prose\n\n!!!important!!!") == "!!! Wow, this is prose\n\n!!!important!!!"


def test_selector_of_html_is_no_title() -> None:
    assert prose("/// html | div.a\nb\n///") == "b"


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


def test_text_in_tabs_may_be_indented_without_blank_lines() -> None:
    text = (
        '<Tabs>\n  <TabItem value="a" label="A">\n    Text\n    goes on.\n    ```js\n    b\n\n    c\n'
        "    ```\n    - d\n    - e\n  </TabItem>\n</Tabs>\n\nf"
    )
    assert read(text).sections[0].blocks == (
        Block("A:"),
        Block("Text goes on.", glue="\n"),
        Block("b\n\nc", "js"),
        Block("- d", kind="item"),
        Block("- e", kind="item", glue="\n"),
        Block("f"),
    )


def test_table_goes_on_after_tags_in_a_cell() -> None:
    assert prose("|A|B|\n|-|-|\n|a<br>b|c|\n|`Map<K>`|d|\n|e|f|") == (
        "| A | B |\n| --- | --- |\n| a b | c |\n| Map<K> | d |\n| e | f |"
    )


@pytest.mark.parametrize("path", ["page.md", "page.mdx"])
@pytest.mark.parametrize("tag", ["`List<Foo>`", '<a href="b">c</a>', "<Foo>c</Foo>", "d<br/>"])
def test_paragraph_goes_on_after_a_line_with_tags(tag: str, path: str) -> None:
    blocks = read(f"A {tag} and\nmore *of* it.", path=path).sections[0].blocks
    assert blocks[-1].text.endswith("and more of it.")


_ANGLES = [
    "Use `List<Foo>` and `Map<K, V>`",
    "Compare a < b and c > d",
    "If x<y then",
    "An arrow <- or <= or <<EOF",
    "Write to <me@example.com>",
    "See <https://example.com/a?b=c>",
    "A <kbd>Ctrl</kbd>+<kbd>C</kbd>",
    "A line<br>",
    "A line<br />and",
    "A <b>bold</b> <span class='x'>word</span>",
    "A <!-- comment --> inside",
    "A `<div>` in code",
    "A \\<T> escaped",
    "A &lt;T&gt; entity",
    "<b>Bold</b> at its beginning",
    "<a href='b'>Linked</a> at its beginning",
    "< alone",
    "<3 a heart",
]
"""Lines with an angle bracket, none of which ends a paragraph in CommonMark."""


def blocks_by_commonmark(text: str) -> list[str]:
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return [token.type for token in tokens if token.block]


@pytest.mark.parametrize("frame", ["{}", "- {}", "1. {}", "> {}", "> - {}", "- a\n  - {}"])
@pytest.mark.parametrize("line", _ANGLES)
def test_angle_brackets_part_no_paragraph(line: str, frame: str) -> None:
    indent = " " * (len(frame.rpartition("\n")[2]) - 2) if ">" not in frame else "> "
    text = f"{frame.format(line)}\n{indent}and more *of* it.\n\nNext."
    found = [token.type for token in commonmark.parse(text).tokens if token.block]
    assert found == blocks_by_commonmark(text)
    assert "paragraph_open" in found


@pytest.mark.parametrize("line", _ANGLES)
def test_table_goes_on_after_angle_brackets(line: str) -> None:
    text = f"| a | b |\n|---|---|\n| {line} | c |\n| d | {line} |\n| e | f |\n\nNext."
    found = [token.type for token in commonmark.parse(text).tokens if token.block]
    assert found == blocks_by_commonmark(text)
    assert found.count("tr_open") == 4


def test_item_goes_on_after_a_line_with_tags() -> None:
    assert prose("1. Add a `<link>`\n   to it.\n2. b") == "1. Add a <link> to it.\n2. b"


def test_paragraph_in_tags_keeps_its_lines_together() -> None:
    assert prose("<p>One *line*\nand more.</p>\n\na", path="page.mdx") == "One line and more.\n\na"


def test_indented_html_is_no_code() -> None:
    text = "<table>\n    <tr>\n        <td>a</td>\n        <td>b</td>\n    </tr>\n</table>"
    assert prose(text) == "| a | b |"


@pytest.mark.parametrize("path", ["page.md", "page.mdx"])
def test_heading_right_below_an_anchor_is_a_heading(path: str) -> None:
    sections = read('a\n\n<a name="x" />\n## B\n\nc', path=path).sections
    assert [section.heading for section in sections] == [(), ("B",)]


def test_operator_in_a_sentence_is_no_fragment() -> None:
    assert prose("Compare a <> b.") == "Compare a <> b."


def test_texts_in_the_data_of_a_component_are_shown() -> None:
    entry = "{\n  name: 'a',\n\n  type: \"B | null\",\n  description:\n    'It\\'s c.',\n  href: '/d',\n},\n"
    text = f"<Table\n  style={{{{type: 'x'}}}}\n  items={{[\n{entry * 500}]}}\n/>\n\ne"
    blocks = read(text, path="page.mdx").sections[0].blocks
    assert blocks == (Block("a: B | null: It's c."),) * 500 + (Block("e"),)


def test_component_in_html_shows_its_attributes() -> None:
    assert prose('<div>\n<Card title="A &amp; B" to={c => d}>\ne\n</Card>\n</div>') == "A & B\n\ne"


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


def test_braces_are_text_although_code_imports() -> None:
    text = "```js\nimport a from './a';\n```\n\nGet {item}.\n\n    b"
    assert read(text).sections[0].blocks == (
        Block("import a from './a';", "js"),
        Block("Get {item}."),
        Block("b", ""),
    )


@pytest.mark.parametrize(
    "sign", ["import A from '@theme/A';", "import a from './a.mdx';", "{/* c */}", "A{' '}", '<b>{"A"}</b>']
)
def test_page_gives_itself_away_as_mdx(sign: str) -> None:
    assert "item" not in prose(f"{sign}\n\nGet {{item}}.")


def test_text_behind_a_comment_of_several_paragraphs_is_kept() -> None:
    assert prose("{/* a\n\nb */} c *d*\ne\n\nf") == "c d e\n\nf"


def test_apostrophe_in_an_expression_opens_no_string() -> None:
    assert prose("{\n  a && <p>don't</p>\n}\n\nIt's b.", path="page.mdx") == "It's b."


def test_html_in_markdown_is_read() -> None:
    text = '<h2 id="x">A <code>b</code></h2>\n\n<p>c<br>d</p>\n\n<script>e</script>\n\n<!-- f -->\n\ng'
    assert [(section.anchor, section.heading) for section in read(text).sections] == [("x", ("A b",))]
    assert prose(text) == "c\nd\n\ng"
