"""What any vector store does: one suite, run against the embedded engine and against a server."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from askdocs.errors import VectorStoreRefused, VectorStoreUnavailable
from askdocs.protocols import VectorStore
from askdocs.types import OPEN, Scope, SparseVector
from askdocs.vectors.embedded import QdrantEmbedded
from askdocs.vectors.server import QdrantServer
from tests.builders import NO_TERMS, C, asking, identity, numbers, point, scores
from tests.fakes import qdrant
from tests.vectors.stored import stored

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["embedded", "rest", "grpc"])
async def vectors(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[VectorStore]:
    if request.param == "embedded":
        embedded = QdrantEmbedded(tmp_path)
        await embedded.ensure(C, dimensions=2)
        yield embedded
        await embedded.close()
        return
    async with qdrant.running(tmp_path, api_key="key") as shim:
        server = QdrantServer(shim.url, api_key="key", transport=request.param, grpc_port=shim.grpc_port)
        await server.ensure(C, dimensions=2)
        yield server
        await server.close()


# scores


FAR, NEAR, TERMS_ONLY = 1, 2, 3
MIXED = [
    point(FAR, dense=(1, 0)),
    point(NEAR, dense=(0.6, 0.8), sparse=SparseVector((7,), (2.0,))),
    point(TERMS_ONLY, dense=(-1, 0), sparse=SparseVector((9, 7), (1.0, 5.0))),
]
TERM = SparseVector((7,), (2.0,))


async def test_score_is_weighted_cosine_plus_weighted_dot_product(vectors: VectorStore) -> None:
    await vectors.upsert(C, MIXED)
    found = await vectors.search(C, asking((1, 0), TERM), Scope("a", 1), limit=10)
    # 0.7·1 + 0.3·0;  0.7·0.6 + 0.3·(2·2);  0.7·(−1) + 0.3·(2·5)
    assert scores(found) == {FAR: 0.7, NEAR: 1.62, TERMS_ONLY: 2.3}
    assert [hit.id for hit in found] == [identity(TERMS_ONLY), identity(NEAR), identity(FAR)]


async def test_chunk_that_only_one_list_found_gets_both_of_its_scores(vectors: VectorStore) -> None:
    await vectors.upsert(C, MIXED)
    found = await vectors.search(C, asking((1, 0), TERM, candidates=1), Scope("a", 1), limit=10)
    assert scores(found) == {FAR: 0.7, TERMS_ONLY: 2.3}


async def test_cosine_does_not_depend_on_the_questions_length(vectors: VectorStore) -> None:
    await vectors.upsert(C, MIXED)
    found = await vectors.search(C, asking((8, 0)), Scope("a", 1), limit=10)
    assert scores(found) == {FAR: 0.7, NEAR: 0.42, TERMS_ONLY: -0.7}


async def test_question_without_embedding_is_scored_by_its_terms_alone(vectors: VectorStore) -> None:
    await vectors.upsert(C, MIXED)
    found = await vectors.search(C, asking(None, TERM), Scope("a", 1), limit=10)
    assert scores(found) == {NEAR: 1.2, TERMS_ONLY: 3.0}


async def test_question_without_either_finds_nothing(vectors: VectorStore) -> None:
    await vectors.upsert(C, MIXED)
    assert await vectors.search(C, asking(None, NO_TERMS), Scope("a", 1), limit=10) == []


async def test_terms_may_come_in_any_order_and_fill_32_bits(vectors: VectorStore) -> None:
    await vectors.upsert(C, [point(1, sparse=SparseVector((2**32 - 1, 5, 0), (1.0, 2.0, 3.0)))])
    question = SparseVector((0, 2**32 - 1), (10.0, 100.0))
    found = await vectors.search(C, asking(None, question), Scope("a", 1), limit=10)
    assert scores(found) == {1: 39.0}


async def test_limit_keeps_the_best(vectors: VectorStore) -> None:
    await vectors.upsert(C, MIXED)
    found = await vectors.search(C, asking((1, 0), TERM), Scope("a", 1), limit=1)
    assert scores(found) == {TERMS_ONLY: 2.3}


async def test_hits_carry_the_whole_payload(vectors: VectorStore) -> None:
    await vectors.upsert(C, [point(1)])
    [hit] = await vectors.search(C, asking(), Scope("a", 1), limit=10)
    assert hit.payload == point(1).payload


async def test_payload_comes_back_as_it_was_whatever_it_holds(vectors: VectorStore) -> None:
    chunk = point(1)
    odd: dict[str, object] = {
        "none": None,
        "yes": True,
        "share": 0.25,
        "large": 2**53 + 1,
        "nothing": "",
        "empty": [],
        "bare": {},
    }
    payload = {**chunk.payload, **odd, "blocks": [["code", "x = 1\n", 6], {"nested": [odd]}]}
    await vectors.upsert(C, [replace(chunk, payload=payload)])
    [hit] = await vectors.search(C, asking(), Scope("a", 1), limit=10)
    assert hit.payload == payload
    assert isinstance(hit.payload["yes"], bool)


# whole sections


async def numbers_of(vectors: VectorStore, scope: Scope, wanted: Mapping[str, Collection[int]]) -> list[int]:
    return sorted(payload["position"] for payload in await vectors.sections(C, scope, wanted))


async def test_sections_bring_all_their_chunks_and_no_others(vectors: VectorStore) -> None:
    await vectors.upsert(
        C,
        [
            point(1, path="x", section=0),
            point(2, path="x", section=1),
            point(3, path="x", section=1),
            point(4, path="x", section=2),
            point(5, path="y", section=0),
            point(6, path="y", section=1),
        ],
    )

    assert await numbers_of(vectors, Scope("a", 1), {"x": [1], "y": {0, 7}, "gone": [0]}) == [2, 3, 5]
    assert await numbers_of(vectors, Scope("a", 1), {"x": [0, 1, 2]}) == [1, 2, 3, 4]
    assert await numbers_of(vectors, Scope("a", 1), {}) == []


async def test_sections_carry_the_whole_payload(vectors: VectorStore) -> None:
    await vectors.upsert(C, [point(1, section=3)])

    assert await vectors.sections(C, Scope("a", 1), {"intro": [3]}) == [point(1, section=3).payload]


async def test_sections_are_those_that_the_scope_sees(vectors: VectorStore) -> None:
    await vectors.upsert(
        C,
        [
            point(1, version="1.0"),
            point(2, version="2.0"),
            point(3, store="b"),
            point(4, revisions=(1, 1)),
            point(5, revisions=(2, OPEN)),
        ],
    )

    assert await numbers_of(vectors, Scope("a", 2, version="1.0"), {"intro": [0]}) == [1, 5]


# what a scope sees


async def test_stores_of_one_collection_never_see_each_other(vectors: VectorStore) -> None:
    await vectors.upsert(C, [point(1, store="a"), point(2, store="b"), point(3, store="b")])
    for store, own in (("a", [1]), ("b", [2, 3]), ("c", [])):
        assert await numbers(vectors, Scope(store, 1)) == own
        assert await vectors.count(C, Scope(store, 1)) == await stored(vectors, C, store) == len(own)


async def test_writes_to_one_store_leave_the_other_alone(vectors: VectorStore) -> None:
    other = [
        point(1, store="b"),
        point(2, store="b", revisions=(1, 3)),
        point(3, store="b", revisions=(5, OPEN)),
    ]
    await vectors.upsert(C, [*other, point(4, store="a", revisions=(5, OPEN)), point(5, store="a")])
    await vectors.close_documents(C, "a", ["intro"], revision=1)
    await vectors.close_documents(C, "a", None, revision=1)
    await vectors.undo(C, "a", live=1)
    await vectors.sweep(C, "a", oldest=OPEN + 1)
    assert await stored(vectors, C, "a") == 0
    assert [await numbers(vectors, Scope("b", revision)) for revision in (3, 4, 5)] == [[1, 2], [1], [1, 3]]


async def test_chunk_is_visible_from_its_first_to_its_last_revision(vectors: VectorStore) -> None:
    await vectors.upsert(C, [point(1, revisions=(2, 4)), point(2, revisions=(4, OPEN))])
    seen = [await numbers(vectors, Scope("a", revision)) for revision in range(1, 6)]
    assert seen == [[], [1], [1], [1, 2], [2]]
    assert [await vectors.count(C, Scope("a", revision)) for revision in range(1, 6)] == [0, 1, 1, 2, 1]


async def test_version_and_locale_admit_their_own_and_those_without(vectors: VectorStore) -> None:
    await vectors.upsert(
        C,
        [
            point(1, version="1.0", locale="en"),
            point(2, version="2.0", locale="en"),
            point(3, version="", locale="en"),
            point(4, version="1.0", locale="de"),
            point(5, version="1.0", locale=""),
        ],
    )
    assert await numbers(vectors, Scope("a", 1)) == [1, 2, 3, 4, 5]
    assert await numbers(vectors, Scope("a", 1, version="1.0")) == [1, 3, 4, 5]
    assert await numbers(vectors, Scope("a", 1, version="1.0", locale="en")) == [1, 3, 5]
    assert await numbers(vectors, Scope("a", 1, version="", locale="")) == []
    assert await vectors.count(C, Scope("a", 1, locale="de")) == 2


# revisions


async def test_closing_documents_hides_them_from_the_next_revision_on(vectors: VectorStore) -> None:
    await vectors.upsert(C, [point(1, path="x"), point(2, path="y"), point(3, path="z")])
    await vectors.close_documents(C, "a", ["x", "z", "never heard of"], revision=1)
    assert await numbers(vectors, Scope("a", 1)) == [1, 2, 3]
    assert await numbers(vectors, Scope("a", 2)) == [2]


async def test_closing_leaves_chunks_alone_that_were_closed_before(vectors: VectorStore) -> None:
    await vectors.upsert(C, [point(1, revisions=(1, 3)), point(2)])
    await vectors.close_documents(C, "a", ["intro"], revision=7)
    await vectors.close_documents(C, "a", ["intro"], revision=9)
    assert await numbers(vectors, Scope("a", 4)) == [2]
    assert await numbers(vectors, Scope("a", 8)) == []


async def test_closing_no_documents_closes_none(vectors: VectorStore) -> None:
    await vectors.upsert(C, [point(1)])
    await vectors.close_documents(C, "a", [], revision=1)
    assert await numbers(vectors, Scope("a", 2)) == [1]


async def test_closing_all_documents_and_many_at_once(vectors: VectorStore) -> None:
    await vectors.upsert(C, [point(number, path=f"page {number}") for number in range(1, 1301)])
    await vectors.close_documents(C, "a", [f"page {number}" for number in range(1, 1101)], revision=1)
    assert await vectors.count(C, Scope("a", 2)) == 200
    await vectors.close_documents(C, "a", None, revision=2)
    assert [await vectors.count(C, Scope("a", revision)) for revision in (1, 2, 3)] == [1300, 200, 0]


async def test_undo_forgets_what_later_revisions_wrote_and_closed(vectors: VectorStore) -> None:
    await vectors.upsert(C, [point(1, path="kept"), point(2, path="changed"), point(3, revisions=(1, 1))])
    for attempt in (3, 4):  # revision 2 is live; two publishes after it were left half done
        await vectors.close_documents(C, "a", ["changed"], revision=attempt - 1)
        await vectors.upsert(C, [point(10 + attempt, path="changed", revisions=(attempt, OPEN))])
    for _ in range(2):
        await vectors.undo(C, "a", live=2)
        assert await numbers(vectors, Scope("a", 1)) == [1, 2, 3]
        assert [await numbers(vectors, Scope("a", revision)) for revision in (2, 3, 9)] == [[1, 2]] * 3
        assert await stored(vectors, C, "a") == 3


async def test_undo_of_everything_leaves_nothing(vectors: VectorStore) -> None:
    await vectors.upsert(C, [point(number) for number in range(1, 1202)])
    await vectors.undo(C, "a", live=0)
    assert await stored(vectors, C, "a") == 0


async def test_sweep_deletes_what_no_kept_revision_sees(vectors: VectorStore) -> None:
    await vectors.upsert(C, [point(1, revisions=(1, 2)), point(2, revisions=(1, 3)), point(3)])
    await vectors.sweep(C, "a", oldest=3)
    assert await stored(vectors, C, "a") == 2
    assert await numbers(vectors, Scope("a", 3)) == [2, 3]


# collections


async def test_writing_a_chunk_again_replaces_it(vectors: VectorStore) -> None:
    await vectors.upsert(C, [point(1, path="before")])
    await vectors.upsert(C, [point(1, path="after")])
    assert await stored(vectors, C, "a") == 1
    [hit] = await vectors.search(C, asking(), Scope("a", 1), limit=10)
    assert hit.payload["path"] == "after"


async def test_writing_nothing_is_fine(vectors: VectorStore) -> None:
    await vectors.upsert(C, [])
    assert await stored(vectors, C, "a") == 0


async def test_ensuring_a_collection_again_keeps_it(vectors: VectorStore) -> None:
    await vectors.upsert(C, [point(1)])
    await vectors.ensure(C, dimensions=2)
    assert await stored(vectors, C, "a") == 1


async def test_missing_collection_says_that_there_is_no_index(vectors: VectorStore) -> None:
    for question in (
        vectors.search("gone", asking(), Scope("a", 1), limit=1),
        vectors.sections("gone", Scope("a", 1), {"intro": [0]}),
        vectors.count("gone", Scope("a", 1)),
        vectors.upsert("gone", [point(1)]),
    ):
        with pytest.raises(VectorStoreUnavailable) as refused:
            await question
        assert "gone" in str(refused.value)
        assert "askdocs index" in refused.value.fix


async def test_missing_collection_has_nothing_to_undo_close_sweep_or_flush(vectors: VectorStore) -> None:
    await vectors.undo("gone", "a", live=1)
    await vectors.sweep("gone", "a", oldest=1)
    await vectors.close_documents("gone", "a", None, revision=1)
    await vectors.close_documents("gone", "a", ["intro"], revision=1)
    await vectors.flush("gone")


async def test_vector_of_the_wrong_size_is_refused(vectors: VectorStore) -> None:
    with pytest.raises(VectorStoreRefused):
        await vectors.upsert(C, [point(1, dense=(1, 0, 0))])
    with pytest.raises(VectorStoreRefused):
        await vectors.search(C, asking((1, 0, 0)), Scope("a", 1), limit=1)


async def test_it_answers_a_ping(vectors: VectorStore) -> None:
    await vectors.ping()


async def test_searches_and_writes_at_the_same_time(vectors: VectorStore) -> None:
    await vectors.upsert(C, [point(1)])

    async def write(batch: int) -> None:
        written = [point(number, revisions=(2, OPEN)) for number in range(100 * batch, 100 * batch + 100)]
        await vectors.upsert(C, written)
        await vectors.close_documents(C, "a", ["no such page"], revision=1)

    async def read() -> None:
        for _ in range(20):
            assert await numbers(vectors, Scope("a", 1)) == [1]

    async with asyncio.TaskGroup() as tasks:
        for batch in range(1, 6):
            tasks.create_task(write(batch))
            tasks.create_task(read())
    assert await stored(vectors, C, "a") == 501


async def test_ten_thousand_chunks_rank_as_computed_by_hand(vectors: VectorStore) -> None:
    random = np.random.default_rng(7)
    dense = random.standard_normal((10_000, 8)).astype(np.float32)
    dense /= np.linalg.norm(dense, axis=1)[:, None]
    weights = random.random((10_000, 3)).astype(np.float32)
    terms = np.array([random.choice(50, 3, replace=False) for _ in range(10_000)])
    await vectors.ensure("many", dimensions=8)
    await vectors.upsert(
        "many",
        [
            point(
                number + 1,
                version=str(number % 4),
                dense=dense[number].tolist(),
                sparse=SparseVector(tuple(terms[number].tolist()), tuple(weights[number].tolist())),
            )
            for number in range(10_000)
        ],
    )
    question = asking(dense[0].tolist(), SparseVector((3, 4), (0.5, 0.25)), candidates=10_000)
    found = await vectors.search("many", question, Scope("a", 1, version="2"), limit=25)

    expected = 0.7 * dense @ dense[0]
    expected += 0.3 * (weights * (0.5 * (terms == 3) + 0.25 * (terms == 4))).sum(axis=1)
    expected[np.arange(10_000) % 4 != 2] = -np.inf
    best = np.argsort(-expected)[:25]
    assert [uuid.UUID(hit.id).int - 1 for hit in found] == best.tolist()
    assert [hit.score for hit in found] == pytest.approx(expected[best].tolist(), abs=1e-4)


# snapshots


async def test_snapshot_brings_back_what_was_there(vectors: VectorStore, tmp_path: Path) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    await vectors.upsert(C, [point(1), point(2)])

    snapshot = await vectors.snapshot(C, copies)
    await vectors.upsert(C, [point(3)])
    await vectors.undo(C, "a", live=0)
    await vectors.recover(C, snapshot)

    assert await numbers(vectors, Scope("a", 1)) == [1, 2]
    await vectors.upsert(C, [point(4)])
    assert await numbers(vectors, Scope("a", 1)) == [1, 2, 4]


async def test_snapshot_becomes_a_collection_of_another_name(vectors: VectorStore, tmp_path: Path) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    await vectors.upsert(C, [point(1)])

    await vectors.recover("other", await vectors.snapshot(C, copies))

    assert await vectors.exists("other")
    assert await vectors.count("other", Scope("a", 1)) == 1
    assert not await vectors.exists("third")


async def test_snapshot_taken_under_writes_holds_whole_points(vectors: VectorStore, tmp_path: Path) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()

    async def write() -> None:
        for number in range(20):
            await vectors.upsert(C, [point(number * 50 + each, revisions=(1, OPEN)) for each in range(50)])

    writing = asyncio.create_task(write())
    snapshot = await vectors.snapshot(C, copies)
    await writing
    await vectors.recover("copy", snapshot)

    found = await vectors.count("copy", Scope("a", 1))
    assert 0 <= found <= 1000
    assert len(await numbers_in(vectors, "copy")) == found


async def numbers_in(vectors: VectorStore, collection: str) -> set[int]:
    return set(scores(await vectors.search(collection, asking(candidates=1000), Scope("a", 1), limit=1000)))
