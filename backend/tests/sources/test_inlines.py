"""Code, links and images stay known in a line whose spaces are squeezed and whose cells are put together."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

from askdocs.sources import content
from askdocs.types import Block


def blocks(html: str) -> tuple[Block, ...]:
    root = LexborHTMLParser(html).body
    assert root is not None
    return (
        content.read(root, resolve=lambda href: "" if "dead" in href else f"/site/{href}").sections[0].blocks
    )


def inlines(block: Block) -> list[tuple[str, str, str]]:
    return [(one.kind, block.text[one.start : one.end], one.url) for one in block.inlines]


@pytest.mark.parametrize(
    ("html", "text", "found"),
    [
        ("<p>Run <code>askdocs\n serve</code>.", "Run askdocs serve.", [("code", "askdocs serve", "")]),
        ("<p>Press <kbd> F5 </kbd> now", "Press F5 now", [("code", "F5", "")]),
        ("<p>See <a href=a>the\n page</a>!", "See the page!", [("link", "the page", "/site/a")]),
        ("<p>A <a href=dead>dead</a> link", "A dead link", []),
        (
            "<p><a href=a><code>x</code></a> is",
            "x is",
            [("link", "x", "/site/a"), ("code", "x", "")],
        ),
        ("<p><img alt='a whale'> Docker", "a whale Docker", [("image", "a whale", "")]),
        ("<ul><li>Set <code>a</code>", "- Set a", [("code", "a", "")]),
        ("<p><code>a<br>b</code> c", "a", [("code", "a", "")]),
        ("<p>\ue0000\ue001icon\ue002 font", "0icon font", []),
        ("<p><code> </code>nothing", "nothing", []),
    ],
)
def test_line_knows_what_stands_in_it(html: str, text: str, found: list[tuple[str, str, str]]) -> None:
    line = blocks(html)[0]

    assert (line.text, inlines(line)) == (text, found)


def test_rows_of_a_table_know_what_stands_in_their_cells() -> None:
    head, row = blocks("<table><tr><th>A <code>b</code><th>C<tr><td>d<td>e <a href=f>g</a></table>")

    assert (head.text, inlines(head)) == ("| A b | C |\n| --- | --- |", [("code", "b", "")])
    assert (row.text, inlines(row)) == ("| d | e g |", [("link", "g", "/site/f")])


def test_code_blocks_and_headings_hold_no_marks() -> None:
    html = (
        "<h2>The <code>base</code> option</h2><pre><code>a <b>b</b> <img alt=c> <a href=d>e</a></code></pre>"
    )
    root = LexborHTMLParser(html).body
    assert root is not None
    (section,) = content.read(root, resolve=str).sections

    assert section.heading == ("The base option",)
    assert section.blocks == (Block("a b c e", ""),)
