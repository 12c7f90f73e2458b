"""The server that takes a publish: its requests, their repetition, and its problems as our errors."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import random
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from askdocs import __version__, errors
from askdocs.errors import (
    AskdocsError,
    Conflict,
    InputError,
    NotFound,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from askdocs.publishing.credentials import Credentials

_ATTEMPTS = 6
"""With the pauses below up to a quarter of a minute, in which a proxy finds another instance."""

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0

_PATIENCE = httpx.Timeout(60.0, connect=10.0)
"""Seconds. A server that publishes says something every 15."""

_AGAIN = (429, 502, 503, 504)

_KINDS: Mapping[int, type[AskdocsError]] = {
    401: Unauthorized,
    403: errors.Forbidden,
    404: NotFound,
    409: Conflict,
}


class Cut(Unavailable):
    """The server stopped, or the connection broke, while it was at work: nobody knows how far it came."""


class Bearer(httpx.Auth):
    """Shows the credentials of the moment: a token ends before a long upload does."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        request.headers["authorization"] = f"Bearer {await self._credentials()}"
        yield request


class Server:
    """The publishes of one site. The client's base URL is theirs."""

    def __init__(self, client: httpx.AsyncClient, api: str, site: str) -> None:
        self._client, self._api = client, api
        self._path = f"{api}/api/v1/admin/sites/{quote(site, safe='')}/publishes"

    async def begin(self, manifest: bytes) -> dict[str, Any]:
        return await self._send("POST", "", manifest)

    async def send(self, upload: str, part: str, body: bytes) -> None:
        await self._send("PUT", f"/{upload}/parts/{part}", body)

    async def commit(self, upload: str, **options: bool) -> AsyncGenerator[dict[str, Any]]:
        """Events {"progress": …}, at the end {"result": …}. Raises `Cut` if the connection breaks."""
        address = f"{self._path}/{upload}/commit"
        try:
            async with self._client.stream("POST", address, json=options) as response:
                if response.status_code != HTTPStatus.OK:
                    await response.aread()
                    raise _maybe_again(self._problem(response), response.status_code)
                async for line in response.aiter_lines():
                    event = json.loads(line)
                    if "error" in event:
                        raise _maybe_again(revive(event["error"]), event["error"]["status"])
                    if event:
                        yield event
                    if "result" in event:
                        return
        except (httpx.TransportError, ValueError) as error:
            raise Cut(f"The connection to {self._api} broke: {_told(error)}.") from error
        raise Cut(f"{self._api} broke off without a result.")

    async def _send(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        """Send it, again if that may help: all of this can be sent twice."""
        pauses = _pauses()
        while True:
            try:
                response = await self._client.request(
                    method,
                    self._path + path,
                    content=body,
                    headers={"content-type": "application/octet-stream"},
                )
            except httpx.TransportError as error:
                failure: AskdocsError = Unavailable(
                    f"{self._api} does not answer: {_told(error)}.", fix="Check --api, and the server's log."
                )
                wait = None
            else:
                if response.is_success:
                    return self._read(response)
                failure = self._problem(response)
                if response.status_code not in _AGAIN:
                    raise failure
                wait = _seconds(response.headers.get("retry-after", ""))
            pause = next(pauses, None)
            if pause is None:
                raise failure
            await asyncio.sleep(min(max(pause, wait or 0.0), _LONGEST_PAUSE))

    def _read(self, response: httpx.Response) -> dict[str, Any]:
        try:
            found = response.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise self._stranger()
        return found

    def _problem(self, response: httpx.Response) -> AskdocsError:
        if response.is_redirect:
            return InputError(
                f"{self._api} leads elsewhere, to {response.headers.get('location', 'nowhere')}.",
                fix="Name that address with --api: a key is shown to no other server.",
            )
        try:
            told = response.json()
        except ValueError:
            told = None
        if not isinstance(told, dict) or "detail" not in told:
            if response.status_code in _AGAIN:
                return Unavailable(f"{self._api} answers with status {response.status_code}.")
            return self._stranger()
        is_unknown = str(told["detail"]).startswith("There is nothing at")
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED or is_unknown:
            return InputError(
                f"{self._api} takes no publishes over HTTPS: its program is older than this, {__version__}.",
                fix="Update the server, or publish with `askdocs index` where the database can be reached.",
            )
        return revive(told)

    def _stranger(self) -> InputError:
        return InputError(f"{self._api} answers, but is no Askdocs server.", fix="Correct --api.")


@asynccontextmanager
async def connect(api: str, site: str, *, credentials: Credentials) -> AsyncIterator[Server]:
    """Raises `InputError` for an address to which no credentials should be sent."""
    address = api.rstrip("/")
    _check(address)
    headers = {"user-agent": f"askdocs/{__version__}"}
    async with httpx.AsyncClient(headers=headers, auth=Bearer(credentials), timeout=_PATIENCE) as client:
        yield Server(client, address, site)


def revive(problem: Mapping[str, Any]) -> AskdocsError:
    """The error that a problem describes, its kind kept so that exit codes are."""
    slug = str(problem.get("type", "")).rpartition(":")[2]
    kind = getattr(errors, slug.title().replace("-", ""), None)
    status = int(problem.get("status", 500))
    if not isinstance(kind, type) or not issubclass(kind, AskdocsError):
        kind = _KINDS.get(status, InputError if status < 500 else Unavailable)
    if issubclass(kind, RateLimited):
        kind = Unavailable  # it was waited for
    error: AskdocsError = kind.__new__(kind)
    request = problem.get("request_id")
    about = f" (request {request})" if status >= 500 and request else ""
    AskdocsError.__init__(error, f"{problem['detail']}{about}", fix=str(problem.get("fix", "")))
    return error


def _maybe_again(error: AskdocsError, status: int) -> AskdocsError:
    """The error as one after which a publish may be begun anew, if that may help."""
    return Cut(str(error), fix=error.fix) if status in _AGAIN else error


def _check(api: str) -> None:
    try:
        parts = urlsplit(api)
        host, is_web = parts.hostname or "", parts.scheme in ("http", "https")
    except ValueError:
        host, is_web = "", False
    if not host or not is_web or parts.query or parts.fragment or parts.username:
        raise InputError(
            f"{api} is no address of a server.", fix="Name it with its scheme: --api https://ask.example.com"
        )
    if parts.scheme == "http" and not _is_here(host):
        raise InputError(
            f"{api} is not encrypted, so that the key could be read on the way.", fix="Use https://"
        )


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE
    for _ in range(_ATTEMPTS - 1):
        yield pause * random.uniform(0.5, 1.0)  # noqa: S311  nothing secret depends on it
        pause *= 2


def _seconds(text: str) -> float | None:
    return float(text) if text.isdecimal() else None


def _told(error: Exception) -> str:
    return str(error) or type(error).__name__
