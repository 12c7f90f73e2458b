import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from askdocs.text.links import LinkFilter

ALLOWED = ["https://docs.example/guide#x", "http://localhost:3000", "/relative"]
FOREIGN = re.compile(r"(?:https?:)?//[\w.@]*evil", re.IGNORECASE)
BARE = re.compile(r"(?:https?://|www\.)[\w.@]*evil", re.IGNORECASE)


def run(text: str, *, size: int = 100_000) -> str:
    stream = LinkFilter(ALLOWED)
    parts = [stream.feed(text[at : at + size]) for at in range(0, len(text), size)]
    return "".join([*parts, stream.close()])


def dangers(markdown: str) -> list[str]:
    """What another reader of Markdown makes of the text that leads to a foreign host, or is HTML."""
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    found: list[str] = []

    def walk(tokens: list[Token]) -> None:
        for token in tokens:
            address = str(token.attrs.get("href") or token.attrs.get("src") or "")
            is_html = token.type in ("html_inline", "html_block") and token.content != "<br>"
            is_other = re.match(r"(?!https?:|mailto:)[a-z][a-z\d+.-]*:", address, re.IGNORECASE)
            if FOREIGN.match(address) or is_other:
                found.append(address)
            if is_html or (token.type == "inline" and BARE.search(visible(token))):
                found.append(token.content)
            walk(token.children or [])

    walk(reader.parse(markdown))
    return found


def visible(inline: Token) -> str:
    """The text that readers may look for bare addresses in; an allowed host's path may hold anything."""
    text = "".join(child.content if child.type == "text" else "\0" for child in inline.children or [])
    return re.sub(r"https://docs\.example[/#][^\s\0]*", "", text)


@pytest.mark.parametrize(
    "text",
    [
        "See [the guide](https://docs.example/guide/a_(b)#c) and [a](/b 'title') [c](#d) [e](../f?g=h&i)",
        "<https://docs.example/a> https://docs.example/b, (http://localhost:3000/c) HTTPS://DOCS.EXAMPLE.",
        "![chart](https://docs.example/chart.png) and [![x](/y.png)](/z)",
        "So it is [1][2], not [3]. `items[0]` of [4]: fine.",
        "Run `curl https://evil.example/x` and ``a ` b``.\n\n```sh\ncurl https://evil.example\n```\nDone.",
        "1. Clone:\n\n    ```sh\n    git clone https://evil.example\n    ```\n\n2. Do\n   ```\n   x\n   ```",
        "1. Get:\n    ```sh\n    git clone https://evil.example\n    ```\n2. Do\n    ```\n    <b>\n    ```\n",
        "> **Note**\n> ```html\n> <img src=https://evil.example>\n> ```\n> and on",
        "- ```sh\n  curl https://evil.example\n  ```\n- b",
        "| a | b |\n|---|:-:|\n| `x \\| y` | c<br>d |\n\n- [ ] task\n- [x] done\n\n* * *\n\n## H #",
        "a < b, c <5, *d* _e_ ~~f~~ ![ g ] h\\* i & j &amp; k  \nl",
        "~~~\n[x](https://evil.example)\n~~~\n",
    ],
)
def test_ordinary_markdown_is_left_as_it_is(text: str) -> None:
    assert run(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Get [Node](https://evil.example/n) now.", "Get Node (`https://evil.example/n`) now."),
        ("See https://evil.example/a_b.", "See `https://evil.example/a_b`."),
        ("(<https://evil.example>)", "(`https://evil.example`)"),
        ("www.evil.example!", "`www.evil.example`!"),
        ("![a *b*](https://evil.example/?q=secret) c", "a *b* c"),
        ("[![a](https://evil.example/a.png)](/b)", "[a](/b)"),
        ("[a](//evil.example) [b](/\\/evil.example) [c](/&#47;evil.example)", "a b c"),
        ("[a](javascript:alert(1)) [b](data:text/html,x) [c](mailto:d@e.f)", "a b c (`mailto:d@e.f`)"),
        ("https://docs.example@evil.example", "`https://docs.example@evil.example`"),
        ("https://docs.example\\@evil.example", "`https://docs.example\\@evil.example`"),
        ("https://docs.example.evil.example/", "`https://docs.example.evil.example/`"),
        ("[a][b]\n\n[b]: https://evil.example", "[a][b]\n\n[b]\\: `https://evil.example`"),
        ("[b]:\n//evil.example", "[b]\\:\n//evil.example"),
        ("So [1](https://evil.example), [2](/x) [¹](/x)", "So [1], [2] ¹"),
        ("<img src=https://evil.example>", "\\<img src=`https://evil.example`>"),
        ("<!-- ` --> [a](https://evil.example) `", "\\<!-- ` --> [a](https://evil.example) `"),
        ("&#104;ttps://evil.example", "\\&#104;ttps://evil.example"),
        ("![h](//x)ttps://evil.example", "[h]ttps://evil.example"),
        ("https://docs.example/*https://evil.example* a", "https://docs.example/*`https://evil.example`* a"),
    ],
)
def test_link_to_a_foreign_host_is_none(text: str, left: str) -> None:
    assert run(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "> ```\n> a\n[x](https://evil.example)",
        "- a\n  ```\n[x](https://evil.example)",
        "- a\nlazy\n  ```\n[x](https://evil.example)",
        "text\n     ```\n     [x](https://evil.example)",
        "text\n2. a\n     ```\n     [x](https://evil.example)",
        "1. a\n\n    ```\n        ```\n    ```\n    [x](https://evil.example)",
        "| ` | [x](https://evil.example) ` |\n|---|---|",
        "` a\n\n[x](https://evil.example) `",
        "``a``https://evil.example",
        "<https://evil.example>``a``",
        "```a|b\n|-|-|\n| [x](https://evil.example) | |",
        "<div>\n```\n<img src=https://evil.example>\n```",
        "```\r[x](x)\r```\r[x](https://evil.example)",
        "[a\nb](https://evil.example)",
        "- - -\n    ```\n[x](https://evil.example)",
    ],
)
def test_what_is_no_code_to_every_reader_hides_no_link(text: str) -> None:
    assert dangers(text)

    assert dangers(run(text)) == []


def test_unclosed_fence_is_code_to_the_end() -> None:
    assert run("```\n[x](https://evil.example)\n") == "```\n[x](https://evil.example)\n"


TOKENS = st.sampled_from(
    [
        *[
            "a",
            "1",
            "é",
            " ",
            "  ",
            "    ",
            "\n",
            "\n\n",
            "\r\n",
            "\r",
            "\t",
            "\\",
            "!",
            "*",
            "_",
            "#",
            "# ",
            '"',
            "'",
        ],
        *["`", "``", "```", "```\n", "~~~\n", "> ", "- ", "1. ", "2. ", "* ", "---\n", "|", "\n|-|-|\n"],
        *["[", "]", "![", "(", ")", "](", "[x](", "[y]: ", "]:", "[m](/p)", "[l](https://evil.x)"],
        *["![i](https://evil.x/i)", "<", ">", "<br>", "<b>", "<!--", "-->", "<img src=//evil.x>"],
        *["<https://evil.x>", "&", "&#104;", "&colon;", ":", "/", ".", "h", "http", "ttps://evil.x", "www"],
        *["www.evil.x", "//evil.x", "https://evil.x", "https://docs.example", "https://docs.example/p"],
        *["@evil.x", "/p"],
    ]
)


@settings(max_examples=1500, deadline=None)
@given(st.lists(TOKENS, max_size=24).map("".join))
def test_no_reader_finds_a_foreign_link(text: str) -> None:
    assert dangers(run(text)) == []


@settings(max_examples=500, deadline=None)
@given(st.lists(TOKENS, max_size=24).map("".join), st.integers(1, 9))
def test_how_the_text_is_cut_makes_no_difference(text: str, size: int) -> None:
    assert run(text, size=size) == run(text)
