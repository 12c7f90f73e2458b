"""The API keys of a site, and what was done to it, for whoever manages it."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from askdocs.api.admin import DOCUMENTED, Access, authorize
from askdocs.api.deps import JsonOnly, RuntimeDep
from askdocs.db import api_keys as listed
from askdocs.db import audit
from askdocs.errors import InputError
from askdocs.tenancy import api_keys
from askdocs.types import ActorKind, ApiKey, AuditEntry, Permission

router = APIRouter(prefix="/api/v1/admin/sites/{site}", tags=["admin"], responses=DOCUMENTED)

Manages = Annotated[Access, Depends(authorize("manage"))]


class NewKey(BaseModel):
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)] = Field(
        description="What the key is for."
    )
    permissions: frozenset[Permission] = Field(min_length=1, description="What it may do.")
    expires_at: AwareDatetime | None = Field(
        default=None, description="When it ends; null: when it is revoked."
    )


class KeyBody(BaseModel):
    """`hint` is how the key begins."""

    id: str
    name: str
    hint: str
    permissions: list[Permission]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


class MadeKeyBody(KeyBody):
    """The key itself cannot be told again."""

    key: str


class KeysBody(BaseModel):
    keys: list[KeyBody]


class ActorBody(BaseModel):
    kind: ActorKind
    id: str
    name: str


class EntryBody(BaseModel):
    at: datetime
    actor: ActorBody
    action: str
    subject: str
    detail: dict[str, Any]


class AuditBody(BaseModel):
    """The newest first. `next` is the `cursor` of the page that follows; null: this is the last one."""

    entries: list[EntryBody]
    next: str | None


@router.get("/keys", summary="List API keys")
async def list_keys(access: Manages, rt: RuntimeDep) -> KeysBody:
    """Those that have expired too."""
    found = await rt.db.run(listed.listing, access.site.id)
    return KeysBody(keys=[KeyBody(**_fields(key)) for key in found])


@router.post("/keys", summary="Make an API key", status_code=201, dependencies=[JsonOnly])
async def create_key(access: Manages, wanted: NewKey, rt: RuntimeDep) -> MadeKeyBody:
    """Its text is in this answer and nowhere else."""
    key, secret = await api_keys.create(
        rt,
        access.site,
        name=wanted.name,
        permissions=wanted.permissions,
        actor=access.actor,
        expires_at=wanted.expires_at,
    )
    return MadeKeyBody(**_fields(key), key=secret)


@router.delete("/keys/{key}", summary="Revoke an API key", status_code=204)
async def revoke_key(
    access: Manages, key: Annotated[str, Path(description="Its `id`.")], rt: RuntimeDep
) -> None:
    """It is good for nothing at once."""
    await api_keys.revoke(rt, access.site, key_id=key, actor=access.actor)


@router.get("/audit", summary="What was done to the site")
async def read_audit(
    access: Manages,
    rt: RuntimeDep,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: Annotated[str | None, Query(max_length=200, description="The `next` of the page before.")] = None,
) -> AuditBody:
    """Each administrative act with who did it, from wherever."""
    after = _read_cursor(cursor) if cursor is not None else None
    found = await rt.db.run(audit.listing, access.site.id, limit=limit + 1, after=after)
    page = found[:limit]
    return AuditBody(
        entries=[
            EntryBody(
                at=entry.at,
                actor=ActorBody(kind=entry.actor.kind, id=entry.actor.id, name=entry.actor.name),
                action=entry.action,
                subject=entry.subject,
                detail=dict(entry.detail),
            )
            for entry in page
        ],
        next=_cursor(page[-1]) if len(found) > limit else None,
    )


def _cursor(entry: AuditEntry) -> str:
    return base64.urlsafe_b64encode(f"{entry.at.isoformat()} {entry.id}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        at, _, entry_id = base64.b64decode(cursor, b"-_", validate=True).decode().partition(" ")
        moment = datetime.fromisoformat(at)
    except ValueError:  # of base64, UTF-8 and dates alike
        moment, entry_id = datetime.min, ""
    if moment.tzinfo is None or not entry_id:
        raise InputError("cursor is none of ours.", fix="Send the `next` of the page before, as it is.")
    return moment, entry_id


def _fields(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "hint": key.hint,
        "permissions": sorted(key.permissions),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "used_at": key.used_at,
    }
