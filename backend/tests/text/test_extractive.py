from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.text import extractive, tokens
from askdocs.text.citations import CitationStream
from askdocs.types import Hit
from tests import builders

CORS = """\
It's also possible to declare the list as "*" (a "wildcard") to say that all are allowed.

But that will only allow certain types of communication, excluding everything that involves credentials.

So, for everything to work correctly, it's better to specify explicitly the allowed origins."""


def hit(text: str, *, title: str = "Page", heading: tuple[str, ...] = (), score: float = 1.0) -> Hit:
    place = {"path": "page.md", "url": "/docs/page", "anchor": "part", "locale": ""}
    return builders.hit(text, title=title, heading=heading, score=score, **place)


def quotes(question: str, *texts: str) -> str:
    return extractive.compose(question, [hit(text) for text in texts]) or ""


def test_quotes_are_introduced_grouped_and_marked() -> None:
    hits = [hit("Unrelated."), hit(CORS, title="CORS", heading=("Use it", "Wildcards"))]

    assert extractive.compose("which origins are allowed", hits) == (
        "These passages of the documentation match your question:\n"
        "\n"
        "**CORS › Wildcards**\n"
        "\n"
        '- It\'s also possible to declare the list as "*" (a "wildcard") to say that all are allowed. [2]\n'
        "- But that will only allow certain types of communication, excluding everything that involves"
        " credentials. [2]\n"
        "- So, for everything to work correctly, it's better to specify explicitly the allowed origins. [2]"
    ).replace('"*"', '"\\*"')


@pytest.mark.parametrize("language", ["de", "de-AT", "DE_ch"])
def test_introduction_speaks_the_language_of_the_docs(language: str) -> None:
    answer = extractive.compose("Schlüssel", [hit("Der Schlüssel läuft ab.")], language=language)

    assert answer is not None
    assert answer.startswith("Diese Stellen der Dokumentation")


@pytest.mark.parametrize("question", ["", "the of and", "🦊", "zebra"])
def test_question_without_a_shared_word_gets_no_quotes(question: str) -> None:
    assert extractive.compose(question, [hit(CORS)]) is None


def test_no_hits_give_no_quotes() -> None:
    assert extractive.compose("origins", []) is None


def test_best_passages_come_first() -> None:
    answer = quotes("rotate signing keys", "Signing keys exist.", "Rotate the signing keys every month.")

    assert answer.index("[2]") < answer.index("[1]")


def test_passage_under_a_matching_heading_is_quoted_without_its_words() -> None:
    answer = extractive.compose("rotate keys", [hit("Run this every month.", heading=("Rotate keys",))])

    assert answer is not None
    assert "- Run this every month. [1]" in answer


def test_no_more_than_four_passages_are_quoted() -> None:
    animals = ["ants", "bees", "cats", "dogs", "eels", "foxes", "goats"]
    answer = quotes("alpha", *(f"Alpha likes {animal}." for animal in animals))

    assert [f"[{number}]" in answer for number in range(1, 8)] == [True] * 4 + [False] * 3


def test_answer_stays_short() -> None:
    sentences = " ".join(f"Rotation number {number} rotates the key {'again ' * 30}." for number in range(40))

    assert 600 < len(quotes("rotate key", *[sentences] * 6)) < 1300


def test_near_identical_sentences_are_quoted_once() -> None:
    answer = quotes(
        "rotate keys",
        "Rotate the signing keys every single month.",
        "Rotate signing keys every single month!",
    )

    assert answer.count("single month") == 1


def test_abbreviations_do_not_end_sentences() -> None:
    assert "- Set an origin, e.g. Your own, i.e. This one. [1]" in quotes(
        "origin", "Set an origin, e.g. Your own, i.e. This one. Done."
    )


def test_sentences_end_where_no_space_follows_in_japanese() -> None:
    assert "- 鍵を回転します。 [1]" in quotes("回転", "鍵を回転します。次です。")


def test_list_items_lose_their_markers_only() -> None:
    answer = quotes("rotate keys", "1. Rotate the keys\n2. Bananas\n* Keep old keys")

    assert "- Rotate the keys [1]\n- Keep old keys [1]" in answer


def test_announced_code_follows_its_sentence() -> None:
    answer = quotes("rotate keys", "Rotate the keys:\n\n```bash\naskdocs site rotate docs\n```\n\nDone.")

    assert answer.endswith("- Rotate the keys: [1]\n\n```bash\naskdocs site rotate docs\n```")


@pytest.mark.parametrize("lead", ["Rotate keys after:", "Rotate keys after"])
def test_announced_items_follow_their_sentence(lead: str) -> None:
    answer = quotes("rotate keys", f"{lead}\n\n- a leak\n- a year\n\nDone.")

    assert answer.endswith(f"- {lead} [1]\n- a leak [1]\n- a year [1]")


@pytest.mark.parametrize("label", ["Tip", "Technical Details", "For example:"])
def test_label_is_not_quoted_for_its_heading(label: str) -> None:
    text = f"{label}\n\nThis is done once a month."
    answer = extractive.compose("rotate keys", [hit(text, heading=("Rotate keys",))]) or ""

    assert "This is done once a month." in answer
    assert label not in answer


def test_question_is_not_answered_with_itself() -> None:
    text = 'Keys are rotated monthly.\n\n```bash\naskdocs ask "How do I rotate keys?"\n```'
    answer = quotes("how do I rotate keys?", text)

    assert "- Keys are rotated monthly. [1]" in answer
    assert "```" not in answer


def test_code_alone_is_cited_at_its_heading() -> None:
    answer = quotes("rotate_keys", "Bananas.\n\n~~~python\nrotate_keys()\n~~~")

    assert answer.endswith("**Page** [1]\n\n```python\nrotate_keys()\n```")


def test_code_is_never_cut() -> None:
    answer = quotes("rotate keys", "Rotate keys so.\n\n```\n" + "rotate_keys()\n" * 60 + "```")

    assert "```" not in answer


def test_fence_inside_a_longer_fence_does_not_end_it() -> None:
    code = "````md\n```js\nrotate_keys()\n```\n````"

    assert quotes("rotate_keys", code).endswith(code)


def test_table_rows_keep_their_head() -> None:
    table = "| Option | Default |\n| --- | --- |\n| rotate | off |\n| banana | on |\n| rotateKeys | off |"

    assert quotes("rotate", table).endswith(
        "| Option | Default |\n| --- | --- |\n| rotate | off [1] |\n| rotateKeys | off [1] |"
    )


def test_long_sentence_is_cut_between_words() -> None:
    answer = quotes("rotate", "rotate " + "word " * 1000)

    assert answer.endswith("word … [1]")
    assert len(answer) < 600


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Keys in <b>bold</b> rotate.", "Keys in \\<b>bold\\</b> rotate."),
        ("Keys of __init__ and snake_case rotate.", "Keys of \\_\\_init__ and snake_case rotate."),
        ("Keys *rotate* in UA-* files.", "Keys \\*rotate* in UA-* files."),
        ("Keys [rotate](http://evil) here.", "Keys \\[rotate](http://evil) here."),
        ("Keys of list[str] `rotate`.", "Keys of list[str] \\`rotate\\`."),
        ("# Keys rotate.", "\\# Keys rotate."),
        ("Keys &amp; locks \\* rotate.", "Keys \\&amp; locks \\\\* rotate."),
    ],
)
def test_markdown_in_the_passage_shows_as_written(text: str, written: str) -> None:
    assert f"- {written} [1]" in quotes("rotate keys", text)


def test_sentence_with_a_footnote_of_its_own_is_left_out() -> None:
    assert quotes("rotate keys", "Rotate keys as in [3]. Old keys rotate too.").endswith(
        "**Page**\n\n- Old keys rotate too. [1]"
    )


def test_nothing_names_the_nearest_pages() -> None:
    hits = [hit("x", title="List[str] (old)", heading=("A",))]

    assert extractive.nothing(hits, language="en") == (
        "I found nothing in the documentation that answers this. The nearest pages are:\n"
        "\n"
        "- [List\\[str\\] (old) > A](/docs/page#part)"
    )
    assert extractive.nothing([], language="de").endswith(".")


@given(
    st.text("rotate keys.!?\n|-#*`_[]()<>~1、。 ", max_size=300),
    st.text("rotate keys\n`|", max_size=40),
)
def test_quotes_of_anything_survive_the_citation_checker(text: str, question: str) -> None:
    hits = [hit(text), hit("Rotate the keys.")]
    answer = extractive.compose(question, hits)
    if answer is None:
        return
    reader = CitationStream(hits, terms=tokens.terms)

    assert reader.feed(answer) + reader.close() == answer
    assert {citation.index for citation in reader.citations} <= {1, 2}
