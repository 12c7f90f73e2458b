"""The public keys of those who sign tokens for CI jobs: fetched now and then, kept, and good for a while when
their issuer cannot be asked."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter

from askdocs.db import issuer_keys
from askdocs.db.database import Database
from askdocs.errors import (
    AskdocsError,
    ConfigError,
    CredentialsInvalid,
    IssuerUnavailable,
    RemoteUnavailable,
)
from askdocs.id_tokens import public_keys, read_keys
from askdocs.observability.logging import log
from askdocs.outbound.fetching import Outbound

FRESH = timedelta(hours=1)
"""After which an issuer is asked again: a key that it withdrew is good no longer than that."""

PAUSE = timedelta(minutes=1)
"""An issuer is not asked again so soon, whatever keys tokens name and whether or not it answered."""

KEPT = timedelta(days=1)
"""How long keys are good when their issuer does not answer. Outages of CI providers last hours."""


@dataclass(frozen=True, slots=True)
class _Kept:
    keys: Mapping[str, Any]
    fetched_at: datetime


class Discovery(BaseModel):
    """What an issuer says of itself."""

    issuer: str
    jwks_uri: str


class Issuers:
    def __init__(self, db: Database, outbound: Outbound, *, file: Path | None) -> None:
        """`file` has the keys of issuers that are not asked. Raises `ConfigError` if it cannot be read."""
        self._db, self._outbound, self._file = db, outbound, file
        self._kept: dict[str, _Kept] = {}
        self._asked: dict[str, tuple[datetime, Exception | None]] = {}
        """When an issuer was last asked, and what went wrong then."""
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        if file is not None:
            _read_file(file)

    async def key(self, issuer: str, kid: str, *, now: datetime) -> Any:
        """With which signatures of the issuer by this key are checked. It is to be one that is trusted.

        Raises `CredentialsInvalid` for a key that the issuer does not have, and `IssuerUnavailable` when that
        cannot be known.
        """
        if (found := self._fresh(issuer, kid, now)) is not None:
            return found
        async with self._locks[issuer]:
            if issuer not in self._kept and (stored := await self._db.run(issuer_keys.get, issuer)):
                self._kept[issuer] = _Kept(await asyncio.to_thread(public_keys, stored[0]), stored[1])
            asked, failure = self._asked.get(issuer, (None, None))
            if self._fresh(issuer, kid, now) is None and (asked is None or now - asked >= PAUSE):
                failure = await self._renew(issuer, now)
                self._asked[issuer] = now, failure
        kept = self._kept.get(issuer)
        if kept is None or now - kept.fetched_at >= KEPT:
            raise _unknown(issuer) from failure
        if kid not in kept.keys:
            if failure is not None:  # it may be one that is new
                raise _unknown(issuer) from failure
            raise CredentialsInvalid(
                f"The CI job's token was signed with a key that {issuer} does not have.",
                fix="Have the provider sign another one: run the job again.",
            )
        return kept.keys[kid]

    def _fresh(self, issuer: str, kid: str, now: datetime) -> Any:
        kept = self._kept.get(issuer)
        return kept.keys.get(kid) if kept and now - kept.fetched_at < FRESH else None

    async def _renew(self, issuer: str, now: datetime) -> Exception | None:
        """What kept the keys away, if anything did; those that are known stay then."""
        try:
            found = await self._load(issuer)
        except (AskdocsError, ValueError) as error:
            log.warning("issuer_keys_not_renewed", issuer=issuer, error=str(error))
            return error
        self._kept[issuer] = _Kept(await asyncio.to_thread(public_keys, found), now)
        await self._db.run(issuer_keys.put, issuer, keys=found, now=now)
        return None

    async def _load(self, issuer: str) -> Sequence[Mapping[str, str]]:
        if self._file is not None:
            of_file = await asyncio.to_thread(_read_file, self._file)
            if issuer in of_file:
                return await asyncio.to_thread(read_keys, of_file[issuer])
        told = await self._get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        found = Discovery.model_validate(told)
        if found.issuer != issuer:
            raise RemoteUnavailable(f"{issuer} says that it is {found.issuer[:200]}.")
        return await asyncio.to_thread(read_keys, await self._get(found.jwks_uri))

    async def _get(self, url: str) -> Any:
        """Raises `AddressRefused`, `RemoteUnavailable` and `ValueError`."""
        answer = await self._outbound.get(url, headers={"accept": "application/json"})
        if answer.status != 200:
            raise RemoteUnavailable(f"{url} answers with status {answer.status}.")
        return json.loads(answer.body)


_KEY_SETS = TypeAdapter(dict[str, dict[str, Any]])


def _unknown(issuer: str) -> IssuerUnavailable:
    return IssuerUnavailable(
        f"The keys of {issuer}, which sign its tokens, cannot be had at the moment.",
        fix="Try again in a minute, or publish with an API key.",
        retry_after=PAUSE.total_seconds(),
    )


def _read_file(path: Path) -> Mapping[str, Any]:
    """JSON web key sets by issuer. Raises `ConfigError`."""
    try:
        told = _KEY_SETS.validate_json(path.read_bytes())
        for keys in told.values():
            read_keys(keys)
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(
            f"publishers.keys_file: {path} cannot be read: {error}.",
            fix='It is like {"https://gitlab.example.com": {"keys": […]}}, as the jwks_uri of each has them.',
        ) from error
    return told
