"""What is special about the engine inside the process: its lock, its files, its disk, and being killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from askdocs.errors import DiskFull, ShardLocked, VectorStoreRefused, VectorStoreUnavailable
from askdocs.types import Scope
from askdocs.vectors import shards
from askdocs.vectors.embedded import QdrantEmbedded
from tests.builders import C, asking, point

pytestmark = pytest.mark.anyio

WRITER = """
import asyncio, sys
from pathlib import Path
from askdocs.vectors.embedded import QdrantEmbedded
from tests.builders import C, point

async def write():
    vectors = QdrantEmbedded(Path(sys.argv[1]))
    await vectors.ensure(C, dimensions=2)
    written = 0
    while True:
        await vectors.upsert(C, [point(written + n, path=f"page {written}") for n in range(1, 33)])
        written += 32
        print(written, flush=True)

asyncio.run(write())
"""

MAKER = """
import asyncio, sys
from pathlib import Path
from askdocs.vectors.embedded import QdrantEmbedded

async def make():
    vectors = QdrantEmbedded(Path(sys.argv[1]))
    made = 0
    while True:
        print(f"made{made}", flush=True)
        made += 1
        await vectors.ensure(f"made{made}", dimensions=2)

asyncio.run(make())
"""

OPENER = """
import asyncio, sys
from pathlib import Path
from askdocs.vectors.embedded import QdrantEmbedded

asyncio.run(QdrantEmbedded(Path(sys.argv[1])).ping())
"""


def start(program: str, directory: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, str(directory)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def kill_after(program: str, directory: Path, lines: int) -> str:
    """Kill the program once it has printed so many lines; returns the last line that it printed."""
    with start(program, directory) as process:
        assert process.stdout is not None
        printed: list[str] = [process.stdout.readline() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        printed.extend(process.stdout)
        return printed[-1]


def names(directory: Path) -> set[str]:
    return {entry.name for entry in directory.iterdir()}


@pytest.fixture
async def vectors(tmp_path: Path) -> AsyncIterator[QdrantEmbedded]:
    opened = QdrantEmbedded(tmp_path)
    yield opened
    await opened.close()


@pytest.mark.parametrize("batches", [1, 5, 17])
async def test_acknowledged_writes_survive_a_kill(
    vectors: QdrantEmbedded, tmp_path: Path, batches: int
) -> None:
    acknowledged = int(kill_after(WRITER, tmp_path, batches))
    count = await vectors.count(C, Scope("a", 1))
    assert acknowledged <= count <= acknowledged + 32
    found = await vectors.search(C, asking(), Scope("a", 1), limit=3)
    assert len(found) == 3


@pytest.mark.parametrize("lines", [1, 2, 3, 4, 6])
async def test_collection_half_made_by_a_kill_is_no_obstacle(
    vectors: QdrantEmbedded, tmp_path: Path, lines: int
) -> None:
    made = int(kill_after(MAKER, tmp_path, lines).removeprefix("made"))
    await vectors.ensure("other", dimensions=2)
    await vectors.upsert("other", [point(1)])
    assert await vectors.count("other", Scope("a", 1)) == 1
    assert not any(name.startswith(".new-") for name in names(tmp_path))
    for number in range(1, made + 1):
        assert await vectors.count(f"made{number}", Scope("a", 1)) == 0


async def test_leftovers_are_cleared_away(vectors: QdrantEmbedded, tmp_path: Path) -> None:
    (tmp_path / ".new-chunks" / "segments").mkdir(parents=True)
    await vectors.ensure(C, dimensions=2)
    assert names(tmp_path) == {".lock", C}


async def test_second_process_is_told_that_a_server_may_be_running(
    vectors: QdrantEmbedded, tmp_path: Path
) -> None:
    await vectors.ping()
    with start(OPENER, tmp_path) as second:
        _, problem = second.communicate()
    assert "ShardLocked: Another process is using the vector store" in problem
    with pytest.raises(ShardLocked) as locked:
        await QdrantEmbedded(tmp_path).ping()
    assert "server" in locked.value.fix


async def test_close_lets_another_process_in_at_once(tmp_path: Path) -> None:
    vectors = QdrantEmbedded(tmp_path)
    await vectors.ensure(C, dimensions=2)
    await vectors.upsert(C, [point(1)])
    await vectors.close()
    assert int(kill_after(WRITER, tmp_path, 1)) >= 32


async def test_what_is_closed_stays_closed(tmp_path: Path) -> None:
    vectors = QdrantEmbedded(tmp_path)
    await vectors.close()
    await vectors.close()
    with pytest.raises(VectorStoreUnavailable, match="closed"):
        await vectors.ping()


async def test_chunks_are_there_again_after_reopening(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        vectors = QdrantEmbedded(tmp_path)
        await vectors.ensure(C, dimensions=2)
        await vectors.upsert(C, [point(number)])
        await vectors.close()
    vectors = QdrantEmbedded(tmp_path)
    assert await vectors.count(C, Scope("a", 1)) == 3
    await vectors.close()


async def test_full_disk_is_refused_before_it_can_kill_the_process(
    vectors: QdrantEmbedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    await vectors.ensure(C, dimensions=2)
    await vectors.upsert(C, [point(1)])
    monkeypatch.setattr(shards, "ROOM", 2**62)
    for write in (
        vectors.upsert(C, [point(2)]),
        vectors.close_documents(C, "a", None, revision=1),
        vectors.ensure("another", dimensions=2),
    ):
        with pytest.raises(DiskFull) as full:
            await write
        assert "Free some space" in full.value.fix
    assert await vectors.count(C, Scope("a", 2)) == 1


async def test_shard_is_not_opened_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = QdrantEmbedded(tmp_path), QdrantEmbedded(tmp_path)
    await first.ensure(C, dimensions=2)
    await first.close()
    monkeypatch.setattr(shards, "ROOM", 2**62)
    with pytest.raises(DiskFull):
        await second.count(C, Scope("a", 1))
    await second.close()


async def test_directory_that_cannot_be_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    vectors = QdrantEmbedded(tmp_path / "file" / "qdrant")
    with pytest.raises(VectorStoreUnavailable, match="file/qdrant"):
        await vectors.ping()
    await vectors.close()


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[Path]:
    directory = tmp_path / "sealed"
    directory.mkdir(mode=0o500)
    yield directory
    directory.chmod(0o700)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
async def test_directory_without_permission_is_named(sealed: Path) -> None:
    vectors = QdrantEmbedded(sealed / "qdrant")
    with pytest.raises(VectorStoreUnavailable, match="Permission denied"):
        await vectors.ping()
    await vectors.close()


@pytest.mark.parametrize(
    "damaged", ["edge_config.json", "segments/*/segment.json", "**/dense/deleted/status.dat"]
)
async def test_damaged_files_are_an_error_that_names_them(tmp_path: Path, damaged: str) -> None:
    first, second = QdrantEmbedded(tmp_path), QdrantEmbedded(tmp_path)
    await first.ensure(C, dimensions=2)
    await first.upsert(C, [point(1)])
    await first.close()
    for file in (tmp_path / C).glob(damaged.replace("dense", "vector_storage-dense")):
        file.write_bytes(b"")
    with pytest.raises(VectorStoreUnavailable) as failed:
        await second.count(C, Scope("a", 1))
    assert str(tmp_path) in str(failed.value)
    assert "damaged" in failed.value.fix
    await second.close()


@pytest.mark.parametrize("name", ["../other", "a/b", ".hidden", "", "x" * 300])
async def test_collection_cannot_leave_the_directory(vectors: QdrantEmbedded, name: str) -> None:
    with pytest.raises(VectorStoreRefused):
        await vectors.ensure(name, dimensions=2)


async def test_identity_that_is_no_uuid_is_refused(vectors: QdrantEmbedded) -> None:
    await vectors.ensure(C, dimensions=2)
    chunk = point(1)
    with pytest.raises(VectorStoreRefused):
        await vectors.upsert(C, [type(chunk)("not a uuid", chunk.dense, chunk.sparse, chunk.payload)])


def test_process_without_a_server_loads_neither_grpc_nor_the_client() -> None:
    loaded = "[name for name in ('grpc', 'qdrant_client') if name in sys.modules]"
    program = f"import sys, askdocs.api.app, askdocs.cli.commands as cli; cli.program(); print({loaded})"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"
