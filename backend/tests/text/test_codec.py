import json
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.text import codec
from askdocs.types import Block, Chunk, Inline, markdown

FIXTURES = Path(__file__).parents[1] / "fixtures" / "schema1"
OLD = json.loads((FIXTURES / "payloads.json").read_text(encoding="utf-8"))
"""What release 0.1.0 wrote, which knew no schema number."""

BLOCKS = (
    Block("Run this, e.g. at night:"),
    Block("npm start\n\n```\n", "sh"),
    Block("- One item.", kind="item", inlines=(Inline("link", 2, 5, "/a"), Inline("code", 2, 5))),
    Block("  Of two lines.", glue="\n"),
    Block("| a | b |\n| --- | --- |", kind="head"),
    Block("| c | d |", kind="row", glue="\n"),
)


def chunk(*blocks: Block) -> Chunk:
    return Chunk("a.md", "/a", "x", "A", ("B", "C"), "2.0", "de", "en", 3, 7, blocks)


def test_chunk_survives_the_way_through_json() -> None:
    whole = chunk(*BLOCKS)

    assert codec.decode(json.loads(json.dumps(codec.encode(whole)))) == whole


def test_dense_text_is_not_stored() -> None:
    assert not any("dense" in name for name in codec.encode(chunk(*BLOCKS)))


TEXTS = st.text(st.sampled_from("ab`~ |-.…\n"), min_size=1, max_size=20)
GLUES = st.sampled_from(["\n\n", "\n", " ", ""])
ANY_BLOCK = st.one_of(
    st.builds(Block, TEXTS, st.none(), st.sampled_from(["prose", "item", "head", "row"]), GLUES),
    st.builds(Block, TEXTS, st.sampled_from(["", "js"]), st.just("prose"), GLUES),
)


@given(st.lists(ANY_BLOCK, max_size=6))
def test_any_blocks_survive(blocks: list[Block]) -> None:
    whole = chunk(*blocks)

    assert codec.decode(codec.encode(whole)) == whole


def test_points_of_the_previous_schema_are_read() -> None:
    intro, rotate = map(codec.decode, OLD)

    assert intro.text == "Keys sign sessions, e.g. those of readers. Rotate them every month."
    assert (rotate.link, rotate.heading, rotate.position) == (
        "https://docs.test/keys#rotate",
        ("Rotate",),
        1,
    )
    assert rotate.text == OLD[1]["text"]
    assert rotate.blocks == (
        Block("Do this in order:"),
        Block("1. Stop the workers.", kind="item"),
        Block("2. Run the command:", kind="item", glue="\n"),
        Block("askdocs keys rotate", "sh"),
        Block("- Old keys stay valid for a day.", kind="item"),
        Block("| Option | Default |\n| --- | --- |", kind="head"),
        Block("| --grace | one day |", kind="row", glue="\n"),
        Block("| --force | off |", kind="row", glue="\n"),
    )


def test_our_points_have_all_that_the_previous_schema_reads() -> None:
    ours = codec.payload(codec.decode(OLD[1]), store_id=OLD[1]["store_id"], revision=3)

    assert {name: ours[name] for name in OLD[1]} == OLD[1]


def test_points_of_a_later_schema_are_read_as_far_as_they_are_known() -> None:
    later = codec.encode(chunk(Block("One."), Block("Two.")))
    later |= {
        "schema": 99,
        "embedding_of_images": [1, 2],
        "outline": [["quotation", "\n\n", 4, ["footnote", 0, 1]], ["prose", "\n\n", 4]],
    }

    assert codec.decode(later) == chunk(Block("One."), Block("Two."))


def test_fields_that_may_be_missing_have_defaults() -> None:
    least = {"path": "a.md", "url": "/a", "section": 0, "position": 0, "text": "One."}

    assert codec.decode(least) == Chunk("a.md", "/a", "", "", (), "", "", "", 0, 0, (Block("One."),))


@pytest.mark.parametrize(
    "change",
    [
        {"text": None},
        {"path": 7},
        {"position": "1"},
        {"heading": "B"},
        {"heading": [1]},
        {"outline": 5},
        {"outline": [["prose", "\n\n"]]},
        {"outline": [["prose", "\n\n", 3]]},
        {"outline": [["prose", "\n\n", "4"]]},
        {"outline": [["code", "\n\n", 4]]},
        {"outline": [[[], "\n\n", 4]]},
        {"outline": []},
    ],
    ids=str,
)
def test_wrong_fields_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="chunk"):
        codec.decode(codec.encode(chunk(Block("One."))) | change)


def test_point_without_a_path_is_refused() -> None:
    with pytest.raises(ValueError, match="path"):
        codec.decode({"text": "One."})


@given(st.text(st.sampled_from("ab`~ |-.…\n1"), max_size=60))
def test_nothing_of_a_text_without_outline_is_lost(text: str) -> None:
    blocks = tuple(codec.read(text))

    said = "".join(block.text for block in blocks)
    for letter in "ab1.…":
        fences = chain.from_iterable(block.language or "" for block in blocks)
        assert said.count(letter) + "".join(fences).count(letter) == text.count(letter)
    assert markdown(codec.read(markdown(blocks))) == markdown(blocks)
