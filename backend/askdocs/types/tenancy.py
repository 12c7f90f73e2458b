"""Who it belongs to: sites, their stores and revisions."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from askdocs.types.sources import PublishedSource


@dataclass(frozen=True, slots=True)
class Site:
    """A tenant. `key` is public; `origins` are the web origins whose pages may ask.

    `options` are those that were set for it, by name, in the place of what is configured. One that is
    disabled answers nobody.
    """

    id: str
    name: str
    key: str
    origins: tuple[str, ...]
    created_at: datetime
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    is_disabled: bool = False


def new_site_key() -> str:
    """A public key that nobody else has."""
    return "pk_" + secrets.token_urlsafe(18)


UserKeyAlgorithm = Literal["RS256", "ES256", "EdDSA", "HS256"]


@dataclass(frozen=True, slots=True)
class UserKey:
    """A key with which a site's host application signs tokens about its users, named by `kid`.

    `public_key` is PEM, "" where both sides share a secret (HS256), which nobody stores. From `expires_at` on
    it is good for nothing; None: until it is removed.
    """

    kid: str
    algorithm: UserKeyAlgorithm
    public_key: str
    created_at: datetime
    expires_at: datetime | None = None


def token_hash(token: str) -> bytes:
    """What is kept of the token that names a chat session: its SHA-256."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True, slots=True)
class Store:
    """A body of searchable content of one site. `live_revision` is None before the first publish."""

    id: str
    site_id: str
    name: str
    live_revision: int | None


RevisionState = Literal["building", "published", "failed"]


@dataclass(frozen=True, slots=True)
class Revision:
    """A published (or attempted) state of a store. `collection` names the embedding fingerprint it lives in,
    `model` and `dimensions` what a question must be embedded with to search it."""

    store_id: str
    number: int
    state: RevisionState
    collection: str
    model: str
    dimensions: int
    source: str
    default_version: str
    default_locale: str
    versions: tuple[str, ...]
    locales: tuple[str, ...]
    pages: int
    chunks: int
    summary: Mapping[str, Any]
    created_at: datetime
    published_at: datetime | None
    error: str = ""
    sources: tuple[PublishedSource, ...] = ()
    """In the order of the site's settings; () where a program before there were several published it."""
