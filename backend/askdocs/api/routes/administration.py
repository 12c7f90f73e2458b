"""A site as those who administer it see and change it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from askdocs.api import problems
from askdocs.api.admin import DOCUMENTED, Access, authorize, authorize_operator
from askdocs.api.deps import JsonOnly, RuntimeDep
from askdocs.config import SiteOptions
from askdocs.db import sites as stored
from askdocs.errors import InputError
from askdocs.runtime import Runtime
from askdocs.tenancy import origins, sites
from askdocs.types import Actor, Site

router = APIRouter(prefix="/api/v1/admin/sites/{site}", tags=["admin"], responses=DOCUMENTED)

all_sites = APIRouter(prefix="/api/v1/admin/sites", tags=["admin"], responses=DOCUMENTED)

Operator = Annotated[Actor, Depends(authorize_operator)]
Reads = Annotated[Access, Depends(authorize("read"))]
Edits = Annotated[Access, Depends(authorize("edit"))]
Manages = Annotated[Access, Depends(authorize("manage"))]


class SiteBody(BaseModel):
    """`options` are those that hold, `set` the names of those that were set for the site itself."""

    name: str
    key: str
    origins: list[str]
    created_at: datetime
    is_disabled: bool
    options: dict[str, Any]
    set: list[str]


class NewSite(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=63, description="Letters, digits, dots, hyphens and underscores.")
    origins: list[str] = Field(default=[], max_length=100, description="Web origins whose pages may ask.")


class Changes(BaseModel):
    model_config = ConfigDict(extra="forbid")

    options: dict[str, Any] = Field(
        description="Options by name, as the configuration reference describes them; null goes back to what "
        "is configured."
    )


class NewOrigins(BaseModel):
    origins: list[str] = Field(max_length=100, description="All web origins whose pages may ask.")


class Rotation(BaseModel):
    overlap_hours: int = Field(default=0, ge=0, le=8760, description="How long the old key stays good.")


@all_sites.get("", summary="List the sites")
async def list_sites(operator: Operator, rt: RuntimeDep) -> list[SiteBody]:
    """All of the deployment, by name. For who has ADMIN_TOKEN."""
    return [_body(rt, site) for site in await rt.db.run(stored.all_sites)]


@all_sites.post(
    "",
    status_code=201,
    summary="Add a site",
    dependencies=[JsonOnly],
    responses=problems.documented(409),
)
async def add(operator: Operator, wanted: NewSite, rt: RuntimeDep) -> SiteBody:
    """It has a public key, and no docs. For who has ADMIN_TOKEN."""
    read = [origins.read(value, rt.settings) for value in wanted.origins]
    return _body(rt, await sites.add(rt, wanted.name, origins=read, actor=operator))


@router.get("", summary="See a site")
async def see(access: Reads, rt: RuntimeDep) -> SiteBody:
    """With the options that hold for it."""
    return _body(rt, access.site)


@router.patch("", summary="Change options of a site", dependencies=[JsonOnly])
async def change(access: Edits, changes: Changes, rt: RuntimeDep) -> SiteBody:
    """It takes effect within seconds."""
    return _body(rt, await sites.set_options(rt, access.site, changes.options, actor=access.actor))


@router.put("/origins", summary="Replace the origins of a site", dependencies=[JsonOnly])
async def set_origins(access: Manages, wanted: NewOrigins, rt: RuntimeDep) -> SiteBody:
    """It takes effect within seconds."""
    read = [origins.read(value, rt.settings) for value in wanted.origins]
    return _body(rt, await sites.set_origins(rt, access.site, read, actor=access.actor))


@router.post("/rotate-key", summary="Give a site another public key", dependencies=[JsonOnly])
async def rotate_key(access: Manages, rotation: Rotation, rt: RuntimeDep) -> SiteBody:
    """Pages that have the old one are answered until the overlap is over."""
    overlap = timedelta(hours=rotation.overlap_hours)
    return _body(rt, await sites.rotate_key(rt, access.site, overlap=overlap, actor=access.actor))


@router.post("/disable", summary="Have a site answer nobody")
async def disable(access: Manages, rt: RuntimeDep) -> SiteBody:
    """Nothing of it is lost."""
    return _body(rt, await sites.disable(rt, access.site, actor=access.actor))


@router.post("/enable", summary="Have a disabled site answer again")
async def enable(access: Manages, rt: RuntimeDep) -> SiteBody:
    return _body(rt, await sites.enable(rt, access.site, actor=access.actor))


@router.get(
    "/export",
    summary="All that is kept of a site",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/x-ndjson": {}}, "description": "A JSON object in each line."}},
)
async def export(access: Manages, rt: RuntimeDep) -> StreamingResponse:
    """Lines of JSON, each with its `table`. The docs are left out, and what lets somebody in."""
    return StreamingResponse(
        _lines(rt, access.site),
        media_type="application/x-ndjson",
        headers={
            "cache-control": "no-store",
            "content-disposition": f'attachment; filename="{access.site.name}.jsonl"',
        },
    )


@router.delete("", status_code=204, summary="Delete a site")
async def delete(
    access: Manages,
    rt: RuntimeDep,
    confirm: Annotated[str, Query(description="The name of the site once more.")],
) -> None:
    """With everything of it, for good."""
    if confirm != access.site.name:
        raise InputError("confirm is another name.", fix="Send the name of the site that is to be deleted.")
    await sites.remove(rt, access.site, actor=access.actor)


async def _lines(rt: Runtime, site: Site) -> AsyncGenerator[str]:
    async with aclosing(sites.export(rt, site)) as lines:
        async for line in lines:
            yield f"{line}\n"


def _body(rt: Runtime, site: Site) -> SiteBody:
    return SiteBody(
        name=site.name,
        key=site.key,
        origins=list(site.origins),
        created_at=site.created_at,
        is_disabled=site.is_disabled,
        options=rt.options(site).model_dump(mode="json", include=set(SiteOptions.model_fields)),
        set=sorted(site.options),
    )
