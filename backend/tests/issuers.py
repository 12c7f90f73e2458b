"""A CI provider on the loopback: its discovery document, its keys, and the service that gives jobs tokens."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt

from tests.tokens import private_key

AUDIENCE = "https://ask.example.com"

GITHUB: Mapping[str, Any] = {
    "sub": "repo:acme/handbook:ref:refs/heads/main",
    "jti": "5f2d1c3e",
    "repository": "acme/handbook",
    "repository_id": "74",
    "repository_owner": "acme",
    "repository_owner_id": "65",
    "repository_visibility": "public",
    "ref": "refs/heads/main",
    "ref_type": "branch",
    "ref_protected": "true",
    "event_name": "push",
    "workflow_ref": "acme/handbook/.github/workflows/docs.yml@refs/heads/main",
    "runner_environment": "github-hosted",
}
GITLAB: Mapping[str, Any] = {
    "sub": "project_path:acme/docs/handbook:ref_type:branch:ref:main",
    "jti": "5f2d1c3e",
    "project_path": "acme/docs/handbook",
    "project_id": "22",
    "namespace_id": "72",
    "namespace_path": "acme/docs",
    "ref": "main",
    "ref_type": "branch",
    "ref_protected": "true",
    "pipeline_source": "push",
}


@dataclass
class Issuer:
    """`keys` are those that it publishes, by kid; the newest signs. `asked` are the paths of requests."""

    url: str
    keys: dict[str, Any] = field(default_factory=lambda: {"one": private_key("RS256", "issuer one")})
    asked: list[str] = field(default_factory=list)
    is_down: bool = False
    says: dict[str, Any] = field(default_factory=dict)
    """What the discovery document says instead."""
    audience: str = ""
    """The one that a job asked for last."""
    life: int = 300
    claims: Mapping[str, Any] = field(default_factory=dict)
    """Of the job that asks for tokens."""

    def sign(self, claims: Mapping[str, Any], *, now: float | None = None, **changes: Any) -> str:
        """A token about a job; a claim of None is left out."""
        at = int(time.time() if now is None else now)
        usual = {"iss": self.url, "aud": AUDIENCE, "iat": at, "nbf": at - 60, "exp": at + self.life}
        told = {name: one for name, one in {**usual, **claims, **changes}.items() if one is not None}
        kid, private = list(self.keys.items())[-1]
        return jwt.encode(told, private, "RS256", headers={"kid": kid})

    def answer(self, path: str, query: Mapping[str, list[str]], authorization: str) -> tuple[int, Any]:
        if self.is_down:
            return 503, {}
        match path:
            case "/.well-known/openid-configuration":
                return 200, {"issuer": self.url, "jwks_uri": f"{self.url}/jwks", **self.says}
            case "/jwks":
                return 200, {"keys": [jwk(kid, one) for kid, one in self.keys.items()]}
            case "/token" if authorization == "Bearer runner-secret" and query.get("api-version") == ["2.0"]:
                self.audience = query["audience"][0]
                return 200, {"value": self.sign(self.claims, aud=self.audience)}
        return 403, {}


def jwk(kid: str, private: Any) -> dict[str, Any]:
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key()))
    return {**public, "kid": kid, "use": "sig", "alg": "RS256"}


@contextmanager
def running() -> Iterator[Issuer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            issuer.asked.append(parts.path)
            status, body = issuer.answer(
                parts.path, parse_qs(parts.query), self.headers.get("authorization", "")
            )
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer = Issuer(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()
