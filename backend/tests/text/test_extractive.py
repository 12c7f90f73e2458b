"""An answer that is quoted is short, in reading order, and shows what the page shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.text import extractive, tokens
from askdocs.text.citations import CitationStream
from askdocs.text.extractive import WORDS, Asked
from askdocs.types import Block, Hit, Inline
from tests import builders


def hit(text: str, *, title: str = "Page", heading: tuple[str, ...] = (), score: float = 0.5) -> Hit:
    place = {"path": "page.md", "url": "/docs/page", "anchor": "part", "locale": ""}
    return builders.hit(text, title=title, heading=heading, score=score, **place)


def answer(question: str, hits: Sequence[Hit], *, allowed: bool = True) -> str:
    weights = dict.fromkeys(tokens.terms(question), 1.0)
    return extractive.compose(Asked(question, weights), hits, allow=lambda url: allowed, renumber=False).text


def of_blocks(*blocks: Block) -> Hit:
    return Hit(replace(builders.chunk(""), blocks=blocks), 0.5)


def quotes(question: str, *texts: str) -> str:
    return answer(question, [hit(text) for text in texts])


# what a page that is named holds


def glimpse(question: str, text: str) -> str:
    asked = Asked(question, dict.fromkeys(tokens.terms(question), 1.0))
    return extractive.glimpse(asked, hit(text), allow=lambda url: False)


def test_glimpse_is_the_two_best_sentences_in_their_order() -> None:
    text = (
        "Keys can be bought. Archives keep a day. Keys open doors. Doors have keys of brass, and two doors."
    )

    assert glimpse("keys of doors", text) == "Keys open doors. … Doors have keys of brass, and two doors."


def test_glimpse_is_short_and_of_one_line_without_code() -> None:
    text = f"Keys: {'word ' * 50}.\n\n| Part | Use |\n|---|---|\n| keys | doors |\n\n```sh\nkeys rotate\n```"

    said = glimpse("keys", text)

    assert said == "keys, doors"


def test_nothing_is_shown_of_a_page_without_a_word_of_the_question() -> None:
    assert glimpse("zebra", "Rotate the keys.") == ""


# what is quoted


@pytest.mark.parametrize("question", ["", "the of and", "🦊", "zebra"])
def test_question_without_a_shared_word_gets_no_quotes(question: str) -> None:
    assert quotes(question, "Rotate the keys.") == ""


def test_no_hits_give_no_quotes() -> None:
    assert answer("keys", []) == ""


def test_each_sentence_carries_its_own_mark_below_its_heading() -> None:
    hits = [
        hit("Rotate the keys once a month. Old keys stay valid.", title="Keys", heading=("Use", "Rotate"))
    ]

    assert answer("rotate keys", hits) == (
        "**Keys › Rotate**\n\nRotate the keys once a month. [1] Old keys stay valid. [1]"
    )


def test_numbers_run_in_the_order_of_the_text_unless_readers_know_others() -> None:
    hits = [hit("Nothing of it."), hit("Rotate the keys."), hit("Keys expire.")]
    weights = dict.fromkeys(tokens.terms("rotate keys"), 1.0)

    def quoted(*, renumber: bool) -> extractive.Quoted:
        asked = Asked("rotate keys", weights)
        return extractive.compose(asked, hits, allow=lambda url: True, renumber=renumber)

    assert "Rotate the keys. [1]" in quoted(renumber=True).text
    assert quoted(renumber=True).hits[0] is hits[1]
    assert "Rotate the keys. [2]" in quoted(renumber=False).text
    assert list(quoted(renumber=False).hits) == hits


def test_quotes_are_in_the_order_of_the_page() -> None:
    text = "Keys sign sessions of readers.\n\nRotate the keys every month.\n\nThat is all about keys."

    assert quotes("how do I rotate keys every month", text).splitlines()[2::2] == [
        "Keys sign sessions of readers. [1]",
        "Rotate the keys every month. [1]",
        "That is all about keys. [1]",
    ]


def test_paragraph_beside_a_quote_is_quoted_before_another_one_elsewhere() -> None:
    elsewhere, beside = (
        Block(f"Rotated keys {' '.join(str(number) for number in range(start, start + 56))}.")
        for start in (100, 200)
    )
    whole = of_blocks(elsewhere, Block("Cats sleep all day."), Block("Rotate the keys."), beside)
    found = answer("rotate keys", [replace(whole, scores=(0.5, 0.1, 0.9, 0.5))])

    assert beside.text in found
    assert elsewhere.text not in found


def test_what_is_left_out_within_a_paragraph_shows() -> None:
    text = f"Rotate the keys. {'Cats sleep all day and night. ' * 30}Rotate keys twice."
    pieces = quotes("rotate keys", text)

    assert "Rotate the keys. [1] … Rotate keys twice. [1]" in pieces.replace(
        "Cats sleep all day and night. [1] ", ""
    )


def test_part_of_the_section_that_was_found_is_quoted_before_others() -> None:
    filler = [
        Block(f"Keys {n} of {n + 100} or {n + 200} and {n + 300} open box {n + 400}.") for n in range(20)
    ]
    best = Block("Keys are sold by locksmiths in the old town at least on every second day of the week.")
    whole = replace(of_blocks(*filler, best), scores=(*[0.1] * 20, 0.9))

    assert best.text in answer("keys", [whole])
    assert best.text not in answer("keys", [replace(whole, scores=())])


def test_passage_under_a_matching_heading_is_quoted_without_its_words() -> None:
    found = answer("rotate keys", [hit("Run this command every month.", heading=("Rotate keys",))])

    assert found.endswith("Run this command every month. [1]")


def test_further_passage_must_say_what_is_asked_itself() -> None:
    hits = [hit("Rotate the keys."), hit("Cats sleep all day long here.", heading=("Rotate keys",))]

    assert "Cats" not in answer("rotate keys", hits)


def test_at_most_three_passages_are_quoted() -> None:
    animals = ["ants", "bees", "cats", "dogs", "eels", "foxes"]
    found = quotes("alpha", *(f"Alpha likes {animal} in the garden." for animal in animals))

    assert [f"[{number}]" in found for number in range(1, 7)] == [True] * 3 + [False] * 3


def test_passage_that_fits_far_less_than_the_best_one_is_left_out() -> None:
    hits = [hit("Rotate the keys.", score=0.9), hit("Rotate the crops.", score=0.2)]

    assert "crops" not in answer("rotate the keys", hits)


@pytest.mark.parametrize(("score", "quoted"), [(0.55, False), (0.7, True)])
def test_further_passage_is_nearly_as_good_as_the_best_one(score: float, quoted: bool) -> None:
    hits = [hit("Rotate the keys.", score=0.9), hit("Rotate keys of crops in a field.", score=score)]

    assert ("crops" in answer("rotate the keys", hits)) is quoted


def test_code_of_a_passage_that_fits_far_less_is_not_added() -> None:
    code = hit("Rotate crops with:\n\n```sh\ncrops rotate\n```", title="Farm", score=0.3)

    assert "crops" not in answer("rotate the keys", [hit("Rotate the keys.", score=0.9), code])


def test_answer_has_no_more_words_than_readers_read() -> None:
    text = " ".join(f"Rotation number {number} rotates the key again and again." for number in range(60))

    assert 100 < len(quotes("rotate key", text, text).replace("[1]", "").split()) <= WORDS + 10


def test_near_identical_sentences_are_quoted_once() -> None:
    found = quotes("rotate keys", "Rotate the signing keys every month.", "Rotate signing keys every month!")

    assert found.count("every month") == 1


def test_question_is_not_answered_with_itself() -> None:
    text = 'Keys are rotated every month.\n\n```bash\naskdocs ask "How do I rotate keys?"\n```'

    assert quotes("how do I rotate keys?", text).endswith("Keys are rotated every month. [1]")


@pytest.mark.parametrize(
    "text", ["- Type: boolean", "Technical Details", "Why?", "🚀", "For example:", "index.js"]
)
def test_what_says_nothing_alone_is_not_quoted_for_its_heading(text: str) -> None:
    found = answer("rotate keys", [hit(f"{text}\n\nThis is done once a month.", heading=("Rotate keys",))])

    assert found.endswith("**Page › Rotate keys**\n\nThis is done once a month. [1]")


@pytest.mark.parametrize(("asked", "quoted"), [("default of base", True), ("rotate", False)])
def test_bare_value_answers_who_asks_for_it_by_its_name(asked: str, quoted: bool) -> None:
    value = Block("- Default: rotate", kind="item", inlines=(Inline("code", 11, 17),))
    found = answer(asked, [replace(of_blocks(value, Block("What base is, in words.")), score=0.5)])

    assert ("Default: `rotate` [1]" in found) is quoted


@pytest.mark.parametrize(
    ("question", "quoted"),
    [("redis exporter", True), ("redis exporter: passwords, tls, certificates", False)],
)
def test_of_a_list_of_links_only_the_entry_that_is_asked_for_is_quoted(question: str, quoted: bool) -> None:
    def entry(name: str) -> Block:
        return Block(f"- {name}", kind="item", inlines=(Inline("link", 2, 2 + len(name), f"/{name[:5]}"),))

    found = answer(question, [of_blocks(entry("MySQL"), entry("Redis exporter"), entry("Go"))])

    assert found.endswith("- [Redis exporter](/Redis) [1]") is quoted
    assert (found != "") is quoted


# what belongs together


@pytest.mark.parametrize("lead", ["Rotate the keys:", "Rotate the keys by this command."])
def test_instruction_comes_with_its_command(lead: str) -> None:
    found = quotes("rotate keys", f"{lead}\n\n```bash\naskdocs rotate\n```\n\nDone.")

    assert f"{lead} [1]\n\n```bash\naskdocs rotate\n```" in found


def test_command_that_was_found_comes_with_its_instruction() -> None:
    found = quotes("rotate_keys", "Run this command:\n\n```sh\nrotate_keys\n```")

    assert found.endswith("Run this command: [1]\n\n```sh\nrotate_keys\n```")


def test_long_code_is_quoted_whole_where_it_is_the_answer() -> None:
    code = "\n".join(f"rotate_keys({number})" for number in range(60))

    assert code in quotes("rotate keys", f"Rotate the keys so:\n\n```py\n{code}\n```")


def test_code_that_fits_is_added_to_what_is_quoted_of_its_passage() -> None:
    prose = "\n\n".join(f"To rotate the keys, take heed of rule {number}." for number in range(14))
    found = quotes("rotate keys", f"{prose}\n\nNow for it.\n\n```sh\nkeys rotate\n```")

    assert len(found.split("\n\n```sh\nkeys rotate\n```")) == 2


@pytest.mark.parametrize(("lead", "added"), [("Rotate keys with:\n\n", True), ("", False)])
def test_code_of_a_further_passage_needs_what_announces_it(lead: str, added: bool) -> None:
    prose = hit("\n\n".join(f"To rotate the keys, take heed of rule {number}." for number in range(14)))
    code = hit(f"{lead}```sh\nkeys rotate\n```", title="Shell", score=0.3)

    found = answer("rotate keys", [prose, code])

    assert found.endswith("**Shell**\n\nRotate keys with: [2]\n\n```sh\nkeys rotate\n```") is added


def test_code_that_stands_twice_is_quoted_once() -> None:
    code = "```py\nkeys.rotate(every='month')\n```"
    found = quotes("rotate keys", f"Rotate the keys:\n\n{code}\n\nOr, in older releases:\n\n{code}")

    assert found.count("keys.rotate") == 1


def test_code_alone_begins_no_further_passage() -> None:
    first = hit("Rotate the keys once a month.")
    second = hit("```sh\nkeys rotate\n```", title="Keys")

    assert "```" not in answer("rotate keys", [first, second])


def test_three_blocks_of_code_are_enough() -> None:
    code = "\n\n".join(f"```sh\nkeys rotate --all {number}\n```" for number in range(8))
    prose = "\n\n".join(f"To rotate the keys, take heed of rule {number}." for number in range(14))

    assert quotes("rotate keys", f"{prose}\n\nNow for it.\n\n{code}").count("```sh") == 3


def test_code_is_never_cut() -> None:
    code = "rotate_keys()\n" * 400

    assert "rotate_keys" not in quotes("rotate keys", f"Rotate keys so.\n\n```\n{code}```")


def test_empty_code_is_no_trouble() -> None:
    assert quotes("rotate keys", "Rotate the keys.\n\n```\n```").startswith(
        "**Page**\n\nRotate the keys. [1]"
    )


def test_fence_inside_a_longer_fence_does_not_end_it() -> None:
    code = "````md\n```js\nrotate_keys()\n```\n````"

    assert quotes("rotate_keys", code).endswith(code)


@pytest.mark.parametrize("lead", ["Rotate keys after:", "Rotate keys after"])
def test_announced_items_follow_their_sentence(lead: str) -> None:
    assert quotes("rotate keys", f"{lead}\n\n- a leak\n- a year\n\nDone.").endswith(
        f"{lead} [1]\n\n- a leak [1]\n- a year [1]"
    )


def test_item_comes_with_the_sentence_that_announces_it() -> None:
    found = quotes("leak", "Rotate keys after:\n\n- a year\n- a leak of the file that holds them")

    assert found.endswith("Rotate keys after: [1]\n\n- a leak of the file that holds them [1]")


def test_steps_keep_their_numbers() -> None:
    text = "1. Rotate the keys of the server\n2. Rotate the keys of the client"

    assert quotes("rotate keys", text).endswith(
        "1. Rotate the keys of the server [1]\n2. Rotate the keys of the client [1]"
    )


def test_announcement_of_nothing_is_not_quoted() -> None:
    assert quotes("rotate keys", "Rotate keys after:") == ""


def test_table_rows_keep_their_head() -> None:
    table = (
        "| Option | Meaning |\n| --- | --- |\n| rotate | how often keys are rotated here |\n| banana | on |\n"
        "| rotateKeys | whether the keys of a site rotate |"
    )

    assert quotes("rotate", table).endswith(
        "| Option | Meaning |\n| --- | --- |\n| rotate | how often keys are rotated here [1] |\n"
        "| rotateKeys | whether the keys of a site rotate [1] |"
    )


@pytest.mark.parametrize("row", ["| rotate | a | b |", "what rotates | is the rest of a row |"])
def test_row_that_no_table_can_show_is_left_out(row: str) -> None:
    assert quotes("rotate", f"| Option | Default |\n| --- | --- |\n{row}") == ""


# how it is shown


def defined() -> Hit:
    return of_blocks(
        Block("--retries", kind="term", inlines=(Inline("code", 0, 9),)),
        Block("-r", kind="term", glue="\n"),
        Block("How often a request is tried. Three times at most.", kind="definition", glue="\n"),
        Block("None of them waits.", kind="definition"),
        Block("--timeout", kind="term"),
        Block("How long a request may take.", kind="definition", glue="\n"),
    )


def test_definition_comes_with_its_terms() -> None:
    assert answer("Is a request tried three times at most?", [defined()]) == (
        "**Guide › Install**\n\n**`--retries`**, **-r**  \nHow often a request is tried. [1] "
        "Three times at most. [1]\n\n**--timeout**  \nHow long a request may take. [1]"
    )


def test_definition_is_found_by_its_term_and_cited_with_it() -> None:
    found = defined()
    text = answer("What does --retries do?", [found])

    stream = CitationStream([found], terms=tokens.terms)
    stream.feed(text)
    stream.close()

    assert "**`--retries`**, **-r**  \nHow often" in text
    assert stream.citations[0].quote == "--retries -r How often a request is tried."
    assert "text=%2D%2Dretries,often%20a%20request%20is%20tried." in stream.citations[0].fragment


def test_claim_is_supported_by_the_definition_of_the_option_that_it_names() -> None:
    stream = CitationStream([defined()], terms=tokens.terms)
    stream.feed("`--timeout` says how long a request may take [1].")
    stream.close()

    assert [citation.quote for citation in stream.citations] == ["--timeout How long a request may take."]


def test_term_that_nothing_but_a_list_defines_announces_it() -> None:
    found = of_blocks(
        Block("Modes", kind="term"),
        Block("- strict mode", kind="item", glue="\n"),
        Block("- lenient mode", kind="item", glue="\n"),
    )

    assert "Modes [1]\n\n- strict mode [1]\n- lenient mode [1]" in answer("Which modes are there?", [found])


def test_inline_code_and_links_stay_and_pictures_go() -> None:
    text = "A whale Rotate keys with rotate`s or as told here."
    inlines = (
        Inline("image", 0, 7),
        Inline("code", 25, 33),
        Inline("link", 37, 49, "/docs/a (b)"),
    )
    whole = of_blocks(Block(text, inlines=inlines))

    assert answer("rotate keys", [whole]).endswith(
        "\n\nRotate keys with ``rotate`s`` or [as told here](/docs/a%20%28b%29). [1]"
    )
    assert answer("rotate keys", [whole], allowed=False).endswith("or as told here. [1]")


def test_code_that_is_a_link_is_both() -> None:
    text = "Rotate keys with rotate every month."
    inlines = (Inline("link", 17, 23, "/rotate"), Inline("code", 17, 23))
    whole = of_blocks(Block(text, inlines=inlines))

    assert "Rotate keys with [`rotate`](/rotate) every month. [1]" in answer("rotate keys", [whole])


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
    assert f"{written} [1]" in quotes("rotate keys", text)


def test_sentence_with_a_footnote_of_its_own_is_left_out() -> None:
    assert quotes("rotate keys", "Rotate keys as in [3]. Old keys rotate too.").endswith(
        "**Page**\n\nOld keys rotate too. [1]"
    )


def test_long_sentence_is_cut_between_words() -> None:
    found = quotes("rotate", "rotate " + "word " * 1000)

    assert found.endswith("word … [1]")
    assert len(found.split()) < 70


def test_sentences_end_where_no_space_follows_in_japanese() -> None:
    assert quotes("回転", "回転します。回転は秘密です。").endswith("回転します。 [1] 回転は秘密です。 [1]")


@given(
    st.text("rotate keys.!?\n|-#*`_[]()<>~1、。 ", max_size=300),
    st.text("rotate keys\n`|", max_size=40),
)
def test_quotes_of_anything_keep_their_marks(text: str, question: str) -> None:
    hits = [hit(text), hit("Rotate the keys.")]
    found = answer(question, hits)
    reader = CitationStream(hits, terms=tokens.terms)

    assert reader.feed(found) + reader.close() == found
    assert {citation.index for citation in reader.citations} <= {1, 2}
