"""What can go wrong on the way to a server, and the server's side of it."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import qdrant_edge as edge
from qdrant_client import AsyncQdrantClient, models

from askdocs.errors import ConfigError, VectorStoreRefused, VectorStoreUnavailable
from askdocs.types import Scope
from askdocs.vectors.connection import Transport, pauses
from askdocs.vectors.server import INDEXES, QdrantServer
from tests.builders import C, asking, numbers, point
from tests.fakes import qdrant
from tests.fakes.qdrant_engine import Fault, Shim
from tests.vectors.stored import stored

pytestmark = pytest.mark.anyio

BACKEND = Path(__file__).parents[2]
SCOPE = Scope("a", 1)


@pytest.fixture
async def shim(tmp_path: Path) -> AsyncIterator[Shim]:
    async with qdrant.running(tmp_path, api_key="key") as running:
        yield running


@pytest.fixture(params=["rest", "grpc"])
def transport(request: pytest.FixtureRequest) -> Transport:
    chosen: Transport = request.param
    return chosen


@pytest.fixture
async def vectors(shim: Shim, transport: Transport) -> AsyncIterator[QdrantServer]:
    opened = QdrantServer(shim.url, api_key="key", transport=transport, grpc_port=shim.grpc_port)
    await opened.ensure(C, dimensions=2)
    await opened.upsert(C, [point(1)])
    shim.requests.clear()
    yield opened
    await opened.close()


@pytest.fixture
async def hasty(shim: Shim, transport: Transport) -> AsyncIterator[QdrantServer]:
    opened = QdrantServer(
        shim.url,
        api_key="key",
        transport=transport,
        grpc_port=shim.grpc_port,
        timeout=0.45,
        write_timeout=0.45,
        chance=lambda: 0.5,
    )
    yield opened
    await opened.close()


async def test_slow_server_is_given_up_after_the_timeout(
    vectors: QdrantServer, hasty: QdrantServer, shim: Shim
) -> None:
    shim.faults.append(Fault("delay", seconds=30))
    for request in (hasty.ping(), hasty.search(C, asking(), SCOPE, limit=1), hasty.upsert(C, [point(2)])):
        started = time.perf_counter()
        with pytest.raises(VectorStoreUnavailable, match=r"did not answer within 0\.45 s"):
            await request
        assert time.perf_counter() - started < 10


async def test_slow_answer_within_the_timeout_is_taken(vectors: QdrantServer, shim: Shim) -> None:
    shim.faults.append(Fault("delay", seconds=0.2, times=1))
    assert await numbers(vectors, SCOPE) == [1]


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_passing_failure_is_tried_again(vectors: QdrantServer, shim: Shim, status: int) -> None:
    shim.faults.append(Fault("status", status=status, times=2))
    assert await numbers(vectors, SCOPE) == [1]
    assert len(shim.requests) == 3


async def test_lasting_failure_is_reported_after_three_attempts(vectors: QdrantServer, shim: Shim) -> None:
    shim.faults.append(Fault("status", status=500))
    with pytest.raises(VectorStoreUnavailable, match=r"failed \((500|INTERNAL)\): Service inter") as failed:
        await vectors.count(C, SCOPE)
    assert "QDRANT_URL" in failed.value.fix
    assert len(shim.requests) == 3


async def test_attempts_end_with_the_timeout_and_tell_the_failure(
    vectors: QdrantServer, hasty: QdrantServer, shim: Shim
) -> None:
    shim.faults.append(Fault("status", status=500))
    with pytest.raises(VectorStoreUnavailable, match=r"failed \((500|INTERNAL)\)"):
        await hasty.count(C, SCOPE)
    assert len(shim.requests) == 2


async def test_refused_connection_names_the_server(tmp_path: Path, transport: Transport) -> None:
    async with qdrant.running(tmp_path) as stopped:
        pass
    vectors = QdrantServer(stopped.url, transport=transport, grpc_port=stopped.grpc_port)
    with pytest.raises(VectorStoreUnavailable, match="cannot be reached") as refused:
        await vectors.ping()
    port = stopped.grpc_port if transport == "grpc" else stopped.url.rpartition(":")[2]
    assert f"127.0.0.1:{port}" in str(refused.value)
    assert "QDRANT_URL" in refused.value.fix
    assert ("vectors.grpc_port" in refused.value.fix) is (transport == "grpc")
    await vectors.close()


async def test_cut_connection_is_tried_again_and_writes_nothing_twice(
    vectors: QdrantServer, shim: Shim
) -> None:
    shim.faults.append(Fault("cut", times=1))
    await vectors.upsert(C, [point(1), point(2)])
    assert await stored(vectors, C, "a") == 2


async def test_server_that_comes_back_is_found_at_once(tmp_path: Path, transport: Transport) -> None:
    async with qdrant.running(tmp_path) as first:
        vectors = QdrantServer(first.url, transport=transport, grpc_port=first.grpc_port)
        await vectors.ping()
    with pytest.raises(VectorStoreUnavailable, match="cannot be reached"):
        await vectors.ping()
    port = int(first.url.rpartition(":")[2])
    async with qdrant.running(tmp_path, port=port, grpc_port=first.grpc_port):
        await vectors.ping()
        await vectors.close()


async def test_request_that_is_cancelled_ends_at_the_server_too(vectors: QdrantServer, shim: Shim) -> None:
    shim.faults.append(Fault("delay", seconds=60))
    search = asyncio.create_task(vectors.search(C, asking(), SCOPE, limit=1))
    await shim.delaying.wait()
    search.cancel()
    with pytest.raises(asyncio.CancelledError):
        await search
    await asyncio.wait_for(shim.abandoned.wait(), 30)


async def test_connection_that_is_always_cut_is_reported(vectors: QdrantServer, shim: Shim) -> None:
    shim.faults.append(Fault("cut"))
    with pytest.raises(VectorStoreUnavailable, match="cannot be reached"):
        await vectors.search(C, asking(), SCOPE, limit=1)


@pytest.mark.parametrize("key", [None, "wrong"])
async def test_wrong_key_is_refused_at_once(shim: Shim, transport: Transport, key: str | None) -> None:
    vectors = QdrantServer(shim.url, api_key=key, transport=transport, grpc_port=shim.grpc_port)
    with pytest.raises(VectorStoreRefused) as refused:
        await vectors.ping()
    assert "QDRANT_API_KEY" in refused.value.fix
    assert len(shim.requests) == 1
    await vectors.close()


@pytest.mark.parametrize("status", [403, 400, 413])
async def test_request_that_it_will_never_take_is_not_repeated(
    vectors: QdrantServer, shim: Shim, status: int
) -> None:
    shim.faults.append(Fault("status", status=status))
    with pytest.raises(VectorStoreRefused):
        await vectors.count(C, SCOPE)
    assert len(shim.requests) == 1


async def test_request_that_the_server_found_too_slow_is_not_our_fault(
    vectors: QdrantServer, shim: Shim
) -> None:
    shim.faults.append(Fault("status", status=408))
    with pytest.raises(VectorStoreUnavailable) as failed:
        await vectors.count(C, SCOPE)
    assert not isinstance(failed.value, VectorStoreRefused)


async def test_overloaded_server_says_when_to_come_back(vectors: QdrantServer, shim: Shim) -> None:
    shim.faults.append(Fault("status", status=429))
    with pytest.raises(VectorStoreUnavailable) as overloaded:
        await vectors.count(C, SCOPE)
    assert overloaded.value.retry_after == 7


@pytest.mark.parametrize("fault", [Fault("garbage"), Fault("status", status=404)])
async def test_something_else_at_the_address_is_noticed(
    vectors: QdrantServer, shim: Shim, fault: Fault
) -> None:
    shim.faults.append(fault)
    with pytest.raises(VectorStoreUnavailable, match="is not Qdrant"):
        await vectors.search(C, asking(), SCOPE, limit=1)


@pytest.mark.parametrize(
    "url", ["ftp://me:secret@qdrant", "http://me:secret@[broken", "http://me:secret@host:port"]
)
async def test_url_that_is_none_is_a_mistake_in_the_configuration(url: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        QdrantServer(url)
    assert "QDRANT_URL" in wrong.value.fix
    assert "secret" not in str(wrong.value)


async def test_indexes_that_a_crash_left_out_are_made(shim: Shim, transport: Transport) -> None:
    client = AsyncQdrantClient(url=shim.url, headers={"api-key": "key"}, check_compatibility=False)
    await client.create_collection(
        C,
        vectors_config={"dense": models.VectorParams(size=2, distance=models.Distance.COSINE)},
        sparse_vectors_config={"sparse": models.SparseVectorParams()},
    )
    await client.create_payload_index(C, "path", models.PayloadSchemaType.KEYWORD)
    vectors = QdrantServer(shim.url, api_key="key", transport=transport, grpc_port=shim.grpc_port)
    await vectors.ensure(C, dimensions=2)
    schema = shim.shards[C].info().payload_schema
    assert schema.keys() == INDEXES.keys()
    tenant = schema["store_id"].params
    assert isinstance(tenant, edge.KeywordIndexParams)
    assert tenant.is_tenant
    await client.close()
    await vectors.close()


async def test_two_processes_may_make_the_collection_at_once(shim: Shim, transport: Transport) -> None:
    makers = [
        QdrantServer(shim.url, api_key="key", transport=transport, grpc_port=shim.grpc_port) for _ in range(4)
    ]
    async with asyncio.TaskGroup() as tasks:
        for maker in makers:
            tasks.create_task(maker.ensure(C, dimensions=2))
    assert shim.shards[C].info().payload_schema.keys() == INDEXES.keys()
    for maker in makers:
        await maker.close()


async def test_connections_are_kept_between_requests(vectors: QdrantServer, shim: Shim) -> None:
    for _ in range(3):
        await vectors.ping()
    assert len(shim.connections) == 1


async def test_a_process_needs_one_grpc_connection_however_many_ask(shim: Shim) -> None:
    vectors = QdrantServer(shim.url, api_key="key", transport="grpc", grpc_port=shim.grpc_port)
    shim.faults.append(Fault("delay", seconds=0.1))
    async with asyncio.TaskGroup() as tasks:
        for _ in range(40):
            tasks.create_task(vectors.ping())
    assert len(shim.connections) == 1
    await vectors.close()


async def test_pauses_between_attempts_are_drawn_from_half_to_one_and_a_half() -> None:
    assert list(pauses(lambda: 0.0)) == [0.05, 0.2]
    assert list(pauses(lambda: 1.0)) == pytest.approx([0.15, 0.6])


async def test_each_pause_is_drawn_anew(shim: Shim, transport: Transport) -> None:
    drawn: list[float] = []

    def chance() -> float:
        drawn.append(0.0)
        return 0.0

    vectors = QdrantServer(
        shim.url, api_key="key", transport=transport, grpc_port=shim.grpc_port, chance=chance
    )
    shim.faults.append(Fault("status", status=503))
    for _ in range(2):
        with pytest.raises(VectorStoreUnavailable):
            await vectors.ping()
    assert len(drawn) == 4
    await vectors.close()


async def serve_by_hand(directory: Path) -> tuple[asyncio.subprocess.Process, str, int]:
    program = (sys.executable, "-m", "tests.fakes.qdrant")
    options = ("--port", "0", "--dir", str(directory), "--api-key", "key")
    process = await asyncio.create_subprocess_exec(
        *program, *options, stdout=asyncio.subprocess.PIPE, cwd=BACKEND
    )
    assert process.stdout is not None
    url, port = [(await process.stdout.readline()).decode().strip() for _ in range(2)]
    return process, url, int(port)


async def test_shim_runs_by_itself_and_keeps_its_collections(tmp_path: Path, transport: Transport) -> None:
    for count in (1, 2):
        process, url, grpc_port = await serve_by_hand(tmp_path)
        vectors = QdrantServer(url, api_key="key", transport=transport, grpc_port=grpc_port)
        await vectors.ensure(C, dimensions=2)
        await vectors.upsert(C, [point(count)])
        assert await stored(vectors, C, "a") == count
        await vectors.close()
        process.terminate()
        assert await process.wait() == 0
