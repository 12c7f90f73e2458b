"""Exchanges a request for an answer, with a host that is looked up, judged and connected to in one step."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable, AsyncIterator, Collection, Iterable, Mapping
from dataclasses import dataclass
from ssl import SSLContext

import httpcore
import httpx

from askdocs.errors import AddressRefused, RemoteUnavailable
from askdocs.observability.logging import log
from askdocs.outbound.addresses import Target, literal, reach
from askdocs.outbound.names import Resolve

_TRIED = 4
"""Addresses of a host that are tried: two of each kind are what most have."""

_CONNECTING = 3.0
"""Seconds for each address of a host, so that a silent one leaves time for the next."""

_CONNECTIONS = 20


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    """By names in lower case."""
    body: bytes


class Network:
    """Connections of their own for each request: fetches are rare, and each is judged anew."""

    def __init__(self, connecting: httpcore.AsyncNetworkBackend, *, tls: SSLContext | None) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls or httpx.create_ssl_context(),
            max_connections=_CONNECTIONS,
            max_keepalive_connections=0,
            network_backend=connecting,
        )

    async def exchange(
        self,
        method: str,
        target: Target,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        seconds: float,
        max_bytes: int,
    ) -> Answer:
        """Raises `AddressRefused`, and `RemoteUnavailable` for whatever is no whole answer."""
        given = {"host": target.authority, **headers}
        url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
        timeouts = {"connect": _CONNECTING, "read": seconds, "write": seconds, "pool": seconds}
        try:
            async with self._pool.stream(
                method,
                url,
                headers=[(name.encode(), value.encode()) for name, value in given.items()],
                content=body,
                extensions={"timeout": timeouts},
            ) as response:
                told = {
                    name.decode("latin-1").lower(): value.decode("latin-1")
                    for name, value in response.headers
                }
                read = await _read(response.aiter_stream(), told.get("content-encoding", ""), max_bytes)
        except httpcore.TimeoutException as error:
            raise RemoteUnavailable(f"{target.host} did not answer in time.") from error
        except (OSError, httpcore.NetworkError, httpcore.ProtocolError, zlib.error) as error:
            raise RemoteUnavailable(f"{target.host} did not answer as a web server does.") from error
        if read is None:
            raise RemoteUnavailable(f"{target.host} answers with more than {max_bytes:,} bytes.")
        return Answer(response.status, told, read)

    async def close(self) -> None:
        await self._pool.aclose()


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to the very address that it judged.

    A name server that answers "public" to whoever asks first and "private" afterwards is asked once. TLS is
    still made with the name, above this.
    """

    def __init__(
        self,
        resolve: Resolve,
        *,
        opened: Collection[tuple[str, int]],
        inner: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        """`opened` are hosts and ports that may be private."""
        self._resolve, self._opened = resolve, frozenset(opened)
        self._inner = inner or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        written = literal(host)
        found = [written] if written else await self._resolve(host, port)
        allowed = {"public", "private"} if (host, port) in self._opened else {"public"}
        if refused := [address for address in found if reach(address) not in allowed]:
            # The address itself is for operators: it would tell others how names are answered in here.
            log.warning("outbound_refused", host=host, address=str(refused[0]))
            raise AddressRefused(
                f"{host} is not on the public internet.",
                fix="The operator can open private hosts: outbound.allow.",
            )
        error: httpcore.NetworkError | httpcore.TimeoutException = httpcore.ConnectError("no address")
        for address in found[:_TRIED]:
            try:
                return await self._inner.connect_tcp(
                    str(address), port, timeout=timeout, socket_options=socket_options
                )
            except (httpcore.NetworkError, httpcore.TimeoutException) as failed:
                error = failed
        raise error


async def _read(arriving: AsyncIterable[bytes], encoding: str, max_bytes: int) -> bytes | None:
    """None if it is more than `max_bytes`, as they were before they were compressed."""
    read = bytearray()
    async for part in _plain(arriving, encoding, max_bytes + 1):
        read += part
        if len(read) > max_bytes:
            return None
    return bytes(read)


async def _plain(arriving: AsyncIterable[bytes], encoding: str, most: int) -> AsyncIterator[bytes]:
    """Unpacked, at most `most` bytes of each part. Raises `RemoteProtocolError` for encodings that nobody
    asked for."""
    if encoding not in {"", "identity", "gzip"}:
        raise httpcore.RemoteProtocolError(f"content-encoding: {encoding}")
    unpacking = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    async for part in arriving:
        yield unpacking.decompress(part, most) if unpacking else part
    if unpacking and not unpacking.eof:
        raise httpcore.RemoteProtocolError("its gzip is cut off")
