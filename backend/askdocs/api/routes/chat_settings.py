"""What a site's options say to the chat on its pages."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel, Field

from askdocs.api import problems
from askdocs.api.deps import RuntimeDep, SiteDep

router = APIRouter(prefix="/api/v1/sites/{site_key}", tags=["chat"], responses=problems.DOCUMENTED)

_CACHING = "private, max-age=60"
"""A change reaches readers within a minute, and whoever opens the chat on each page asks once in that
time. Private, since where only members may ask, only they may read this."""


class ChatSettings(BaseModel):
    """What the page that holds the chat says otherwise wins over this."""

    stored: bool = Field(
        description="Whether answers are stored, so that they can be rated and conversations read again."
    )
    consent: Literal["none", "required"] = Field(
        description="Whether readers must consent before their browser keeps anything of a conversation."
    )
    search_url: str | None = Field(
        description="The site's search, with {question} for the question; null: not said."
    )
    support_url: str | None = Field(description="Where readers can ask people; null: not said.")
    privacy_url: str | None = Field(description="The site's privacy policy; null: not said.")
    suggested_questions: list[str] = Field(description="Questions to begin with.")


@router.get(
    "/chat-settings",
    summary="What a site says to the chat",
    response_model=ChatSettings,
    responses={304: {"description": "As it was."}},
)
async def chat_settings(
    site: SiteDep,
    rt: RuntimeDep,
    if_none_match: Annotated[str | None, Header(description="The `ETag` of an earlier answer.")] = None,
) -> Response:
    """For a chat that was opened. It changes seldom: browsers keep it for a minute, and then ask whether it
    is still the same."""
    options = rt.options(site)
    said = ChatSettings(
        stored=rt.keeps(site),
        consent=options.consent,
        search_url=options.search_url or None,
        support_url=options.support_url or None,
        privacy_url=options.privacy_url or None,
        suggested_questions=list(options.suggested_questions),
    )
    content = said.model_dump_json().encode()
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"etag": etag, "cache-control": _CACHING}
    known = {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="application/json")
