"""What a site stores of one visitor, for whoever answers for the site. Names come in bodies: platforms and
proxies log the addresses of requests.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, StringConstraints

from askdocs.answer import visitors
from askdocs.api.admin import DOCUMENTED, Access, authorize
from askdocs.api.conversations import MessageBody
from askdocs.api.deps import JsonOnly, RuntimeDep

router = APIRouter(prefix="/api/v1/admin/sites/{site}/visitors", tags=["admin"], responses=DOCUMENTED)

Manages = Annotated[Access, Depends(authorize("manage"))]
Name = Annotated[str, StringConstraints(max_length=255)]


class Visitor(BaseModel):
    """Named in one of three ways."""

    user: Name = Field(default="", description="The `sub` of a signed user: all that this user asked.")
    session: Name = Field(default="", description="The id of a conversation.")
    answer: Name = Field(default="", description="The `messageId` of an answer: its whole conversation.")


class ConversationBody(BaseModel):
    id: str
    created_at: datetime
    active_at: datetime
    messages: list[MessageBody]


class ExportBody(BaseModel):
    """In the order in which the conversations began."""

    conversations: list[ConversationBody]


class ErasedBody(BaseModel):
    conversations: int = Field(description="How many were erased.")


@router.post("/export", summary="Give out what a visitor asked", dependencies=[JsonOnly])
async def export(access: Manages, named: Visitor, rt: RuntimeDep) -> ExportBody:
    """All that is stored of the visitor's conversations. The audit log remembers that it was given out."""
    found = await visitors.find(rt, access.site, **named.model_dump())
    logs = await visitors.export(rt, access.site, found, actor=access.actor)
    return ExportBody(conversations=[ConversationBody.model_validate(asdict(log)) for log in logs])


@router.post("/erase", summary="Erase what a visitor asked", dependencies=[JsonOnly])
async def erase(access: Manages, named: Visitor, rt: RuntimeDep) -> ErasedBody:
    """Questions, answers and feedback go for good, with answers that are kept or being given. Backups keep
    them until they go."""
    found = await visitors.find(rt, access.site, **named.model_dump())
    return ErasedBody(conversations=await visitors.erase(rt, access.site, found, actor=access.actor))
