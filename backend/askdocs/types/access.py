"""Who may administer what: permissions, roles, the keys of programs, and what was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Permission = Literal["read", "publish", "edit", "manage"]
"""`read`: see options, log and figures. `publish`: publish docs. `edit`: change options and pinned answers.
`manage`: decide who else may do what, and delete the site."""

Role = Literal["viewer", "editor", "owner"]

ROLES: Mapping[Role, frozenset[Permission]] = {
    "viewer": frozenset({"read"}),
    "editor": frozenset({"read", "publish", "edit"}),
    "owner": frozenset({"read", "publish", "edit", "manage"}),
}

ActorKind = Literal["operator", "member", "key", "publisher"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, as the audit log remembers it.

    An operator works on the machine itself and is named by the account there; a publisher is a CI job.
    """

    kind: ActorKind
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody whose credentials were checked, and what they may do, by the ids of sites."""

    actor: Actor
    grants: Mapping[str, frozenset[Permission]]


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a program's key for one site. The key itself is shown once and not kept.

    `hint` is its beginning, by which people tell theirs apart. From `expires_at` on it is good for nothing;
    None: until it is revoked. `used_at` is right to a minute.
    """

    id: str
    site_id: str
    name: str
    hint: str
    permissions: frozenset[Permission]
    created_at: datetime
    expires_at: datetime | None = None
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A person, known by an address. `password` is its hash, None where none was set or none was asked for.
    With each `epoch` the access tokens of the one before are void."""

    id: str
    address: str
    epoch: int = 0
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Membership:
    """What a person is in a site."""

    member_id: str
    address: str
    role: Role
    added_at: datetime


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Something that was done: `action` is like `key.create`, `subject` what it was done to."""

    id: str
    at: datetime
    actor: Actor
    action: str
    subject: str
    detail: Mapping[str, Any]
