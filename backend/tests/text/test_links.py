import html
import re
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from askdocs.text.links import LinkFilter

ALLOWED = ["https://docs.example/guide#x", "http://localhost:3000", "/relative"]
BARE = re.compile(
    r"(?:https?|ftp)://[^\s\0\ufeff<]*|www\.[^\s\0\ufeff<]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE
)
ESCAPE, CODE = r"\\[!-/:-@\[-`{-~]", r"(`+)(?!`).*?(?<!`)\1(?!`)"
TARGET = r"\]\( *(?:<[^<>\n]*>|[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)"
AUTOLINK = r"<[a-z][^\s:<>]*[:@][^\s<>]*>"
READ_ALIKE = re.compile(f"{ESCAPE}|{CODE}|{TARGET}|{AUTOLINK}", re.IGNORECASE)


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
            if address and leads_away(address):
                found.append(address)
            if is_html:
                found.append(token.content)
            if token.type == "inline":
                found.extend(filter(leads_away, bare(visible(token))))
                found.extend(filter(leads_away, bare_as_written(token.content)))
            walk(token.children or [])

    walk(reader.parse(markdown))
    return found


def visible(inline: Token) -> str:
    """The text that readers may look for bare addresses in; an allowed host's path may hold anything."""
    text = "".join(child.content if child.type == "text" else "\0" for child in inline.children or [])
    return re.sub(r"https://docs\.example[/#][^\s\0]*", "", text)


def bare(text: str) -> list[str]:
    addresses = [found[0].rstrip("?!.,:*_~\"')]|>") for found in BARE.finditer(text)]
    return [
        re.sub(r"^(?=www)", "http://", re.sub(r"^(?=[^:/]+@)", "mailto:", address)) for address in addresses
    ]


def bare_as_written(content: str) -> list[str]:
    """As GFM readers find them before anything in them is resolved: an address goes on through code."""
    found: list[str] = []
    at = 0
    while at < len(content):
        if address := BARE.match(content, at):
            found.extend(bare(address[0]))
            at = address.end()
        elif alike := READ_ALIKE.match(content, at):
            found.extend(bare(alike[0][1:-1]) if alike[0][0] == "<" else [])
            at = alike.end()
        else:
            at += 1
    return found


def leads_away(address: str) -> bool:
    """Whether the address leaves the site: as it stands, unquoted, or with its references resolved."""
    return any(
        host(reading) != "docs.example" for reading in (address, unquote(address), html.unescape(address))
    )


def host(address: str) -> str:
    """The host as browsers find it, on a page of docs.example; the scheme for what has none."""
    address = re.sub(r"[\t\n\r]", "", address.strip("\ufeff" + "".join(map(chr, range(33))) + "\u00a0\u3000"))
    address = address.replace("\\", "/")
    scheme = re.match(r"([a-z][a-z\d+.-]*):", address, re.IGNORECASE)
    if scheme and scheme[1].lower() not in ("http", "https"):
        return scheme[0]
    rest = address[scheme.end() :] if scheme else address
    if not scheme and not rest.startswith("//"):
        return "docs.example"
    authority = re.sub(r":(?:80|443)?\Z", "", re.split(r"[/?#]", rest.lstrip("/"), maxsplit=1)[0])
    name = authority.rpartition("@")[2].lower().translate({ord(dot): "." for dot in "。．｡"})
    return "docs.example" if re.search(r"[\x00-\x20<>\[\]^|\x7f]", name) else name  # Such a host is none.


@pytest.mark.parametrize(
    "text",
    [
        "See [the guide](https://docs.example/guide/a_(b)#c) and [a](/b 'title') [c](#d) [e](../f?g=h&i)",
        "<https://docs.example/a> https://docs.example/b, (http://localhost:3000/c) HTTPS://DOCS.EXAMPLE.",
        "So it is [1][2], not [3]. `items[0]` of [4]: fine.",
        "Run `curl https://evil.example/x` and ``a ` b``.\n\n```sh\ncurl https://evil.example\n```\nDone.",
        "1. Clone:\n\n    ```sh\n    git clone https://evil.example\n    ```\n\n2. Do\n   ```\n   x\n   ```",
        "1. Get:\n    ```sh\n    git clone https://evil.example\n    ```\n2. Do\n    ```\n    <b>\n    ```\n",
        "> **Note**\n> ```html\n> <img src=https://evil.example>\n> ```\n> and on",
        "- ```sh\n  curl https://evil.example\n  ```\n- b",
        "| a | b |\n|---|:-:|\n| `x \\| y` | c<br>d |\n\n- [ ] task\n- [x] done\n\n* * *\n\n## H #",
        "@scope/pkg and @evil.example, a@b: 5 @ 6",
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
        ("![chart](https://docs.example/chart.png) and [![x](/y.png)](/z)", "chart and [x](/z)"),
        ("Then ![you are logged out](/logout).", "Then you are logged out."),
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
        ("&#104;ttps://evil.example", "\\&#104;`ttps://evil.example`"),
        ("![h](//x)ttps://evil.example", "[h]`ttps://evil.example`"),
        ("https://docs.example/*https://evil.example* a", "https://docs.example/* `https://evil.example`* a"),
        ("<https://docs.example&sol;@evil.example/x>", "`https://docs.example&sol;@evil.example/x`"),
        ("https://docs.example&#47;@evil.example/x", "`https://docs.example&#47;@evil.example/x`"),
        ("![x](\ufeff//evil.example/?q=s) [a](/b\u200b) [a](&sol;/evil.example)", "x a a"),
        ("[a](http:evil.example) [b](https:/evil.example) [c](/\\evil.example)", "a b c"),
        (
            "https://docs。example/x https://docs.example。evil.example",
            "`https://docs。example/x` `https://docs.example。evil.example`",
        ),
        ("ftp://evil.example/x, <ftp://evil.example/x>", "`ftp://evil.example/x`, `ftp://evil.example/x`"),
        ("Write to a.b@evil.example or <mailto:c@d.e>.", "Write to `a.b@evil.example` or `mailto:c@d.e`."),
        ("foo\\_@evil.example foo&commat;evil.example", "foo\\_`@evil.example` foo\\&commat;evil.example"),
        ("https://docs.example`@evil.example/x`", "`https://docs.example` `@evil.example/x`"),
        ("https://docs.example/p`<https://evil.example>`", "https://docs.example/p `<https://evil.example>`"),
        ("https://docs.example\x85@evil.example", "`https://docs.example`\x85@evil.example"),
        ("a\\@evil.example", "a\\\\ `@evil.example`"),
        ("www. <https://docs.example!>", "`www`. `https://docs.example!`"),
        ("[1](https://evil.example): //evil.example\n\nSo [1].", "[1]\\: //evil.example\n\nSo [1]."),
        ("![a](//x): //evil.example\n\n[a]", "[a]\\: //evil.example\n\n[a]"),
        ("![1](//x)(//evil.example)", "[1]\\(//evil.example)"),
        ("[x [1](//x)](//x)(//evil.example)", "x [1]\\(//evil.example)"),
        ("[a][(//evil.example)](//x)", "[a][(//evil.example)]"),
        ("[a][: //evil.example](//x)", "[a][: //evil.example]"),
        ("https://docs.example/p\\<img src=x>", "https://docs.example/p\\ \\<img src=x>"),
        ("[a](/b[2]) [c](/d '[2]') <https://docs.example/[2]>", "a c `https://docs.example/[2]`"),
        ("<https://evil.example/a|b>", "`https://evil.example/a%7Cb`"),
        ("&lbrack;9&rsqb;", "\\&lbrack;9\\&rsqb;"),
        ('https://docs.example""~~~', 'https://docs.example"" \\~\\~\\~'),
        ("a ~~~ b ~~c~~", "a \\~\\~\\~ b ~~c~~"),
        ("<[div](https://evil.example)\n<img src=x>", "<[div] (`https://evil.example`)\n\\<img src=x>"),
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


@pytest.mark.parametrize("before", range(1980, 2001))
def test_address_over_the_end_of_the_look_ahead_is_found(before: int) -> None:
    text = "a " * (before // 2) + "b" * (before % 2) + "https://evil.example " + "x@evil.example"

    assert dangers(run(text)) == []


def test_host_beyond_the_look_ahead_is_not_guessed() -> None:
    assert dangers(run("https://docs.example" + ")" * 2000 + "@evil.example")) == []


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
        *[
            "@evil.x",
            "/p",
            "foo",
            "foo@evil.x",
            "mailto:",
            "<mailto:foo@evil.x>",
            "ftp://evil.x",
            "ftp",
            "://",
        ],
        *[
            "<ftp://evil.x>",
            "<https://docs.example",
            "&sol;",
            "&#47;",
            "&quest;",
            "&num;",
            "&commat;",
            "&amp;",
        ],
        *[
            "&bsol;",
            "\ufeff",
            "\u00a0",
            "\u0085",
            "\x1c",
            "\u200b",
            "\u3000",
            "。",
            "／",
            "\\/",
            "[x](<",
            "HTTPS:",
        ],
        *[
            "[1](//x)",
            "![1](//x)",
            "[(//evil.x)](//x)",
            "[: //evil.x](//x)",
            "[div](//x)",
            ": //evil.x",
            "(//evil.x)",
        ],
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
