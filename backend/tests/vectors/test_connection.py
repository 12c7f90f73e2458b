"""Which way to a Qdrant server is taken, when that is decided again, and TLS on both."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

import pytest
import trustme
from structlog.testing import capture_logs

from askdocs.errors import VectorStoreRefused, VectorStoreUnavailable
from askdocs.vectors.connection import Transport
from askdocs.vectors.server import QdrantServer
from tests.fakes import qdrant
from tests.fakes.qdrant_engine import Certificate, Fault, Shim
from tests.fakes.qdrant_grpc import HEALTH
from tests.fakes.relay import Relay
from tests.services import free_port

pytestmark = pytest.mark.anyio

REST_PING, GRPC_PING = "GET /collections", "/qdrant.Collections/List"


@pytest.fixture
async def shim(tmp_path: Path) -> AsyncIterator[Shim]:
    async with qdrant.running(tmp_path / "qdrant", api_key="key") as running:
        yield running


@pytest.fixture
async def vectors(shim: Shim) -> AsyncIterator[QdrantServer]:
    opened = QdrantServer(shim.url, api_key="key", grpc_port=shim.grpc_port)
    yield opened
    await opened.close()


def certify(directory: Path, authority: trustme.CA) -> Certificate:
    issued = authority.issue_cert("127.0.0.1")
    certificate = Certificate(directory / "chain.pem", directory / "key.pem")
    issued.cert_chain_pems[0].write_to_path(certificate.chain)
    issued.private_key_pem.write_to_path(certificate.key)
    return certificate


async def test_grpc_is_taken_where_it_answers(vectors: QdrantServer, shim: Shim) -> None:
    with capture_logs() as logs:
        for _ in range(2):
            await vectors.ping()
    assert shim.requests == [HEALTH, GRPC_PING, GRPC_PING]
    [line] = logs
    assert (line["event"], line["transport"]) == ("qdrant_transport", "grpc")
    assert line["address"] == f"127.0.0.1:{shim.grpc_port}"


async def test_rest_is_taken_where_no_grpc_answers(shim: Shim) -> None:
    closed = free_port()
    vectors = QdrantServer(shim.url, api_key="key", grpc_port=closed)
    with capture_logs() as logs:
        for _ in range(2):
            await vectors.ping()
    assert shim.requests == [REST_PING, REST_PING]
    [line] = logs
    assert line["transport"] == "rest"
    assert f"127.0.0.1:{closed}" in line["no_grpc"]
    await vectors.close()


async def test_rest_is_taken_where_something_else_is_at_the_grpc_port(shim: Shim) -> None:
    rest_port = int(shim.url.rpartition(":")[2])
    vectors = QdrantServer(shim.url, api_key="key", grpc_port=rest_port)
    await vectors.ping()
    assert shim.requests[-1] == REST_PING
    await vectors.close()


async def test_rest_is_taken_where_the_grpc_port_says_nothing(shim: Shim) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        vectors = QdrantServer(shim.url, api_key="key", grpc_port=port, timeout=2)
        await vectors.ping()
        await vectors.close()
    assert shim.requests == [REST_PING]


@pytest.mark.parametrize("fault", [Fault("garbage", path=HEALTH), Fault("status", status=501, path=HEALTH)])
async def test_rest_is_taken_where_the_grpc_port_is_not_qdrants(
    vectors: QdrantServer, shim: Shim, fault: Fault
) -> None:
    shim.faults.append(fault)
    await vectors.ping()
    assert shim.requests == [HEALTH, REST_PING]


@pytest.mark.parametrize("fault", [Fault("garbage"), Fault("status", status=501)])
async def test_grpc_alone_tells_when_the_port_is_not_qdrants(shim: Shim, fault: Fault) -> None:
    vectors = QdrantServer(shim.url, api_key="key", transport="grpc", grpc_port=shim.grpc_port)
    shim.faults.append(fault)
    with pytest.raises(VectorStoreUnavailable, match="is not Qdrant"):
        await vectors.ping()
    assert len(shim.requests) == 1
    await vectors.close()


async def test_grpc_alone_tells_when_the_port_speaks_http(shim: Shim) -> None:
    rest_port = int(shim.url.rpartition(":")[2])
    vectors = QdrantServer(shim.url, api_key="key", transport="grpc", grpc_port=rest_port)
    with pytest.raises(VectorStoreUnavailable, match="is not Qdrant") as wrong:
        await vectors.ping()
    assert "vectors.grpc_port" in wrong.value.fix
    await vectors.close()


async def test_older_server_that_wants_a_key_for_its_health_speaks_grpc(
    vectors: QdrantServer, shim: Shim
) -> None:
    shim.faults.append(Fault("status", status=401, path=HEALTH))
    await vectors.ping()
    assert shim.requests == [HEALTH, GRPC_PING]


async def test_wrong_key_is_told_over_grpc(shim: Shim) -> None:
    vectors = QdrantServer(shim.url, api_key="wrong", grpc_port=shim.grpc_port)
    for _ in range(2):
        with pytest.raises(VectorStoreRefused, match="refused our key"):
            await vectors.ping()
    assert shim.requests == [HEALTH, GRPC_PING, GRPC_PING]
    await vectors.close()


async def test_grpc_port_is_the_one_after_that_of_rest(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        for attempt in count():
            shim = await stack.enter_async_context(qdrant.running(tmp_path / str(attempt)))
            following = int(shim.url.rpartition(":")[2]) + 1
            try:
                await stack.enter_async_context(Relay(shim.grpc_port, set()).listening(following))
            except OSError:  # that port is somebody else's
                continue
            break
        vectors = QdrantServer(shim.url)
        await vectors.ping()
        await vectors.close()
    assert shim.requests == [HEALTH, GRPC_PING]


async def test_first_requests_at_once_find_out_once(vectors: QdrantServer, shim: Shim) -> None:
    async with asyncio.TaskGroup() as tasks:
        for _ in range(20):
            tasks.create_task(vectors.ping())
    assert shim.requests.count(HEALTH) == 1
    assert shim.requests.count(GRPC_PING) == 20


async def test_grpc_that_fails_is_left_for_rest_within_the_request_and_found_again(shim: Shim) -> None:
    async with Relay(shim.grpc_port, set()).listening(0) as relay:
        vectors = QdrantServer(shim.url, api_key="key", grpc_port=relay.port)
        await vectors.ping()
    await vectors.ping()
    assert shim.requests[-1] == REST_PING
    async with Relay(shim.grpc_port, set()).listening(relay.port):
        shim.faults.append(Fault("status", status=503, times=1, path="/collections"))
        await vectors.ping()
        assert shim.requests[-2:] == [HEALTH, GRPC_PING]
        await vectors.close()


async def test_connection_that_died_without_a_word_is_replaced_within_the_request(shim: Shim) -> None:
    async with Relay(shim.grpc_port, set()).listening(0) as relay:
        vectors = QdrantServer(shim.url, api_key="key", transport="grpc", grpc_port=relay.port, timeout=30)
        await vectors.ping()
        relay.freeze()
        await vectors.ping()
        await vectors.close()


@pytest.mark.parametrize(
    ("transport", "ping"), [("rest", REST_PING), ("grpc", GRPC_PING), ("auto", GRPC_PING)]
)
async def test_certificate_is_checked_against_those_that_the_machine_trusts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transport: Transport, ping: str
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    async with qdrant.running(
        tmp_path / "qdrant", api_key="key", certificate=certify(tmp_path, authority)
    ) as shim:
        stranger = QdrantServer(shim.url, api_key="key", transport=transport, grpc_port=shim.grpc_port)
        with pytest.raises(VectorStoreUnavailable, match=r"(?i)cannot be reached.*certificate.verify.failed"):
            await stranger.ping()
        assert shim.requests == []

        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        vectors = QdrantServer(shim.url, api_key="key", transport=transport, grpc_port=shim.grpc_port)
        await vectors.ping()
        assert shim.requests[-1] == ping
        await stranger.close()
        await vectors.close()
