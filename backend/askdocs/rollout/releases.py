"""Reads and changes what a Cloud Run service remembers of its releases: two of its annotations."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from askdocs.errors import Conflict, NotFound

Record = dict[str, Any]
Service = dict[str, Any]

RELEASES = "askdocs.dev/releases"
"""A list of records, newest first."""

LOCK = "askdocs.dev/lock"
"""Who is changing the service, and until when nobody else may."""

KEPT = 20
HEALTHY = ("serving", "replaced")


def read(service: Service) -> list[Record]:
    releases: list[Record] = json.loads(_annotations(service).get(RELEASES, "[]"))
    return releases


def lock(service: Service, *, holder: str, now: datetime, seconds: float, take_over: bool) -> None:
    """Errors: `Conflict` while somebody else holds it."""
    found = _held(service, now)
    if found and found["by"] != holder and not take_over:
        raise Conflict(
            f"{found['by']} has been changing this service since {found['since']}.",
            fix=f"Wait for it, or stop it there (Ctrl-C: it puts back what it changed). If it died, it is "
            f"forgotten at {found['until']}; --take-over goes on at once.",
        )
    since = found["since"] if found and found["by"] == holder else _written(now)
    until = _written(now + timedelta(seconds=seconds))
    _annotations(service)[LOCK] = json.dumps({"by": holder, "since": since, "until": until})


def require_lock(service: Service, *, holder: str) -> None:
    """Errors: `Conflict` if it was taken over."""
    found: Mapping[str, str] = json.loads(_annotations(service).get(LOCK, "{}"))
    if found.get("by") != holder:
        raise Conflict(f"{found.get('by', 'Somebody')} has taken over.", fix="See what happens there.")


def unlock(service: Service, *, holder: str) -> None:
    found: Mapping[str, str] = json.loads(_annotations(service).get(LOCK, "{}"))
    if found.get("by") == holder:
        del _annotations(service)[LOCK]


def put(service: Service, record: Record) -> None:
    """Add a record, or what is new of one that there is."""
    others = read(service)
    known = next((one for one in others if one["revision"] == record["revision"]), None)
    if known is None:
        others.insert(0, record)
    else:
        known.update(record)
    _write(service, others)


def succeed(
    service: Service, revision: str, *, sites: Mapping[str, int] | None, state: str = "replaced"
) -> None:
    """`revision` serves from now on. The one that did becomes `state`, with what its sites were at (None:
    it did not say, and what was known stays); one whose deploy never ended has failed."""
    releases = read(service)
    for record in releases:
        if record["revision"] == revision:
            record["state"] = "serving"
        elif record["state"] == "serving":
            record["state"] = state
            if sites is not None:
                record["sites"] = dict(sites)
        elif record["state"] == "deploying":
            record["state"] = "failed"
    _write(service, releases)


def choose(releases: Sequence[Record], *, serving: str, revision: str | None) -> Record:
    """The release to go back to: the named one, or the newest one that was healthy and is not `serving`.

    `serving` is empty while several share the traffic, as after a deploy that died half-way.

    Errors: `NotFound`, `Conflict`.
    """
    if revision is None:
        for record in releases:
            if record["state"] in HEALTHY and record["revision"] != serving:
                return record
        raise NotFound(
            "No earlier healthy release is recorded.",
            fix="rollback.sh --list shows what is. Only the traffic can go to a revision that no deploy "
            "recorded: gcloud run services update-traffic SERVICE --to-revisions REVISION=100",
        )
    if revision == serving:
        raise Conflict(f"{revision} serves already.", fix="rollback.sh --list shows the others.")
    for record in releases:
        if record["revision"] == revision:
            return record
    raise NotFound(
        f"No release of the revision {revision} is recorded.", fix="rollback.sh --list shows those that are."
    )


def check_tables(target: Record, tables: Mapping[str, str | None]) -> None:
    """Whether the target's program may use the tables as they are. Errors: `Conflict`."""
    migration, compatible_from = tables.get("migration"), tables.get("compatible_from")
    if not migration or not target.get("migration") or target["migration"] >= migration:
        return
    if compatible_from and target["migration"] >= compatible_from:
        return
    oldest = compatible_from or migration
    raise Conflict(
        f"The tables are at migration {migration}, which programs before {oldest} cannot use; "
        f"{target['revision']} knows {target['migration']}.",
        fix="Ways out: deploy a fixed release (deploy.sh), go back to a release that is not older than "
        f"{oldest} (rollback.sh --list), or restore the backup from before that migration into an empty "
        "database (scripts/restore.sh) and then roll back.",
    )


def newest_tables(releases: Sequence[Record]) -> dict[str, str | None]:
    """What the tables are at as far as the records know, for when the database cannot be asked."""
    known = [record for record in releases if record.get("migration")]
    if not known:
        return {"migration": None, "compatible_from": None}
    newest = max(known, key=lambda record: record["migration"])
    return {"migration": newest["migration"], "compatible_from": newest.get("compatible_from")}


def _held(service: Service, now: datetime) -> dict[str, str] | None:
    found: dict[str, str] = json.loads(_annotations(service).get(LOCK, "{}"))
    return found if found and datetime.fromisoformat(found["until"]) > now else None


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _annotations(service: Service) -> dict[str, str]:
    annotations: dict[str, str] = service["metadata"].setdefault("annotations", {})
    return annotations


def _write(service: Service, releases: Sequence[Record]) -> None:
    _annotations(service)[RELEASES] = json.dumps(list(releases)[:KEPT], separators=(",", ":"))
