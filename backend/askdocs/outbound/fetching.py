"""Fetches what a URL leads to, within bounds of place, size and time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ssl import SSLContext
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from askdocs import __version__
from askdocs.errors import AddressRefused, RemoteUnavailable
from askdocs.outbound.addresses import Target, is_local_name, parse
from askdocs.outbound.names import Resolve, SystemResolver

if TYPE_CHECKING:
    import httpcore

    from askdocs.outbound.network import Network

SECONDS = 10.0
"""For everything: names, connections, redirects and the last byte."""

MOST_BYTES = 1024 * 1024
"""Unless told otherwise. The keys of the largest public issuers are some 10 kB."""

REDIRECTS = 3

_PORTS = frozenset({80, 443})
"""And those from 1024 on. Below are servers that take a request for commands of theirs, such as mail."""


@dataclass(frozen=True, slots=True)
class Fetched:
    url: str
    """Where it was, after redirects."""
    status: int
    headers: Mapping[str, str]
    """By names in lower case."""
    body: bytes


class Outbound:
    """The one way to URLs that come from a site's settings, a user or the network.

    Only to public addresses, only by https; redirects are followed by the same rules; neither proxies of the
    environment nor cookies are used. `allow` are origins that the operator opens: they may be private, and
    http if they say so. `plain_http` allows http everywhere, for development.
    """

    def __init__(
        self,
        *,
        allow: Sequence[str] = (),
        plain_http: bool = False,
        seconds: float = SECONDS,
        resolve: Resolve | None = None,
        connecting: httpcore.AsyncNetworkBackend | None = None,
        tls: SSLContext | None = None,
    ) -> None:
        """The last three are other ways to names, to connections and to trust than the system's."""
        self._allowed = frozenset(parse(origin).origin for origin in allow)
        self._plain_http, self._seconds = plain_http, seconds
        self._resolver = SystemResolver()
        self._resolve, self._connecting, self._tls = resolve or self._resolver, connecting, tls
        self._network: Network | None = None

    async def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, max_bytes: int = MOST_BYTES
    ) -> Fetched:
        """Whatever status answers. Raises `AddressRefused` and `RemoteUnavailable`."""
        return await self._in_time("GET", url, headers or {}, None, max_bytes)

    async def post(
        self, url: str, body: bytes, *, headers: Mapping[str, str], max_bytes: int = MOST_BYTES
    ) -> Fetched:
        """The same; a redirect is an answer here, as what is posted is for whom it was addressed to."""
        return await self._in_time("POST", url, headers, body, max_bytes)

    def check(self, url: str) -> None:
        """Refuse what can be refused before anything is looked up, as when a URL is stored."""
        self._judged(url)

    async def close(self) -> None:
        if self._network is not None:
            await self._network.close()
        self._resolver.close()

    async def _in_time(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, max_bytes: int
    ) -> Fetched:
        try:
            async with asyncio.timeout(self._seconds):
                return await self._follow(method, url, headers, body, max_bytes)
        except TimeoutError as error:
            raise RemoteUnavailable(f"{parse(url).host} did not answer in {self._seconds:g} s.") from error

    async def _follow(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, max_bytes: int
    ) -> Fetched:
        target = self._judged(url)
        for _ in range(REDIRECTS + 1):
            answer = await self._opened().exchange(
                method,
                target,
                headers={"user-agent": f"askdocs/{__version__}", "accept-encoding": "gzip", **headers},
                body=body,
                seconds=self._seconds,
                max_bytes=max_bytes,
            )
            location = answer.headers.get("location")
            if method != "GET" or answer.status not in {301, 302, 303, 307, 308} or location is None:
                return Fetched(str(target), answer.status, answer.headers, answer.body)
            came_from, target = target, self._judged(urljoin(str(target), location))
            if target.origin != came_from.origin:
                headers = {}  # they may hold a token that is for the first one only
        raise RemoteUnavailable(f"{target.host} redirects more than {REDIRECTS} times.")

    def _judged(self, url: str) -> Target:
        target = parse(url)
        if target.origin in self._allowed:
            return target
        if target.scheme != "https" and not self._plain_http:
            raise AddressRefused("The URL must begin with https://.")
        if target.port not in _PORTS and target.port < 1024:
            raise AddressRefused("The URL names a port that is not one of the web.")
        if is_local_name(target.host):
            raise AddressRefused(
                f"{target.host} is not on the public internet.",
                fix="The operator can open private hosts: outbound.allow.",
            )
        return target

    def _opened(self) -> Network:
        """Imported and made when something is fetched: that takes 170 ms and 5 MB, for what most
        installations never do."""
        if self._network is None:
            from askdocs.outbound.network import GuardedBackend, Network

            opened = {(host, port) for _, host, port in self._allowed}
            guarded = GuardedBackend(self._resolve, opened=opened, inner=self._connecting)
            self._network = Network(guarded, tls=self._tls)
        return self._network
