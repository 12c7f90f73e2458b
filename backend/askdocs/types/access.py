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

    An operator works on the machine itself and is named by the account there, or has the admin token; a
    publisher is a CI job.
    """

    kind: ActorKind
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody whose credentials were checked, and what they may do, by the ids of sites."""

    actor: Actor
    grants: Mapping[str, frozenset[Permission]]
    is_operator: bool = False
    """May make sites, and do everything in each."""

    def permissions(self, site_id: str) -> frozenset[Permission] | None:
        """None: the site is not one that they may know of."""
        return ROLES["owner"] if self.is_operator else self.grants.get(site_id)


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


Provider = Literal["github", "gitlab"]
"""A kind of CI provider, by what its tokens call things."""

ISSUERS: Mapping[Provider, str] = {
    "github": "https://token.actions.githubusercontent.com",
    "gitlab": "https://gitlab.com",
}
"""Who signs for each of them, where nobody hosts it themselves."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job that runs on a branch, as its CI provider tells of it. `repository` is in lower case, as names
    are alike in either; the ids are never given to another, as names are."""

    issuer: str
    provider: Provider
    repository: str
    repository_id: str
    owner_id: str
    branch: str
    environment: str

    @property
    def name(self) -> str:
        return f"{self.provider}:{self.repository}@{self.branch}"


@dataclass(frozen=True, slots=True)
class Publisher:
    """Whose jobs may publish a site without a key. `environment` is "" where any will do; the ids are ""
    until the first job has told them. `used_at` is right to a minute."""

    id: str
    site_id: str
    provider: Provider
    issuer: str
    repository: str
    branch: str
    environment: str
    created_at: datetime
    repository_id: str = ""
    owner_id: str = ""
    used_at: datetime | None = None

    @property
    def name(self) -> str:
        return f"{self.provider}:{self.repository}@{self.branch}"

    def trusts(self, job: Job) -> bool:
        return (
            (self.issuer, self.provider, self.repository) == (job.issuer, job.provider, job.repository)
            and self.branch == job.branch
            and self.environment.lower() in ("", job.environment.lower())
            and self.repository_id in ("", job.repository_id)
            and self.owner_id in ("", job.owner_id)
        )


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
