"""The way to a Qdrant server: which transport, how long a request may take, and when it is sent again."""

from __future__ import annotations

import asyncio
import random
import ssl
import warnings
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import grpc
import httpx
from qdrant_client import AsyncQdrantClient
from qdrant_client import grpc as messages
from qdrant_client.connection import get_async_channel

from askdocs.errors import ConfigError, VectorStoreRefused
from askdocs.observability.logging import log
from askdocs.vectors.failures import (
    CHECK,
    CHECK_GRPC,
    FAILURES,
    NoCollection,
    Unreadable,
    converted,
    may_pass,
    refuses_key,
    unanswered,
)

T = TypeVar("T")

Ask = Callable[[AsyncQdrantClient], Coroutine[Any, Any, T]]

Transport = Literal["auto", "grpc", "rest"]

PAUSES = (0.1, 0.4)
"""Seconds before the second and the third attempt, on average: each is drawn from half to one and a half of
that, lest all that one failure met come back at one moment."""

PROBE = 1.0
"""Seconds that the gRPC port has to answer before REST is taken. A closed port refuses at once; this is for a
firewall that says nothing."""

CONNECTIONS = httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=30)
"""Of REST. Without these the client opens a new connection for each request to a server on this machine."""

CHANNEL = {
    # A connection that died without a word (a machine gone, a NAT that forgot it, a process that was frozen)
    # is found within the 5 s that a read has: by a ping after 1.5 s of silence, or by the one that follows
    # every reply, which would by default be waited for 60 s and keep any other from being sent.
    "grpc.keepalive_time_ms": 1_500,
    "grpc.keepalive_timeout_ms": 2_500,
    "grpc.http2.ping_timeout_ms": 2_500,
    # Balancers drop what is silent for some minutes. To dial anew is cheaper than to find that out.
    "grpc.client_idle_timeout_ms": 120_000,
    # By default a server that is back is not dialled for up to two minutes.
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.min_reconnect_backoff_ms": 5_000,
    "grpc.max_reconnect_backoff_ms": 250,
}
"""Of gRPC. One connection carries all requests of a process side by side."""


@dataclass(frozen=True, slots=True)
class _Way:
    transport: str
    client: AsyncQdrantClient
    address: str
    check: str
    """What to do when nothing answers there."""


class Connection:
    """To the Qdrant whose REST API is at `url`. Its gRPC port is the one after that of REST, unless told.
    `longest` is the most seconds that a request will be given.

    Nothing is dialled before the first request. With `auto` that one finds out whether gRPC answers, and
    takes REST if not; after a request that failed, the next one finds out again.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None,
        transport: Transport,
        grpc_port: int | None,
        longest: float,
        chance: Callable[[], float] = random.random,
    ) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port or 6333
        except ValueError as error:
            raise _unreadable() from error
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise _unreadable()
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        self._url = url
        self._host = host
        self._encrypted = parts.scheme == "https"
        self._api_key = api_key
        self._transport = transport
        self._grpc_port = grpc_port or port + 1
        self._addresses = {"rest": f"{host}:{port}", "grpc": f"{host}:{self._grpc_port}"}
        self._longest = longest
        self._chance = chance
        self._ways: dict[str, _Way] = {}
        self._chosen: _Way | None = None
        self._choosing = asyncio.Lock()
        self._logged = ""

    async def request(self, ask: Ask[T], *, within: float, over_grpc: Ask[T] | None = None) -> T:
        """Ask, and again if the failure may pass: none of our requests does more when it is repeated. All of
        it has `within` seconds. `over_grpc` asks the same where gRPC was chosen. Errors:
        `VectorStoreUnavailable`, `VectorStoreRefused`."""
        way: _Way | None = None
        failure: Exception | None = None
        try:
            async with asyncio.timeout(within):
                for pause in pauses(self._chance):
                    way = await self._choose(within)
                    try:
                        return await self._ask(way, ask, over_grpc)
                    except FAILURES as error:
                        if not may_pass(error):
                            raise
                        failure = error
                        self._doubt(way)
                    await asyncio.sleep(pause)
                way = await self._choose(within)
                return await self._ask(way, ask, over_grpc)
        except TimeoutError:
            self._doubt(way)
            address, check = (way.address, way.check) if way else (self._host, CHECK)
            if failure is not None:
                raise converted(failure, address, check=check) from failure
            raise unanswered(address, within, check=check) from None
        except FAILURES as error:
            assert way is not None  # noqa: S101  what has failed was asked on some way
            problem = converted(error, way.address, check=way.check)
            if not isinstance(problem, VectorStoreRefused | NoCollection):
                self._doubt(way)
            raise problem from error

    async def _ask(self, way: _Way, ask: Ask[T], over_grpc: Ask[T] | None) -> T:
        """grpc.aio logs a message that it cannot read and returns None, of which a field is then asked."""
        if over_grpc is not None and way.transport == "grpc":
            ask = over_grpc
        try:
            return await ask(way.client)
        except AttributeError as error:
            if error.obj is not None:
                raise
            raise Unreadable from error

    async def close(self) -> None:
        for way in self._ways.values():
            await way.client.close()

    async def _choose(self, within: float) -> _Way:
        async with self._choosing:
            if self._chosen is None:
                self._chosen = await self._decide(min(PROBE, within / 2))
            return self._chosen

    def _doubt(self, way: _Way | None) -> None:
        """Let the next request decide again, unless another one has done so meanwhile."""
        if self._chosen is way:
            self._chosen = None

    async def _decide(self, seconds: float) -> _Way:
        if self._transport != "auto":
            return self._way(self._transport)
        missing = await self._probe(seconds)
        transport = "rest" if missing else "grpc"
        if transport != self._logged:
            self._logged = transport
            log.info(
                "qdrant_transport",
                transport=transport,
                address=self._addresses[transport],
                no_grpc=f"{self._addresses['grpc']}: {missing}" if missing else None,
            )
        return self._way(transport)

    async def _probe(self, seconds: float) -> str:
        """Why gRPC cannot be used, "" if it can. By a connection of its own, since one that failed lately
        would wait before it dials again."""
        channel = get_async_channel(
            self._host,
            self._grpc_port,
            self._encrypted,
            metadata=[("api-key", self._api_key)] if self._api_key else [],
            options={**self._channel_options(), "grpc.use_local_subchannel_pool": 1},
        )
        try:
            stub = messages.QdrantStub(channel)  # type: ignore[no-untyped-call]  # generated
            health = await stub.HealthCheck(messages.HealthCheckRequest(), timeout=seconds)
        except grpc.aio.AioRpcError as error:
            if refuses_key(error):  # older servers want one even for this
                return ""
            return error.details() or error.code().name
        finally:
            await channel.close()
        return "" if health and "qdrant" in health.title else "It is not Qdrant."

    def _way(self, transport: str) -> _Way:
        if transport not in self._ways:
            client = self._grpc_client() if transport == "grpc" else self._rest_client()
            check = CHECK_GRPC if transport == "grpc" else CHECK
            self._ways[transport] = _Way(transport, client, self._addresses[transport], check)
        return self._ways[transport]

    def _rest_client(self) -> AsyncQdrantClient:
        return self._client(limits=CONNECTIONS)

    def _grpc_client(self) -> AsyncQdrantClient:
        return self._client(
            prefer_grpc=True,
            grpc_port=self._grpc_port,
            grpc_options=self._channel_options(),
            pool_size=1,
        )

    def _client(self, **options: Any) -> AsyncQdrantClient:
        with warnings.catch_warnings():
            # A key over plain HTTP is normal within a private network.
            warnings.filterwarnings("ignore", message="Api key is used with an insecure connection")
            return AsyncQdrantClient(
                url=self._url,
                api_key=self._api_key,
                timeout=int(self._longest) + 1,
                check_compatibility=False,
                **options,
            )

    def _channel_options(self) -> dict[str, Any]:
        """With the certificates that REST trusts: of itself gRPC knows those alone that it brings along."""
        options: dict[str, Any] = dict(CHANNEL)
        if self._encrypted:
            trusted = httpx.create_ssl_context().get_ca_certs(binary_form=True)
            options["root_certificates"] = "".join(map(ssl.DER_cert_to_PEM_cert, trusted)).encode()
        return options


def pauses(chance: Callable[[], float]) -> Iterator[float]:
    """Seconds to wait after each failed attempt but the last; `chance` draws from 0 to 1."""
    for pause in PAUSES:
        yield pause * (0.5 + chance())


def _unreadable() -> ConfigError:
    """Without the URL itself, which may carry a password."""
    return ConfigError(
        "The URL of the Qdrant server cannot be read.", fix="Set QDRANT_URL to https://HOST:6333."
    )
