"""The OpenID provider: where it signs people in, the keys it signs with, and the ID token for a code."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import quote, urlencode, urlsplit

from pydantic import BaseModel, SecretStr, ValidationError

from askdocs.config import OpenId
from askdocs.errors import AddressRefused, CredentialsInvalid, ProviderUnavailable, RemoteUnavailable
from askdocs.observability.logging import log
from askdocs.openid.attempts import Attempt
from askdocs.openid.tokens import Key, KeySet, Unverified, read_keys
from askdocs.outbound.fetching import Fetched, Outbound

FRESH = timedelta(hours=1)
"""After which the provider is asked again: a key that it withdrew is good no longer than that."""

PAUSE = timedelta(minutes=1)
"""Its keys are not fetched again so soon, whatever keys tokens name."""

REST = timedelta(seconds=10)
"""A provider that does not answer is left alone that long, and nobody waits for it meanwhile."""

_MOST_BYTES = 256 * 1024
"""Of any answer. Metadata and key sets of large providers have 2 to 15 kB."""


class Metadata(BaseModel):
    """What OpenID Connect Discovery says of a provider, as far as it matters here."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]
    authorization_response_iss_parameter_supported: bool = False


class _Redeemed(BaseModel):
    id_token: SecretStr


class _Refused(BaseModel):
    error: str


Found = TypeVar("Found")
Told = TypeVar("Told", bound=BaseModel)

_JSON = {"accept": "application/json"}


class Provider:
    """Each request to it has bounds of place, size and time (`Outbound`), and it is not asked too often."""

    def __init__(self, issuer: str, settings: OpenId, outbound: Outbound) -> None:
        self.issuer, self._settings, self._outbound = issuer, settings, outbound
        self._metadata: Metadata | None = None
        self._keys: Sequence[Key] = ()
        self._told_at: datetime | None = None
        self._keys_at: datetime | None = None
        self._failed_at: datetime | None = None
        self._lock = asyncio.Lock()

    async def metadata(self, *, now: datetime) -> Metadata:
        """Raises `ProviderUnavailable`."""
        async with self._lock:
            if self._metadata is None or self._told_at is None or now - self._told_at >= FRESH:
                self._metadata = await self._ask(self._discover, now=now)
                self._told_at = now
            return self._metadata

    async def key(self, told: Unverified, *, now: datetime) -> Key:
        """That an ID token names. A key that is not known is asked for once, as providers change theirs.

        Raises `CredentialsInvalid` for one that the provider does not have, and `ProviderUnavailable`.
        """
        metadata = await self.metadata(now=now)
        async with self._lock:
            age = now - self._keys_at if self._keys_at else None
            found = told.choose(self._keys)
            if age is None or age >= FRESH or (found is None and age >= PAUSE):
                self._keys = await self._ask(lambda: self._load_keys(metadata.jwks_uri), now=now)
                self._keys_at = now
                found = told.choose(self._keys)
        if found is None:
            raise CredentialsInvalid(
                "The provider's ID token was signed with a key that the provider does not have.",
                fix="Start again in a minute; if it happens again, tell the operator.",
            )
        return found

    async def address(self, attempt: Attempt, *, now: datetime) -> str:
        """Where the person signs in. Raises `ProviderUnavailable`."""
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": attempt.redirect_uri,
            "scope": " ".join(self._settings.scopes),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        endpoint = (await self.metadata(now=now)).authorization_endpoint
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"

    async def redeem(self, code: str, attempt: Attempt, *, now: datetime) -> str:
        """The ID token that the code stands for.

        Raises `CredentialsInvalid` for a code that is none, or somebody else's, and `ProviderUnavailable`.
        """
        metadata = await self.metadata(now=now)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.redirect_uri,
            "code_verifier": attempt.verifier,
        }
        try:
            return _id_token(await self._post(metadata, form))
        except (AddressRefused, RemoteUnavailable) as error:
            raise _unavailable(self.issuer, str(error)) from error

    async def _ask(self, load: Callable[[], Awaitable[Found]], *, now: datetime) -> Found:
        if self._failed_at is not None and now - self._failed_at < REST:
            raise _unavailable(self.issuer, "it did not answer just now")
        try:
            return await load()
        except (AddressRefused, RemoteUnavailable) as error:
            self._failed_at = now
            raise _unavailable(self.issuer, str(error)) from error

    async def _discover(self) -> Metadata:
        url = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        found = _read(Metadata, await self._get(url))
        if found.issuer != self.issuer:
            raise RemoteUnavailable(f"it says that it is {found.issuer[:200]}")
        for address in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
            self._outbound.check(address)
        return found

    async def _load_keys(self, url: str) -> Sequence[Key]:
        told = _read(KeySet, await self._get(url))
        # In a thread, because the first one imports what reads it.
        return await asyncio.to_thread(read_keys, told)

    async def _get(self, url: str) -> Fetched:
        answer = await self._outbound.get(url, headers=_JSON, max_bytes=_MOST_BYTES)
        if answer.status != 200:
            raise RemoteUnavailable(f"{url} answers with status {answer.status}")
        return answer

    async def _post(self, metadata: Metadata, form: dict[str, str]) -> Fetched:
        client_id, secret = self._settings.client_id, self._settings.client_secret
        headers = {**_JSON, "content-type": "application/x-www-form-urlencoded"}
        if secret is not None and "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            # RFC 6749 has each of the two encoded like a form; a space as %20, as some read no other.
            pair = f"{quote(client_id, safe='')}:{quote(secret.get_secret_value(), safe='')}"
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form = {**form, "client_id": client_id}
            if secret is not None:
                form["client_secret"] = secret.get_secret_value()
        body = urlencode(form).encode()
        return await self._outbound.post(
            metadata.token_endpoint, body, headers=headers, max_bytes=_MOST_BYTES
        )


def _id_token(answer: Fetched) -> str:
    if answer.status == 200:
        return _read(_Redeemed, answer).id_token.get_secret_value()
    reason = _read(_Refused, answer).error[:100] if answer.status in (400, 401) else ""
    if reason == "invalid_grant":
        raise CredentialsInvalid(
            "The provider does not accept the code: it was used, took too long, or is somebody else's.",
            fix="Start again: /api/v1/auth/openid.",
        )
    raise RemoteUnavailable(f"its token endpoint answers with status {answer.status} {reason}".rstrip())


def _read(model: type[Told], answer: Fetched) -> Told:
    """Raises `RemoteUnavailable` for what is not of this form."""
    try:
        return model.model_validate_json(answer.body)
    except ValidationError as error:
        raise RemoteUnavailable(f"{answer.url} does not answer as an OpenID provider does.") from error


def _unavailable(issuer: str, why: str) -> ProviderUnavailable:
    """What is wrong with it is for the log; people who sign in can only wait."""
    log.warning(
        "openid_provider_unavailable", issuer=issuer, why=why, fix="Compare the settings of `openid` with it."
    )
    return ProviderUnavailable(
        "The OpenID provider, which signs people in, cannot be asked at the moment.",
        retry_after=REST.total_seconds(),
        fix="Try again in a moment, or sign in with a password.",
    )
