"""Snapshots of a Qdrant server's collections: what goes wrong with them, and what is then said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from askdocs.errors import Conflict, DiskFull, VectorStoreRefused, VectorStoreUnavailable
from askdocs.vectors.server import QdrantServer
from tests.builders import C, point
from tests.fakes import qdrant
from tests.fakes.qdrant_engine import Fault, Shim

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shim(tmp_path: Path) -> AsyncIterator[Shim]:
    async with qdrant.running(tmp_path / "qdrant", api_key="key") as running:
        yield running


@pytest.fixture
async def server(shim: Shim) -> AsyncIterator[QdrantServer]:
    server = QdrantServer(shim.url, api_key="key", transport="rest")
    await server.ensure(C, dimensions=2)
    await server.upsert(C, [point(1)])
    yield server
    await server.close()


def kept_at(shim: Shim) -> list[Path]:
    """Snapshots that the server has not been told to delete."""
    return list(shim.directory.glob(".snapshots/*/*"))


async def test_server_keeps_no_snapshot(shim: Shim, server: QdrantServer, tmp_path: Path) -> None:
    await server.snapshot(C, tmp_path)

    assert not kept_at(shim)


async def test_snapshot_whose_download_breaks_off_is_fetched_again(
    shim: Shim, server: QdrantServer, tmp_path: Path
) -> None:
    shim.faults.append(Fault("cut", times=1, path=".snapshot"))

    snapshot = await server.snapshot(C, tmp_path)
    await server.recover("copy", snapshot)

    assert await server.exists("copy")
    assert not kept_at(shim)


async def test_snapshot_that_never_comes_whole_is_an_error(
    shim: Shim, server: QdrantServer, tmp_path: Path
) -> None:
    shim.faults.append(Fault("cut", times=3, path=".snapshot"))

    with pytest.raises(VectorStoreUnavailable, match="cannot be reached"):
        await server.snapshot(C, tmp_path)
    assert not kept_at(shim)


async def test_snapshot_that_was_changed_is_refused_by_the_server(
    server: QdrantServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = await server.snapshot(C, tmp_path)
    monkeypatch.setattr("askdocs.vectors.snapshots._sha256", lambda _: "0" * 64)

    with pytest.raises(VectorStoreRefused, match="checksum"):
        await server.recover(C, snapshot)

    assert await server.exists(C)


async def test_cluster_is_refused_since_a_node_has_only_its_part(
    shim: Shim, server: QdrantServer, tmp_path: Path
) -> None:
    shim.nodes = 3

    with pytest.raises(Conflict, match="3 nodes") as refused:
        await server.snapshot(C, tmp_path)

    assert "--without-vectors" in refused.value.fix


async def test_key_that_may_not_manage_is_told(shim: Shim, tmp_path: Path) -> None:
    server = QdrantServer(shim.url, api_key="another", transport="rest")

    with pytest.raises(VectorStoreRefused, match="key"):
        await server.snapshot(C, tmp_path)
    await server.close()


async def test_folder_that_cannot_be_written_is_told(server: QdrantServer, tmp_path: Path) -> None:
    with pytest.raises(DiskFull):
        await server.snapshot(C, tmp_path / "missing")


async def test_something_else_than_qdrant_is_told(shim: Shim, server: QdrantServer) -> None:
    assert await server.engine() == "qdrant 1.17.0"
    shim.faults.append(Fault("garbage", path="/"))

    with pytest.raises(VectorStoreUnavailable, match="not Qdrant"):
        await server.engine()
