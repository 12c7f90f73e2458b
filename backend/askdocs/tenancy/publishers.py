"""CI jobs that publish a site without a key: whose are trusted, and who a token's job is.

A repository is trusted by its name until its first job has told the numbers that provider gave it and its
owner, and by these from then on: names are given up and taken by others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from askdocs import id_tokens
from askdocs.db import audit, publishers
from askdocs.db.database import Session
from askdocs.errors import AddressRefused, CredentialsInvalid, InputError, NotFound
from askdocs.runtime import Runtime
from askdocs.types import ISSUERS, Actor, Job, Principal, Provider, Publisher, Site

_NOTED = timedelta(minutes=1)
"""A use is not written down again so soon: a publish makes many requests."""

_LIST = "`askdocs publisher list SITE` shows whose jobs a site trusts."


async def add(
    rt: Runtime,
    site: Site,
    *,
    repository: str,
    branch: str,
    actor: Actor,
    provider: Provider = "github",
    issuer: str = "",
    environment: str = "",
    repository_id: str = "",
    owner_id: str = "",
) -> Publisher:
    """Trust the jobs of a repository on a branch, in an environment if one is named. `issuer` is the
    provider's own unless given; the ids are those of the first job unless given.

    Raises `InputError`, `AddressRefused`, and `Conflict` if it is trusted already.
    """
    publisher = Publisher(
        id=rt.new_id(),
        site_id=site.id,
        provider=provider,
        issuer=issuer or ISSUERS[provider],
        repository=repository.lower(),
        branch=branch,
        environment=environment,
        created_at=rt.now(),
        repository_id=repository_id,
        owner_id=owner_id,
    )
    _check(rt, publisher)
    await rt.db.run(_add, site.id, publisher=publisher, actor=actor)
    return publisher


async def remove(rt: Runtime, site: Site, *, publisher_id: str, actor: Actor) -> Publisher:
    """Its jobs may do nothing from now on. Raises `NotFound`."""
    return await rt.db.run(_remove, site.id, publisher_id=publisher_id, actor=actor, now=rt.now())


async def check(rt: Runtime, token: str) -> Principal | None:
    """The job that a CI provider signed the token for, and which sites it may publish; None for a token that
    is of somebody else. Raises `CredentialsInvalid`, and `IssuerUnavailable` without the issuer's keys."""
    told = await asyncio.to_thread(id_tokens.peek, token)
    if told is None:
        return None
    audience = rt.settings.publishers.audience
    if audience is None:
        raise CredentialsInvalid("This server takes no tokens of CI jobs.", fix=_AUDIENCE)
    named = await rt.db.run(publishers.of_repository, told.job)
    if not named:
        # Said before it is asked for keys, which it is for those alone whom somebody trusts.
        raise _untrusted(told.job)
    now = rt.now()
    key = await rt.issuers.key(told.job.issuer, told.kid, now=now)
    job = await asyncio.to_thread(id_tokens.verify, told, key, audience=audience.rstrip("/"), now=now)
    trusting = [one for one in named if one.trusts(job)]
    if not trusting:
        raise _untrusted(job)
    actor = Actor("publisher", job.repository_id, job.name)
    if any(not _is_noted(one, now) for one in trusting):
        trusting = await rt.db.run(_use, trusting, job=job, actor=actor, now=now)
    return Principal(actor, {one.site_id: frozenset({"publish"}) for one in trusting})


def _check(rt: Runtime, publisher: Publisher) -> None:
    if rt.settings.publishers.audience is None:
        raise InputError("The server takes no tokens of CI jobs.", fix=_AUDIENCE)
    if not id_tokens.is_repository(publisher.repository):
        raise InputError(f"{publisher.repository[:200]} is no repository.", fix="Write it as owner/name.")
    if not id_tokens.is_branch(publisher.branch) or publisher.branch.startswith("refs/"):
        raise InputError(f"{publisher.branch[:200]} is no branch.", fix="Write it as main.")
    if len(publisher.environment) > 255 or not publisher.environment.isprintable():
        raise InputError("The environment cannot be called that.", fix="It has up to 255 characters.")
    for number in (publisher.repository_id, publisher.owner_id):
        if number and not id_tokens.is_id(number):
            raise InputError(
                f"{number[:200]} is no id.", fix="Ids are numbers, as the provider's API has them."
            )
    if publisher.issuer != ISSUERS[publisher.provider]:
        try:
            rt.outbound.check(publisher.issuer)
        except AddressRefused as error:
            raise AddressRefused(f"The issuer cannot be asked: {error}", fix=error.fix) from error


def _add(db: Session, site_id: str, *, publisher: Publisher, actor: Actor) -> None:
    publishers.add(db, site_id, publisher=publisher)
    detail = _detail(publisher) | {"id": publisher.id}
    now = publisher.created_at
    audit.record(
        db, site_id, actor=actor, action="publisher.add", subject=publisher.name, now=now, detail=detail
    )


def _remove(db: Session, site_id: str, *, publisher_id: str, actor: Actor, now: datetime) -> Publisher:
    removed = publishers.remove(db, site_id, publisher_id=publisher_id)
    if removed is None:
        raise NotFound(f"The site has no publisher {publisher_id}.", fix=_LIST)
    detail = _detail(removed) | {"id": publisher_id}
    audit.record(
        db, site_id, actor=actor, action="publisher.remove", subject=removed.name, now=now, detail=detail
    )
    return removed


def _use(
    db: Session, trusting: Sequence[Publisher], *, job: Job, actor: Actor, now: datetime
) -> list[Publisher]:
    """Those that still trust the job, once they are bound to its repository."""
    ids = {"repository_id": job.repository_id, "owner_id": job.owner_id}
    used: list[Publisher] = []
    for one in trusting:
        if not publishers.bind(db, one.site_id, publisher_id=one.id, **ids):
            continue
        if not (one.repository_id and one.owner_id):
            detail = {"id": one.id, **ids}
            audit.record(
                db,
                one.site_id,
                actor=actor,
                action="publisher.bind",
                subject=one.name,
                now=now,
                detail=detail,
            )
        publishers.note_use(db, one.site_id, publisher_id=one.id, now=now)
        used.append(one)
    if not used:
        raise _untrusted(job)
    return used


def _is_noted(publisher: Publisher, now: datetime) -> bool:
    is_bound = publisher.repository_id and publisher.owner_id
    return bool(is_bound and publisher.used_at and publisher.used_at > now - _NOTED)


def _detail(publisher: Publisher) -> dict[str, str]:
    names = ("issuer", "environment", "repository_id", "owner_id")
    return {name: value for name in names if (value := getattr(publisher, name))}


def _untrusted(job: Job) -> CredentialsInvalid:
    """Says what the token is, and nothing of what would be trusted."""
    where = f"in the environment {job.environment}" if job.environment else "in no environment"
    return CredentialsInvalid(
        f"No site here trusts jobs of {job.repository} (id {job.repository_id}, owner {job.owner_id}) on the "
        f"branch {job.branch}, {where}, by {job.issuer}.",
        fix=f"An owner of the site adds it: askdocs publisher add SITE --repository {job.repository} "
        f"--branch {job.branch}. One that was made anew under its old name is removed and added again.",
    )


_AUDIENCE = (
    "The operator sets publishers.audience (ASKDOCS_PUBLISHERS__AUDIENCE) to the address that CI jobs name "
    "with --api."
)
