"""Every measurement runs at its smallest, so that the command cannot rot. What it measures is not judged."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from bench import (
    chat,
    citations,
    cold_start,
    corpus,
    indexing,
    quality,
    queries,
    resuming,
    sites,
    stage,
    stores,
    streams,
    table,
)
from bench.stage import Stage
from bench.streams import Scale, Step
from bench.table import Figure, Row


def rows(measured: Iterable[Row]) -> list[Row]:
    """What was measured, which must be numbers above zero in a table."""
    found = list(measured)
    assert all(math.isfinite(row.ours.p50) and row.ours.p50 >= 0 for row in found)
    assert len(table.render(found).splitlines()) == len(found) + 3
    return found


@pytest.fixture(scope="module")
def opened() -> Iterator[Stage]:
    with stage.opened(pages=3) as opened:
        yield opened


def test_chat(opened: Stage) -> None:
    scale = chat.Scale(chunks=(10,), readers=(2,), rounds=1, seconds=0.05)

    first_token, cpu = rows(chat.measure(opened, scale))

    assert first_token.ratio is not None
    assert cpu.than == "relay"


def test_resuming() -> None:
    scale = resuming.Scale(chats=4, readers=2, rounds=1, held=4)

    here, shared, memory, *_ = rows(resuming.measure(scale))

    assert here.than == shared.than == "cannot"
    assert memory.ours.unit == "kB"


def test_streams(opened: Stage) -> None:
    scale = streams.Scale(start=2, most=2, halvings=0, seconds=0.3, goal=20, lasting=0.2)

    held, *_ = rows(streams.measure(opened, scale))

    assert held.ours.p50 >= 1


def test_queries() -> None:
    measured = rows(queries.measure(queries.Scale(sizes=(50,), queries=3)))

    assert [row.name for row in measured][::5] == ["50 chunks, embedded"]


def test_sites() -> None:
    measured = rows(sites.measure(sites.Scale(sites=3, chunks=20, queries=3)))

    assert [row.name.rpartition(", ")[2] for row in measured] == [stores.EMBEDDED, stores.REST, stores.GRPC]


def test_indexing() -> None:
    measured = rows(indexing.measure(indexing.Scale(pages=6, embedded=2, repetitions=1)))

    assert measured[-1].name == "again, one page changed"


def test_cold_start() -> None:
    measured = rows(cold_start.measure(cold_start.Scale(starts=1, pages=3)))

    assert {row.ours.unit for row in measured} == {"s", "MB"}


@pytest.mark.parametrize("capacity", [1, 2, 3, 37, 64, 100, 511])
def test_search_for_the_most_streams_ends_near_it(capacity: int) -> None:
    def try_out(count: int) -> Step:
        return Step(count, Figure(1, "ms", 1 if count <= capacity else 1000), 0, {"askdocs": 1.0})

    best, failed = streams.search(try_out, Scale(start=32, most=512, halvings=9, seconds=1, goal=1))

    assert best.streams == capacity
    assert failed is not None
    assert failed.streams == capacity + 1


def test_answer_has_as_many_tokens_as_wanted() -> None:
    assert len(corpus.answer(100).split()) == 100


def test_pages_are_the_same_in_every_run() -> None:
    assert corpus.page(7) == corpus.page(7)
    assert corpus.page(7) != corpus.page(8)
    assert corpus.page(7, edition=1).startswith(corpus.page(7))


def test_quality(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    docs, questions, result = tmp_path / "docs", tmp_path / "questions.jsonl", tmp_path / "result.json"
    docs.mkdir()
    (docs / "index.md").write_text("# Start\n\n## Install\n\nUse the installer.\n\n## Remove\n\nDelete it.\n")
    asked = {"id": "q1", "question": "how to install", "gold": [{"path": "index.md", "anchor": "install"}]}
    questions.write_text(json.dumps(asked))
    arguments = [f"--set=own={docs}:{questions}", f"--cache={tmp_path / 'cache'}", f"--save={result}"]

    quality.main([*arguments, "--variant=retrieval.sparse_weight=0"])

    assert "against retrieval.sparse_weight=0" in capsys.readouterr().out
    assert json.loads(result.read_text())["own"]["section"]["recall@5"] == 1.0


def test_citations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    docs, questions, saved = tmp_path / "docs", tmp_path / "questions.jsonl", tmp_path / "citations.json"
    docs.mkdir()
    (docs / "index.md").write_text(
        "# Start\n\n## Install\n\nRun the installer to put the server and its tools on the machine.\n"
    )
    asked = {"id": "q1", "question": "how to install", "gold": [{"path": "index.md", "anchor": "install"}]}
    questions.write_text(json.dumps(asked))

    citations.main(
        [f"--set=own={docs}:{questions}", f"--cache={tmp_path / 'cache'}", "--answers=2", f"--save={saved}"]
    )

    assert "2/2 = 100.0% right" in capsys.readouterr().out
    assert [one["url"] for one in json.loads(saved.read_text())["own"]] == ["/#install"] * 2
