"""Where google-auth gets access tokens: OAuth for service accounts, and the metadata server, as fakes."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

PROJECT = "docs-project"
_EMAIL = f"askdocs@{PROJECT}.iam.gserviceaccount.com"
_FLAVOR = {"Metadata-Flavor": "Google"}


def _set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass
class TokenSource:
    """Gives out tokens, said to last for `lifetime` seconds, once `open` is set; or refuses with `status`,
    0 being a connection that breaks."""

    lifetime: int = 3600
    status: int = 200
    open: asyncio.Event = field(default_factory=_set)
    refused: int = 0
    given: list[str] = field(default_factory=list)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/token", self._token),
            web.get("/", self._metadata),
            web.get("/computeMetadata/v1/{path:.*}", self._metadata),
        ]

    def accepts(self, authorization: str) -> bool:
        return authorization.removeprefix("Bearer ") in self.given

    async def _token(self, request: web.Request) -> web.Response:
        await self.open.wait()
        if self.status != 200:
            self.refused += 1
            if self.status == 0 and request.transport is not None:
                request.transport.abort()
            return web.json_response(
                {"error": "invalid_grant", "error_description": "Account disabled."}, status=self.status
            )
        self.given.append(f"token-{len(self.given) + 1}")
        token = {"access_token": self.given[-1], "expires_in": self.lifetime, "token_type": "Bearer"}
        return web.json_response(token, headers=_FLAVOR)

    async def _metadata(self, request: web.Request) -> web.Response:
        if request.headers.get("Metadata-Flavor") != "Google":
            return web.Response(status=403)
        match request.match_info.get("path", "").strip("/").split("/"):
            case ["project", "project-id"]:
                return web.Response(text=PROJECT, headers=_FLAVOR)
            case ["instance", "service-accounts", _, "token"]:
                return await self._token(request)
            case ["instance", "service-accounts", _]:
                account = {"email": _EMAIL, "scopes": [], "aliases": ["default"]}
                return web.json_response(account, headers=_FLAVOR)
        return web.Response(status=200 if request.path == "/" else 404, headers=_FLAVOR)


def write_account(path: Path, url: str) -> None:
    """The key file of a service account whose tokens come from the fake at `url`."""
    account = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "1",
        "private_key": _private_key(),
        "client_email": _EMAIL,
        "client_id": "1",
        "token_uri": f"{url}/token",
    }
    path.write_text(json.dumps(account))


@lru_cache
def _private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
