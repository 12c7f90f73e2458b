"""What a publish shows to the server: a key, or a token that the CI provider signs about the job."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Callable

import httpx

from askdocs.errors import InputError, Unavailable

Credentials = Callable[[], Awaitable[str]]
"""Those that are good at the moment."""

_MARGIN = 60
"""Seconds before its end in which a token is not shown any more: a request takes time to arrive."""

_ATTEMPTS, _PAUSE = 4, 1.0
"""The service that signs is asked again after 1, 2 and 4 seconds."""

_PATIENCE = 10.0


class Fixed:
    def __init__(self, secret: str) -> None:
        self._secret = secret

    async def __call__(self) -> str:
        return self._secret


class GitHubToken:
    """Tokens for one audience, each used until it nears its end: they are good for some minutes."""

    def __init__(self, url: str, secret: str, *, audience: str, now: Callable[[], float] = time.time) -> None:
        self._url, self._secret, self._audience, self._now = url, secret, audience, now
        self._token, self._until = "", 0.0

    async def __call__(self) -> str:
        """Raises `InputError` and `Unavailable`."""
        if self._now() >= self._until - _MARGIN:
            self._token = await self._ask()
            self._until = _end(self._token) or self._now() + _MARGIN
        return self._token

    async def _ask(self) -> str:
        url = httpx.URL(self._url).copy_merge_params({"audience": self._audience})
        headers = {"authorization": f"Bearer {self._secret}", "accept": "application/json"}
        told = ""
        async with httpx.AsyncClient(headers=headers, timeout=_PATIENCE) as client:
            for attempt in range(_ATTEMPTS):
                if attempt:
                    await asyncio.sleep(_PAUSE * 2 ** (attempt - 1))
                try:
                    answer = await client.get(url)
                except httpx.TransportError as error:
                    told = str(error) or type(error).__name__
                    continue
                if answer.is_success:
                    return _value(answer)
                told = f"status {answer.status_code}"
                if answer.status_code < 500 and answer.status_code != 429:
                    break
        raise Unavailable(
            f"GitHub gives this job no token about itself: {told}.",
            fix="Run the job again; if it repeats, publish with an API key in ASKDOCS_API_KEY.",
        )


def _value(answer: httpx.Response) -> str:
    try:
        token = answer.json()["value"]
    except (ValueError, KeyError, TypeError):
        token = None
    if not isinstance(token, str) or not token:
        raise InputError(
            "What ACTIONS_ID_TOKEN_REQUEST_URL leads to gives no tokens.",
            fix="Leave that variable to GitHub.",
        )
    return token


def _end(token: str) -> float | None:
    """When it says that it ends. It is for the server to believe what else it says."""
    try:
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        return float(claims["exp"])
    except (ValueError, KeyError, TypeError, IndexError):
        return None
