import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.text import chunking, codec
from askdocs.text.chunking import CODE_SHARE, HEADING_WEIGHT, split
from askdocs.types import Block, Chunk, Page, Section, markdown


def make_page(*blocks: Block | str, heading: tuple[str, ...] = ("Install",), anchor: str = "install") -> Page:
    read = [[block] if isinstance(block, Block) else codec.read(block) for block in blocks]
    section = Section(anchor, heading, tuple(chain.from_iterable(read)))
    return Page("a.md", "/docs/a", "Guide", (section,), version="2.0", locale="en")


def words(text: str) -> list[str]:
    return text.lower().split()


def test_chunk_carries_where_it_comes_from() -> None:
    (chunk,) = split(make_page("Run it."), max_chars=100)
    assert (chunk.path, chunk.link, chunk.version, chunk.locale) == ("a.md", "/docs/a#install", "2.0", "en")
    assert (chunk.title, chunk.heading, chunk.section, chunk.position) == ("Guide", ("Install",), 0, 0)


def test_code_stays_in_the_text_and_out_of_what_is_embedded() -> None:
    (chunk,) = split(make_page("Run this:", Block("npm start", "bash"), "Then wait."), max_chars=100)
    assert chunk.text == "Run this:\n\n```bash\nnpm start\n```\n\nThen wait."
    assert chunk.dense_text == "Guide > Install\nRun this:\n\nThen wait."


def test_section_of_code_alone_is_embedded_by_its_first_lines() -> None:
    (chunk,) = split(make_page(Block("npm start\n" * 100, "bash")), max_chars=500)
    assert chunk.dense_text.startswith("Guide > Install\nnpm start\n")
    assert len(chunk.dense_text) < 400


def test_prose_is_cut_between_paragraphs_first() -> None:
    chunks = split(make_page("One. Two.\n\nThree. Four."), max_chars=20)
    assert [chunk.text for chunk in chunks] == ["One. Two.", "Three. Four."]
    assert [chunk.position for chunk in chunks] == [0, 1]


def test_long_paragraph_is_cut_between_sentences() -> None:
    chunks = split(make_page("This is one. This is two. This is three."), max_chars=26)
    assert [chunk.text for chunk in chunks] == ["This is one. This is two.", "This is three."]


def test_term_is_not_parted_from_the_beginning_of_its_definition() -> None:
    before = Block("Something of about thirty letters.")
    term = Block("--all", kind="term", glue="\n")
    definition = Block("Every page there is. Also those that nobody links to.", kind="definition", glue="\n")

    chunks = split(make_page(before, term, definition), max_chars=40)

    assert [chunk.text for chunk in chunks] == [
        "Something of about thirty letters.",
        "--all\nEvery page there is.",
        "Also those that nobody links to.",
    ]


def test_long_list_is_cut_between_items() -> None:
    chunks = split(make_page("- first. item\n- second. item\n- third. item"), max_chars=30)
    assert [chunk.text for chunk in chunks] == ["- first. item\n- second. item", "- third. item"]


def test_chinese_is_cut_between_sentences() -> None:
    chunks = split(make_page("第一句话。第二句话。第三句话。"), max_chars=10)
    assert [chunk.text for chunk in chunks] == ["第一句话。第二句话。", "第三句话。"]


def test_code_block_is_not_cut_while_it_fits() -> None:
    code = "line\n" * 50
    chunks = split(make_page("Before. " * 20, Block(code, "sh"), "After. " * 20), max_chars=100)
    assert sum(code.strip() in chunk.text for chunk in chunks) == 1


def test_huge_code_block_is_cut_between_lines() -> None:
    lines = [f"line {number}" for number in range(200)]
    chunks = split(make_page(Block("\n".join(lines), "sh")), max_chars=100)
    inside = [line for chunk in chunks for line in chunk.text.split("\n") if not line.startswith("```")]
    assert inside == lines
    assert all(chunk.text.startswith("```sh\n") and chunk.text.endswith("\n```") for chunk in chunks)


def test_endless_code_line_is_cut_by_characters() -> None:
    chunks = split(make_page(Block("x" * 1000, "")), max_chars=100)
    assert sum(chunk.text.count("x") for chunk in chunks) == 1000
    assert max(chunk.text.count("x") for chunk in chunks) == 300


def test_fence_is_longer_than_any_in_the_code() -> None:
    (chunk,) = split(make_page(Block("```\ninner\n```", "md")), max_chars=100)
    assert chunk.text == "````md\n```\ninner\n```\n````"


def test_each_part_of_a_long_table_has_its_head() -> None:
    rows = "".join(f"| `option{number}` | does {number} |\n" for number in range(40))
    chunks = split(make_page(f"Options:\n\n| Name | Meaning |\n| --- | --- |\n{rows}"), max_chars=300)
    assert len(chunks) > 3
    assert all("| Name | Meaning |\n| --- | --- |\n| `option" in chunk.text for chunk in chunks)
    assert "".join(chunk.text for chunk in chunks).count("option39") == 1


def test_empty_section_yields_no_chunk_and_no_terms() -> None:
    full = make_page("Text.").sections[0]
    page = replace(make_page(), sections=(Section("", (), (Block("\n"),)), full))
    (chunk,) = split(page, max_chars=100)
    assert (chunk.section, chunk.anchor) == (1, "install")
    assert [bool(count) for count in chunking.section_terms(page, words)] == [False, True]


@pytest.mark.parametrize("sections", [(), (Section("x", ("Setup", "Linux"), ()),)])
def test_page_of_headings_alone_yields_one_chunk(sections: tuple[Section, ...]) -> None:
    page = replace(make_page(), sections=sections, description="How to begin.")
    (chunk,) = split(page, max_chars=100)
    assert (chunk.section, chunk.link) == (0, "/docs/a")
    assert chunk.text.startswith("Guide\nHow to begin.")
    assert chunking.section_terms(page, words)[chunk.section]["begin."] == 1


def passage(section: Sequence[Chunk], *found: Chunk, most: int) -> str:
    return chunking.passage(section, found, max_chars=most).text


def test_section_that_fits_comes_whole() -> None:
    section = split(make_page("One.\n\nTwo.\n\nThree."), max_chars=6)
    assert passage(section, section[1], most=100) == "One.\n\nTwo.\n\nThree."


def test_first_chunk_of_a_section_comes_before_others_that_were_found() -> None:
    section = split(make_page("One.\n\nTwo.\n\nThree.\n\nFour.\n\nFive."), max_chars=6)
    most = len("One.\n\n…\n\nThree.\n\n…\n\nFive.")
    assert passage(section, section[4], section[2], most=most) == "One.\n\n…\n\nThree.\n\n…\n\nFive."
    assert passage(section, section[4], section[2], most=most - 1) == "One.\n\n…\n\nFour.\n\nFive."
    assert passage(section, section[4], section[2], most=1) == "Five."


def test_chunks_next_to_the_best_one_come_before_those_further_off() -> None:
    section = split(make_page("One.\n\nTwo.\n\nThree.\n\nFour."), max_chars=6)
    most = len("One.\n\n…\n\nThree.\n\nFour.")
    assert passage(section, section[3], most=most) == "One.\n\n…\n\nThree.\n\nFour."


def test_found_chunks_are_enough_where_the_section_did_not_come() -> None:
    first, _, third = split(make_page("One.\n\nTwo.\n\nThree."), max_chars=6)
    assert passage([], third, first, most=100) == "One.\n\n…\n\nThree."


def test_code_that_was_cut_comes_whole_or_in_the_part_that_was_found() -> None:
    code = Block("\n".join(f"line {number}" for number in range(20)), "sh")
    section = split(make_page("Run this.", code, *["And wait."] * 20), max_chars=12)
    most = len(code.markdown) + 30

    assert code.markdown in passage(section, section[2], most=most)
    assert passage(section, section[2], most=most // 2).count("line") < 20


def test_table_that_was_cut_comes_whole_under_one_head() -> None:
    head = "| Name | Meaning |\n| --- | --- |"
    rows = "\n".join(f"| `option{number}` | does {number} |" for number in range(9))
    table = f"{head}\n{rows}"
    section = split(make_page("Options.", *codec.read(table), *["And wait."] * 20), max_chars=120)
    assert "option8" not in section[1].text

    assert table in passage(section, section[1], most=len(table) + 130)


def test_beginning_of_a_section_ends_with_what_fits() -> None:
    section = split(make_page("One.\n\nTwo.\n\nThree."), max_chars=6)
    begun = chunking.beginning(section, max_chars=len("One.\n\nTwo."))
    assert begun is not None
    assert begun.text == "One.\n\nTwo."
    assert chunking.beginning(section, max_chars=3) is None


def test_headings_weigh_more_than_text_and_code_counts() -> None:
    page = make_page("Run it", Block("npm", "sh"), heading=("Setup", "Linux"))
    (count,) = chunking.section_terms(page, words)
    assert (count["linux"], count["setup"], count["guide"]) == (HEADING_WEIGHT, 1, 1)
    assert (count["run"], count["npm"]) == (1, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"url": "/moved"},
        {"title": "New"},
        {"version": "3.0"},
        {"locale": "de"},
        {"sections": (Section("install", ("Install",), (Block("Run it."), Block("npm", "sh"))),)},
        {"sections": (Section("install", ("Install",), (Block("Run it.", ""),)),)},
        {"sections": (Section("setup", ("Install",), (Block("Run it."),)),)},
    ],
)
def test_hash_changes_with_what_readers_and_links_see(change: dict[str, object]) -> None:
    page = make_page("Run it.")
    assert chunking.content_hash(replace(page, **change)) != chunking.content_hash(page)  # type: ignore[arg-type]


def test_hash_stays_with_the_same_content() -> None:
    assert chunking.content_hash(make_page("Run it.")) == chunking.content_hash(make_page("Run it."))


def test_abbreviation_does_not_part_a_chunk() -> None:
    chunks = split(make_page("Take a fast one, e.g. Redis or so. It is shared."), max_chars=40)
    assert [chunk.text for chunk in chunks] == ["Take a fast one, e.g. Redis or so.", "It is shared."]


def test_passage_makes_a_cut_line_whole_again() -> None:
    text = "This one is far too long for a chunk, so it is cut between its words."
    section = split(make_page(text), max_chars=25)
    assert len(section) > 2
    assert chunking.passage(section, section[:1], max_chars=100).blocks == (Block(text),)


def test_passage_makes_cut_code_whole_again() -> None:
    code = Block("\n".join([*(f"line {number}" for number in range(20)), "x" * 100]), "sh")
    section = split(make_page(code), max_chars=20)
    assert len(section) > 3
    assert chunking.passage(section, section[:1], max_chars=1000).blocks == (code,)


def test_limit_of_a_passage_counts_fences_and_gaps() -> None:
    section = split(make_page("One.", Block("npm", "sh"), "Two.\n\nThree."), max_chars=6)
    text = "One.\n\n```sh\nnpm\n```\n\nTwo.\n\nThree."
    assert passage(section, section[0], most=len(text)) == text
    assert passage(section, section[0], most=len(text) - 1) == "One.\n\n```sh\nnpm\n```\n\nTwo."


TEXTS = st.text(st.sampled_from("ab.。 \n|-x`"), max_size=200)


BLOCKS = st.builds(Block, TEXTS, st.sampled_from([None, None, "", "js"])).map(lambda block: [block])
READ = TEXTS.map(lambda text: list(codec.read(text)))


@given(st.lists(BLOCKS | READ, max_size=5).map(lambda lists: list(chain.from_iterable(lists))))
def test_nothing_is_lost_and_limits_hold(blocks: list[Block]) -> None:
    page = make_page(*blocks)
    chunks = split(page, max_chars=30)
    for chunk in chunks:
        prose = chunk.dense_text.removeprefix(chunk.breadcrumb + "\n")
        assert prose
        if any(block.text.strip() for block in blocks):
            code = sum(len(block.text) for block in blocks if block.language is not None)
            assert len(prose) <= (30 if not code else CODE_SHARE * 30)
    text = "".join(chunk.text for chunk in chunks)
    for letter in "abx":
        assert text.count(letter) >= sum(block.text.count(letter) for block in blocks)


@given(st.lists(BLOCKS | READ, min_size=1, max_size=5), st.randoms())
def test_passage_of_all_chunks_is_the_section(lists: list[list[Block]], chance: Random) -> None:
    chunks = split(make_page(*chain.from_iterable(lists), heading=("H",)), max_chars=30)
    others = chance.sample(chunks, len(chunks))
    merged = chunking.passage(chunks, others[:1], max_chars=10_000)
    read = [block for block in chain.from_iterable(lists) if block.text.strip()]
    assert "".join(merged.text.split()) == "".join(markdown(read).split()) or not read


@pytest.mark.parametrize("pattern", ["x", "word ", "One. ", "|", "|\n", "-|", " \n", "。", "- a\n"])
def test_endless_prose_is_cut_in_linear_time(pattern: str) -> None:
    text = pattern * (200_000 // len(pattern))
    start = time.process_time()
    chunks = split(make_page(text, "| a\n" + text), max_chars=900)
    assert time.process_time() - start < 5  # quadratic work would take minutes
    assert all(len(chunk.text) <= 900 for chunk in chunks)
