"""Sites from their beginning to their end. Each change is in the audit log."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from askdocs.cache.shared import answers_of
from askdocs.config import SiteOptions
from askdocs.db import audit, exports, revisions, sites
from askdocs.db.database import Session
from askdocs.errors import Conflict, InputError
from askdocs.runtime import Runtime
from askdocs.types import Actor, Site

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")

_BATCH = 200
"""Rows of a transaction, for which a writer on SQLite waits."""


async def add(rt: Runtime, name: str, *, origins: Sequence[str], actor: Actor) -> Site:
    """Raises `InputError` for what cannot be a name, and `Conflict` if there is a site of this name."""
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{name!r} cannot be the name of a site.",
            fix="Use letters, digits, dots, hyphens and underscores, beginning with a letter or a digit.",
        )

    def change(db: Session) -> Site:
        site = sites.add(db, name, origins=origins)
        _record(rt, db, site, actor, "site.add", {"origins": list(origins)})
        return site

    return await rt.db.run(change)


async def set_origins(rt: Runtime, site: Site, origins: Sequence[str], *, actor: Actor) -> Site:
    return await _change(
        rt,
        site,
        actor,
        "site.origins",
        lambda db: sites.set_origins(db, site.id, origins),
        {"before": list(site.origins), "after": list(origins)},
    )


async def rotate_key(rt: Runtime, site: Site, *, overlap: timedelta, actor: Actor) -> Site:
    """The old key stays good for the overlap."""
    until = rt.now() + overlap if overlap else None
    detail = {"until": until and until.isoformat()}
    return await _change(
        rt, site, actor, "site.rotate-key", lambda db: sites.rotate_key(db, site.id, until=until), detail
    )


async def disable(rt: Runtime, site: Site, *, actor: Actor) -> Site:
    """Have it answer nobody, and lose nothing."""
    now = rt.now()
    return await _change(rt, site, actor, "site.disable", lambda db: sites.disable(db, site.id, since=now))


async def enable(rt: Runtime, site: Site, *, actor: Actor) -> Site:
    return await _change(rt, site, actor, "site.enable", lambda db: sites.disable(db, site.id, since=None))


async def set_options(rt: Runtime, site: Site, given: Mapping[str, Any], *, actor: Actor) -> Site:
    """Set these options of the site; one that is given as None goes back to what is configured.

    Raises `InputError` for one that there is not, or that cannot be.
    """
    if unknown := sorted(set(given) - set(SiteOptions.model_fields)):
        raise InputError(
            f"There is no option {unknown[0]}.", fix=f"There are: {', '.join(SiteOptions.model_fields)}."
        )
    kept = {**site.options, **given}
    options = {
        name: value
        for name, value in kept.items()
        if value is not None and name in SiteOptions.model_fields  # another version may have set more
    }
    checked = _validate(options)
    least = rt.settings.answers.least_prompt_tokens(len(checked.instructions))
    most = rt.settings.answers.prompt_tokens
    if least > most:
        raise InputError(
            f"With instructions of {len(checked.instructions)} characters prompts take up to {least} tokens.",
            fix=f"Shorten them, or raise answers.prompt_tokens, which is {most}.",
        )
    stored = checked.model_dump(mode="json", include=set(options))
    return await _change(
        rt,
        site,
        actor,
        "site.options",
        lambda db: sites.set_options(db, site.id, stored),
        {name: stored.get(name) for name in given},
    )


def _validate(options: Mapping[str, Any]) -> SiteOptions:
    """Raises `InputError`, which says what is wrong with the first one."""
    try:
        return SiteOptions.model_validate(options)
    except ValidationError as error:
        wrong = error.errors()[0]
        reason = wrong["msg"].removeprefix("Value error, ")
        name = str(wrong["loc"][0]) if wrong["loc"] else "options"
        raise InputError(
            f"{name}: {reason[0].lower()}{reason[1:]}.",
            fix="The configuration reference describes each option of `sites`.",
        ) from None


async def remove(rt: Runtime, site: Site, *, actor: Actor) -> bool:
    """Delete the site with all of it: rows, vectors, files, answers in the cache. It is gone for everybody at
    once.

    False if a publish is under way, of which the next sweep erases what it still writes. If this is cut
    short, a sweep does the rest. Raises `Conflict` for a site that is configured, which would come back.
    """
    if rt.settings.site(site.name) is not None:
        raise Conflict(
            f"{site.name} is configured, and would be made anew at the next start.",
            fix="Take it out of `sites` in the configuration first.",
        )

    def change(db: Session) -> None:
        sites.mark_removed(db, site.id, now=rt.now())
        audit.record(db, None, actor=actor, action="site.delete", subject=site.name, now=rt.now())

    await rt.db.run(change)
    return await erase(rt, site.id)


async def erase_removed(rt: Runtime) -> int:
    """Erase what is left of sites that were deleted. Returns how many of them are wholly gone."""
    left = await rt.db.run(sites.removed)
    return sum([await erase(rt, site_id) for site_id in left])


async def erase(rt: Runtime, site_id: str) -> bool:
    """Whether all of it is gone, also what a publish may still have been writing."""
    stores = await rt.db.run(sites.stores, site_id)
    publishing = False
    for store_id, _ in stores:
        listing = await rt.db.run(revisions.listing, site_id, store_id=store_id)
        publishing |= any(revision.state == "building" for revision in listing)
    while await rt.db.run(sites.erase_some, site_id, most=_BATCH):
        pass
    for store_id, collections in stores:
        for collection in collections:
            if await rt.vectors.exists(collection):
                await rt.vectors.undo(collection, store_id, live=0)
    await rt.cache.delete_all(answers_of(site_id))
    if not publishing:
        await rt.db.run(sites.erase, site_id)
    return not publishing


async def export(rt: Runtime, site: Site) -> AsyncGenerator[str]:
    """All that is kept of the site as lines of JSON, each with the `table` that it is from, a few hundred
    rows in memory at a time."""
    about = {"name": site.name, "key": site.key, "origins": site.origins, "created_at": site.created_at}
    yield _line("sites", {**about, "options": site.options, "is_disabled": site.is_disabled})
    for table in exports.EXPORTED:
        after: Sequence[Any] | None = None
        while True:
            found, after = await rt.db.run(exports.rows, site.id, table=table, after=after, most=_BATCH)
            for row in found:
                yield _line(table.__tablename__, row)
            if len(found) < _BATCH:
                break


def _line(table: str, row: Mapping[str, Any]) -> str:
    def plain(value: Any) -> str:
        return value.isoformat() if isinstance(value, datetime) else str(value)

    return json.dumps({"table": table, **row}, ensure_ascii=False, default=plain)


async def _change(
    rt: Runtime,
    site: Site,
    actor: Actor,
    action: str,
    change: Callable[[Session], Site],
    detail: Mapping[str, Any] | None = None,
) -> Site:
    def run(db: Session) -> Site:
        changed = change(db)
        _record(rt, db, changed, actor, action, detail)
        return changed

    return await rt.db.run(run)


def _record(
    rt: Runtime, db: Session, site: Site, actor: Actor, action: str, detail: Mapping[str, Any] | None
) -> None:
    audit.record(db, site.id, actor=actor, action=action, subject=site.name, now=rt.now(), detail=detail)
