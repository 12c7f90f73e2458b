import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.text import sentences
from askdocs.text.sentences import Sentence
from askdocs.types import Block

ONE = [
    # abbreviations
    "Pass a host, e.g. Localhost or an address.",
    "Pass a host (e.g. localhost, an address, etc.) to the command.",
    "Only the names, i.e. Keys of the map, are compared.",
    "Fonts, icons, etc. are copied as they are.",
    "Compare pull vs. Push before choosing.",
    "It takes approx. 5 minutes.",
    "Any proxy (incl. Caddy) will do.",
    "The layout, a.k.a. Shell, wraps each page.",
    "Written by Dr. Ada Miller and Mrs. Jones.",
    "Some browsers, eg. Firefox, ask first.",
    "A method from Miller et al. is used.",
    "Traffic in the U.S. East region is counted.",
    "Wait max. ten seconds.",
    "Das gilt z.B. Für Schlüssel.",
    "Das gilt z. B. Für Schlüssel.",
    "Der Schlüssel, d.h. Das Geheimnis, bleibt hier.",
    "Der Schlüssel, d. h. Das Geheimnis, bleibt hier.",
    "Ports, Adressen usw. werden geprüft.",
    "Der Dienst bzw. Das Programm startet neu.",
    "Es dauert ca. Zwei Minuten.",
    "Siehe vgl. Abschnitt zwei.",
    # numbers, versions, ordinals
    "Use v3.1.2 or 3.10 and later.",
    "The factor is 0.25 at 1.5 GB.",
    "See no. 5 and fig. 3 on p. 12.",
    "Released on Jan. 5 of that year.",
    "Am 3. Oktober ist frei.",
    "Im 2. Schritt wird geprüft.",
    "1. First open the file.",
    "Since 2.0.0-beta.13... the name has changed.",
    # names of files, addresses, code
    "Edit vite.config.js and .env.local first.",
    "Open https://example.com/a.b/?q=1.2#x.y in a browser.",
    "Import Node.js modules from ./lib/a.mjs here.",
    "Run docker build . in the folder, or cp . /srv.",
    "Use a relative import with .. Within the package.",
    "Files that begin with a dot (.) Are hidden.",
    "Call app.get(...) and print(a.b.c) there.",
    "Section X. prefixes are added.",
    # ellipses, quotes, brackets, other marks
    "Wait... then go on.",
    "Values such as 1, 2, ... 10 are allowed.",
    "Applying the base URL... is done for you.",
    'A dialog asks "Install it now?" when it opens.',
    'Choose "Open file..." and confirm.',
    "Read Oh My! describes the difference.",
    "It is off (Sorry for that! It will be on soon, in the next release) by default.",
    "It is on (see the guide. It is long).",
    "Note: this, and that; all of it.",
    "One colon: Everything after it belongs to it.",
    "彼は「行く。」と言った。",
    "",
    " ",
]

MANY = [
    ["Stop the server. ", "Start it again."],
    ["Is it up? ", "Yes! ", "Go on."],
    ["Install Node 20. ", "Then install the package."],
    ["It needs Python 3.11. ", "Older ones fail."],
    ["Icons, fonts, etc. ", "The rest is ignored."],
    ["It runs at 5 p.m. ", "Logs are kept."],
    ["It supports IE. ", "Edge works too."],
    ["Sign it with a CA. ", "Then upload it."],
    ["The timeout is 10 ms. ", "Raise it when needed."],
    ["It is locked. ", "npm does this for you."],
    ["Set the color mode. ", "null resets the choice."],
    ["Written in C. ", "Rust is used too."],
    ["Open vite.config.js. ", "Add a plugin."],
    ["See https://example.com/docs. ", "It has more."],
    ["Read .env. ", ".env.local wins over it."],
    ['He said "Stop." ', "Nobody did."],
    ["Use the “safe mode.” ", "It is slower."],
    ["It is done. ", "(It took long.) ", "Next."],
    ["(This is one. ", "This is two.) ", "This is three."],
    ["Call `run()`. ", "Wait for it."],
    ["**It is bold.** ", "It is not."],
    ["Wait... ", "Then go on."],
    ["And so on… ", "Next comes the index."],
    ["It works (mostly). ", "Try it."],
    ["He named it (after B. ", "Nobody closed that."],
    ["Really?! ", "Really."],
    ["Pourquoi ? ", "Parce que."],
    ["Es läuft. ", "Die Datei ist da."],
    ["Ist es da? ", "Ja."],
    ["Version 2. ", "Danach kommt Version 3."],
    ["キーを回します。", "次です。", "終わり"],
    ["第一句话。", "第二句话！", "第三句话？"],
    ["他说“好。”", "然后走了。"],
    ["यह एक है। ", "यह दो है।"],
    ["First line\n", "second line\n\n", "third."],
    ["One.  \n  ", "Two."],
    ["Two spaces.  ", "Non-breaking.\u00a0", "End."],
    ["Plan A. ", "Plan B.\t", "Done."],
    ["It is called ASGI . ", "Servers speak it."],
]


@pytest.mark.parametrize("text", ONE)
def test_nothing_ends_within_one_sentence(text: str) -> None:
    assert sentences.split(text) == ([text] if text else [])


@pytest.mark.parametrize("parts", MANY, ids="".join)
def test_text_is_cut_between_sentences(parts: list[str]) -> None:
    assert sentences.split("".join(parts)) == parts


MARKS = st.text("aAbz1.!?…。」'\")([ \n\u00a0,:eg/|-と", max_size=80)


@given(MARKS | st.text(max_size=200))
def test_sentences_joined_are_the_text(text: str) -> None:
    parts = sentences.split(text)

    assert "".join(parts) == text
    assert all(parts)
    assert not any("\n" in part.strip() for part in parts)


@given(
    st.lists(st.sampled_from([text for text in ONE if text[-1:] == "." and text[0].isupper()]), max_size=5)
)
def test_sentences_that_are_whole_stay_whole_side_by_side(texts: list[str]) -> None:
    assert [part.strip() for part in sentences.split("\n".join(texts))] == texts


@pytest.mark.parametrize(
    "pattern", [".", ". ", "(", ")", "()", "(a. B) ", "...", ". a", "e.g. ", ".)", "\n", "。」", "?! "]
)
def test_endless_text_is_cut_in_linear_time(pattern: str) -> None:
    text = pattern * (400_000 // len(pattern))
    start = time.process_time()
    parts = sentences.split(text)

    assert time.process_time() - start < 10  # quadratic work would take minutes
    assert "".join(parts) == text


# what is quoted


def said(*blocks: Block) -> list[str]:
    return [sentence.text for sentence in sentences.of(blocks)]


def test_item_is_quoted_whole_without_its_marker() -> None:
    assert said(Block("  - Fast. It is cached.", kind="item"), Block("12. Slow. Very.", kind="item")) == [
        "Fast. It is cached.",
        "Slow. Very.",
    ]


def test_paragraph_that_looks_like_an_item_keeps_its_beginning() -> None:
    assert said(Block("- Not a list. Really.")) == ["- Not a list.", "Really."]


def test_long_item_is_quoted_by_the_sentence() -> None:
    long = "It is long, " * 30 + "and ends here."

    assert said(Block(f"- {long} Then it goes on.", kind="item")) == [long, "Then it goes on."]


def test_row_is_quoted_whole_with_the_head_of_its_table() -> None:
    head = Block("| A | B |\n| --- | --- |", kind="head")
    row = Block("| One. Two. | e.g. three |", kind="row", glue="\n")

    assert list(sentences.of([head, row, Block("After."), row])) == [
        Sentence(row.text, row, head.text),
        Sentence("After.", Block("After.")),
        Sentence(row.text, row),
    ]


def test_code_is_quoted_whole() -> None:
    assert said(Block("a. B.\n\nc", "sh"), Block("Done.")) == ["a. B.\n\nc", "Done."]


@pytest.mark.parametrize("text", ["…", "---", " ", "***"])
def test_what_says_nothing_is_not_quoted(text: str) -> None:
    assert said(Block(text)) == []
