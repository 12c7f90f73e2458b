import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.text.visible import VisibleText, visible


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a" + "".join(chr(0xE0000 + ord(letter)) for letter in "obey") + "b", "ab"),
        ("a" + "".join(chr(0xE0100 + byte) for byte in b"obey"), "a"),
        ("pass\u200bword\u2060 \ufeffx\u00ad", "password x"),
        ("access\u202egnp.exe\u202c", "accessgnp.exe"),
        ("\u2066a\u2069 \u200eb\u200f", "a b"),
        ("\x1b]0;owned\x07\x1b[2J", "]0;owned[2J"),
        ("a\x00b\x85c\u2028d\x0be", "ab c d e"),
        ("a\u200db\u200cc \u200d", "abc "),
        ("é\u200d\u200d\u200c\u200dx", "é\u200dx"),
        ("☺\ufe0f\ufe0f\ufe0f\ufe0e", "☺\ufe0f"),
        ("\u3164\u115f\uffa0x", "x"),
    ],
)
def test_what_is_not_seen_is_taken_out(text: str, left: str) -> None:
    assert visible(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "Plain text, `code`\n\tand more.\r\n",
        "Zoë naïve façade – “quotes” … 日本語、한국어",
        "می‌خواهم क्‍ष",
        "👩\u200d💻 ❤\ufe0f\u200d🔥 1\ufe0f⃣ 🏳\ufe0f\u200d🌈",
    ],
)
def test_what_is_seen_stays(text: str) -> None:
    assert visible(text) == text


@given(st.text("aé\u200c\u200d\ufe0f\u200b\x85❤", max_size=20), st.integers(1, 5))
def test_how_the_text_is_cut_makes_no_difference(text: str, size: int) -> None:
    stream = VisibleText()

    assert "".join(stream.feed(text[at : at + size]) for at in range(0, len(text), size)) == visible(text)
