"""An OpenID provider on the loopback, made of Authlib: authorization code flow, PKCE, client authentication.

It signs in whoever is set as `person` without asking. It is honest unless told otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from threading import Thread
from typing import Any

import flask
import jwt
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import AuthorizationCodeMixin, OpenIDCode, UserInfo
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import import_key
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.tokens import private_key

REDIRECT = "https://console.example.com/back"
LOOPBACK = "http://127.0.0.1/back"
CLIENT_ID, SECRET = "askdocs: a client", "pass/word+of:ours"
ADA: dict[str, Any] = {"sub": "ada-1", "email": "ada@example.com", "email_verified": True}

Sign = Callable[[dict[str, Any]], str]


@dataclass
class Provider:
    """`keys` are those that it publishes, by kid; the last one signs. `asked` are the paths of requests."""

    url: str = ""
    person: dict[str, Any] = field(default_factory=lambda: dict(ADA))
    keys: dict[str, Any] = field(default_factory=lambda: {"one": private_key("RS256", "provider one")})
    asked: list[str] = field(default_factory=list)
    says: dict[str, Any] = field(default_factory=dict)
    """What the metadata say instead."""
    answers: dict[str, flask.Response | Callable[[], flask.Response]] = field(default_factory=dict)
    """What is answered instead, by path."""
    sign: Sign | None = None
    """What makes the ID token instead, of the claims."""
    codes: dict[str, Code] = field(default_factory=dict)
    secret: str | None = SECRET
    methods: tuple[str, ...] = ("client_secret_basic", "client_secret_post")

    @property
    def algorithm(self) -> str:
        newest = list(self.keys.values())[-1]
        return "ES256" if hasattr(newest, "curve") else "RS256"

    def token(self, claims: dict[str, Any], **header: Any) -> str:
        """As an honest one makes it."""
        kid, private = list(self.keys.items())[-1]
        made: str = jwt.encode(claims, private, self.algorithm, headers={"kid": kid, **header})
        return made


@dataclass
class Code(AuthorizationCodeMixin):
    code: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str | None
    code_challenge_method: str | None
    person: dict[str, Any]

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> None:
        return None

    def get_acr(self) -> str:
        return ""

    def get_amr(self) -> list[str]:
        return []


@dataclass
class Client(ClientMixin):
    provider: Provider

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return REDIRECT

    def get_allowed_scope(self, scope: Collection[str] | str) -> str:
        return scope if isinstance(scope, str) else " ".join(scope)

    def check_redirect_uri(self, uri: str) -> bool:
        return uri == REDIRECT or uri.startswith("http://127.0.0.1:")

    def check_client_secret(self, secret: str) -> bool:
        return secret == self.provider.secret

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in self.provider.methods

    def check_response_type(self, kind: str) -> bool:
        return kind == "code"

    def check_grant_type(self, kind: str) -> bool:
        return kind == "authorization_code"


def grants(provider: Provider) -> tuple[type[AuthorizationCodeGrant], list[Any]]:
    class CodeGrant(AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")

        def save_authorization_code(self, code: str, request: Any) -> None:
            told = request.payload.data
            challenge = told.get("code_challenge"), told.get("code_challenge_method")
            provider.codes[code] = Code(
                code,
                request.payload.redirect_uri,
                request.scope,
                told.get("nonce"),
                *challenge,
                person=dict(provider.person),
            )

        def query_authorization_code(self, code: str, client: ClientMixin) -> Code | None:
            return provider.codes.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            del provider.codes[authorization_code.code]

        def authenticate_user(self, authorization_code: Code) -> dict[str, Any]:
            return authorization_code.person

    class IdTokens(OpenIDCode):
        def exists_nonce(self, nonce: str, request: Any) -> bool:
            return any(code.nonce == nonce for code in provider.codes.values())

        def resolve_client_private_key(self, client: Client) -> Any:
            return signing_key(list(provider.keys.values())[-1])

        def get_client_algorithm(self, client: Client) -> str:
            return provider.algorithm

        def get_encode_header(self, client: Client) -> dict[str, str]:
            return {"alg": provider.algorithm, "kid": list(provider.keys)[-1]}

        def get_client_claims(self, client: Client) -> dict[str, Any]:
            return {"iss": provider.url, "aud": [client.get_client_id()]}

        def generate_user_info(self, user: dict[str, Any], scope: str) -> UserInfo:
            return UserInfo(user if "email" in scope else {"sub": user["sub"]})

    return CodeGrant, [IdTokens(require_nonce=True), CodeChallenge(required=True)]


@cache
def signing_key(private: Any) -> Any:
    """To read one of RSA takes longer than all the rest."""
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return import_key(pem, "EC" if hasattr(private, "curve") else "RSA")


def jwk(kid: str, private: Any) -> dict[str, Any]:
    kind = jwt.algorithms.ECAlgorithm if hasattr(private, "curve") else jwt.algorithms.RSAAlgorithm
    return {**json.loads(kind.to_jwk(private.public_key())), "kid": kid, "use": "sig"}


def application(provider: Provider) -> flask.Flask:
    app = flask.Flask(__name__)
    server: Any = AuthorizationServer(app, lambda _: Client(provider), lambda token, request: None)
    server.register_grant(*grants(provider))

    @app.before_request
    def note() -> Any:
        provider.asked.append(flask.request.path)
        answer = provider.answers.get(flask.request.path)
        return answer() if callable(answer) and not isinstance(answer, flask.Response) else answer

    @app.get("/.well-known/openid-configuration")
    def metadata() -> Any:
        told = {
            "issuer": provider.url,
            "authorization_endpoint": f"{provider.url}/authorize",
            "token_endpoint": f"{provider.url}/token",
            "jwks_uri": f"{provider.url}/jwks",
            "token_endpoint_auth_methods_supported": provider.methods,
            "code_challenge_methods_supported": ["S256"],
        }
        return {name: value for name, value in {**told, **provider.says}.items() if value is not None}

    @app.get("/jwks")
    def jwks() -> Any:
        return {"keys": [jwk(kid, private) for kid, private in provider.keys.items()]}

    @app.get("/authorize")
    def authorize() -> Any:
        grant = server.get_consent_grant(end_user=provider.person)
        return server.create_authorization_response(grant_user=provider.person, grant=grant)

    @app.post("/token")
    def token() -> Any:
        answer = server.create_token_response()
        if provider.sign is None or answer.status_code != 200:
            return answer
        told = answer.get_json()
        claims = jwt.decode(told["id_token"], options={"verify_signature": False})
        return {**told, "id_token": provider.sign(claims)}

    return app


class Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        pass


@contextmanager
def running(**fields: Any) -> Iterator[Provider]:
    provider = Provider(**fields)
    app = application(provider)

    def as_if_by_tls(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        """Authlib refuses anything else."""
        return app({**environ, "wsgi.url_scheme": "https"}, start)

    server = make_server("127.0.0.1", 0, as_if_by_tls, threaded=True, request_handler=Quiet)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
