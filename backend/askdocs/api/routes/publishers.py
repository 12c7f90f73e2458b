"""The CI jobs that may publish a site without a key, for whoever manages it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from askdocs.api import problems
from askdocs.api.admin import DOCUMENTED, Access, authorize
from askdocs.api.deps import JsonOnly, RuntimeDep
from askdocs.db import publishers as listed
from askdocs.tenancy import publishers
from askdocs.types import Provider, Publisher

router = APIRouter(
    prefix="/api/v1/admin/sites/{site}", tags=["admin"], responses=DOCUMENTED | problems.documented(409)
)

Manages = Annotated[Access, Depends(authorize("manage"))]


class NewPublisher(BaseModel):
    repository: str = Field(description="As owner/name.")
    branch: str = Field(description="On which its jobs run.")
    provider: Provider = "github"
    issuer: str = Field(default="", description="Who signs its tokens, where it is not the provider itself.")
    environment: str = Field(
        default="", description="The deployment environment that jobs must be of, if any."
    )
    repository_id: str = Field(
        default="", description="The provider's number of it; else that of the first job."
    )
    owner_id: str = Field(default="", description="That of its owner, likewise.")


class PublisherBody(BaseModel):
    id: str
    provider: Provider
    issuer: str
    repository: str
    branch: str
    environment: str
    repository_id: str
    owner_id: str
    created_at: datetime
    used_at: datetime | None


class PublishersBody(BaseModel):
    publishers: list[PublisherBody]


@router.get("/publishers", summary="List whose CI jobs may publish")
async def list_publishers(access: Manages, rt: RuntimeDep) -> PublishersBody:
    found = await rt.db.run(listed.listing, access.site.id)
    return PublishersBody(publishers=[_body(one) for one in found])


@router.post("/publishers", summary="Trust CI jobs", status_code=201, dependencies=[JsonOnly])
async def add_publisher(access: Manages, wanted: NewPublisher, rt: RuntimeDep) -> PublisherBody:
    """They publish with the token that their provider signs, and may do nothing else."""
    return _body(await publishers.add(rt, access.site, actor=access.actor, **wanted.model_dump()))


@router.delete("/publishers/{publisher}", summary="Trust CI jobs no more", status_code=204)
async def remove_publisher(
    access: Manages, publisher: Annotated[str, Path(description="Its `id`.")], rt: RuntimeDep
) -> None:
    """They may do nothing here from now on."""
    await publishers.remove(rt, access.site, publisher_id=publisher, actor=access.actor)


def _body(publisher: Publisher) -> PublisherBody:
    return PublisherBody.model_validate(publisher, from_attributes=True)
