"""The people of a site, for whoever manages it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from askdocs.api import problems
from askdocs.api.admin import DOCUMENTED, Access, authorize
from askdocs.api.deps import JsonOnly, RuntimeDep
from askdocs.db import members as listed
from askdocs.tenancy import addresses, members
from askdocs.types import Membership, Role

router = APIRouter(
    prefix="/api/v1/admin/sites/{site}", tags=["admin"], responses=DOCUMENTED | problems.documented(409)
)

Manages = Annotated[Access, Depends(authorize("manage"))]
Address = Annotated[str, Path(max_length=addresses.LONGEST, description="The member's e-mail address.")]


class WantedRole(BaseModel):
    role: Role = Field(description="What they may do.")


class MemberBody(BaseModel):
    address: str
    role: Role
    added_at: datetime


class MembersBody(BaseModel):
    members: list[MemberBody]


@router.get("/members", summary="List members")
async def list_members(access: Manages, rt: RuntimeDep) -> MembersBody:
    found = await rt.db.run(listed.listing, access.site.id)
    return MembersBody(members=[_body(member) for member in found])


@router.put("/members/{address}", summary="Add a member, or change the role", dependencies=[JsonOnly])
async def put_member(access: Manages, address: Address, wanted: WantedRole, rt: RuntimeDep) -> MemberBody:
    """It takes effect at once. Somebody new gets a password from an operator of the deployment."""
    return _body(await members.put(rt, access.site, address=address, role=wanted.role, actor=access.actor))


@router.delete("/members/{address}", summary="Remove a member", status_code=204)
async def remove_member(access: Manages, address: Address, rt: RuntimeDep) -> None:
    """They may do nothing here from now on."""
    await members.remove(rt, access.site, address=address, actor=access.actor)


def _body(member: Membership) -> MemberBody:
    return MemberBody(address=member.address, role=member.role, added_at=member.added_at)
