import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.text import bm25
from askdocs.text.bm25 import PageTerms, Statistics
from askdocs.types import SparseVector


def dot(a: SparseVector, b: SparseVector) -> float:
    values = dict(zip(b.indices, b.values, strict=True))
    return sum(value * values.get(i, 0.0) for i, value in zip(a.indices, a.values, strict=True))


def page(*sections: dict[str, int]) -> PageTerms:
    return PageTerms.count(sections)


CATS = page({"cat": 2, "milk": 1}, {"cat": 1})
DOGS = page({"dog": 3, "bone": 1})


def test_dot_product_is_bm25() -> None:
    stats = Statistics().update(added=[CATS, DOGS]).restated()
    query, _ = bm25.query_vector(["cat", "milk"], stats)
    vector = bm25.document_vector(bm25.pack({"cat": 2, "milk": 1}), stats.average_length)
    norm = 0.9 * (0.6 + 0.4 * 3 / (8 / 3))
    expected = stats.idf("cat") * 2 / (2 + norm) + stats.idf("milk") * 1 / (1 + norm)
    assert dot(query, vector) == pytest.approx(expected)


def test_score_over_its_normalizer_lies_below_one() -> None:
    stats = Statistics().update(added=[CATS]).restated()
    query, total = bm25.query_vector(["cat"], stats)
    assert 0 < dot(query, bm25.document_vector(bm25.pack({"cat": 100_000}), stats.average_length)) / total < 1


def test_rare_term_weighs_more() -> None:
    stats = Statistics().update(added=[CATS, DOGS])
    assert stats.idf("unheard") > stats.idf("milk") > stats.idf("cat") > 0


def test_repeated_question_term_counts_once() -> None:
    stats = Statistics().update(added=[CATS])
    assert bm25.query_vector(["cat", "cat"], stats) == bm25.query_vector(["cat"], stats)


def test_question_without_terms_has_an_empty_vector() -> None:
    vector, total = bm25.query_vector([], Statistics().update(added=[CATS]))
    assert vector.indices == ()
    assert total == 0


def test_empty_section_has_an_empty_vector_and_does_not_count() -> None:
    assert bm25.document_vector(bm25.pack({}), 10.0).indices == ()
    assert page({}, {"a": 1}).sections == 1


def test_indices_are_sorted_unique_and_stable() -> None:
    vector = bm25.document_vector(bm25.pack({f"t{i}": 1 for i in range(1000)}), 10.0)
    assert list(vector.indices) == sorted(set(vector.indices))
    assert vector.indices[0] >= 0
    assert vector.indices[-1] < 2**32
    assert bm25.index("cat") == 1_787_499_195


def test_colliding_terms_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bm25, "index", lambda term: 7)
    vector = bm25.document_vector(bm25.pack({"a": 1, "b": 1}), 2.0)
    assert vector.indices == (7,)
    assert vector.values[0] == pytest.approx(2 / 1.9)


@given(st.lists(st.builds(page, st.dictionaries(st.sampled_from("abcde"), st.integers(1, 4))), max_size=12))
def test_any_order_of_updates_gives_the_same_statistics(pages: list[PageTerms]) -> None:
    grown = Statistics()
    for one in pages:
        grown = grown.update(added=[one])
    shrunk = grown.update(removed=pages[5:])
    fresh = Statistics().update(added=reversed(pages[:5]))
    assert shrunk == fresh
    assert shrunk.to_bytes() == fresh.to_bytes()


def test_removed_page_leaves_no_trace() -> None:
    stats = Statistics().update(added=[CATS])
    assert stats.update(added=[DOGS]).update(removed=[DOGS]) == stats


def test_replaced_page_needs_no_order() -> None:
    stats = Statistics().update(added=[CATS])
    assert stats.update(added=[DOGS], removed=[CATS]) == Statistics().update(added=[DOGS])


def test_page_that_was_never_added_cannot_be_removed() -> None:
    with pytest.raises(ValueError, match="fewer"):
        Statistics().update(added=[CATS]).update(removed=[DOGS])


def test_update_leaves_the_original_alone() -> None:
    stats = Statistics().update(added=[CATS])
    stats.update(added=[DOGS])
    assert "dog" not in stats.frequencies


def test_first_pages_count_as_drift() -> None:
    assert not Statistics().drifted
    assert Statistics().update(added=[CATS]).drifted


def test_drift_is_noticed_beyond_a_quarter() -> None:
    stats = Statistics().update(added=[page({"a": 100})]).restated()
    assert not stats.update(added=[page({"b": 149})]).drifted
    assert stats.update(added=[page({"b": 151})]).drifted
    assert stats.update(added=[page({"b": 151})]).average_length == 100


def test_bytes_come_back_equal() -> None:
    stats = Statistics().update(added=[CATS, page({"配置": 1, "\ud800": 1})]).restated()
    assert Statistics.from_bytes(stats.to_bytes()) == stats
    assert PageTerms.from_bytes(CATS.to_bytes()) == CATS


@pytest.mark.parametrize("data", [b"", b"x", zlib.compress(b"["), zlib.compress(b"\xff"), CATS.to_bytes()])
def test_foreign_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Statistics.from_bytes(data)


def test_coverage_is_the_share_of_idf() -> None:
    stats = Statistics().update(added=[CATS, DOGS])
    expected = stats.idf("cat") / (stats.idf("cat") + stats.idf("unheard"))
    assert bm25.coverage(["cat", "cat", "unheard"], ["cat", "dog"], stats) == pytest.approx(expected)
    assert bm25.coverage([], ["cat"], stats) == 0


def test_context_counts_as_much_as_its_share_says_and_never_twice() -> None:
    stats = Statistics().update(added=[CATS])

    alone, total = bm25.query_vector(["cat"], stats)
    mixed, more = bm25.query_vector(["cat"], stats, context=["cat", "milk"], share=0.2)

    assert dict(zip(mixed.indices, mixed.values, strict=True))[bm25.index("cat")] == alone.values[0]
    assert more == pytest.approx(total + 0.25 * stats.idf("milk"))
    assert bm25.query_vector(["cat"], stats, context=["milk"], share=0.0) == (alone, total)


def test_misspelt_term_brings_the_one_it_stands_for_and_stays() -> None:
    statistics = Statistics(10, 100, 10.0, {"yield": 3, "free": 2})

    vector, ceiling = bm25.query_vector(["yeild", "free"], statistics, spelling=0.5)

    weights = dict(zip(vector.indices, vector.values, strict=True))
    assert weights[bm25.index("yield")] == statistics.idf("yield") / 2
    assert weights[bm25.index("yeild")] == statistics.idf("yeild")
    assert ceiling == pytest.approx(sum(weights.values()))


def test_misspelt_term_that_is_asked_for_besides_keeps_its_weight() -> None:
    statistics = Statistics(10, 100, 10.0, {"yield": 3})

    vector, _ = bm25.query_vector(["yeild", "yield"], statistics, spelling=0.5)

    assert dict(zip(vector.indices, vector.values, strict=True))[bm25.index("yield")] == statistics.idf(
        "yield"
    )


def test_spelling_can_be_left_alone() -> None:
    statistics = Statistics(10, 100, 10.0, {"yield": 3})

    vector, _ = bm25.query_vector(["yeild"], statistics)

    assert vector.indices == (bm25.index("yeild"),)
