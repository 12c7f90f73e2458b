"""Search as a reader types. The words come in the body: platforms and proxies log requests' addresses."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from askdocs.answer import typed
from askdocs.answer.typed import Found
from askdocs.api import problems
from askdocs.api.deps import JsonOnly, RuntimeDep, SiteDep
from askdocs.api.fields import brief

router = APIRouter(prefix="/api/v1/sites/{site_key}", tags=["search"], responses=problems.DOCUMENTED)

_LONGEST = 200
"""Characters that are searched for. Whoever types more is writing a question."""

Marks = Annotated[
    list[tuple[int, int]], Field(description="Where the words stand in the text: from and to, in its order.")
]


class Typed(BaseModel):
    """What the reader has typed so far. The last word counts as unfinished unless something follows it."""

    query: str = Field(description=f"Cut after {_LONGEST} characters.", examples=["roll back an ind"])
    version: Annotated[str, brief(100)] = Field(
        default="", description="Version of the docs, if they have any."
    )
    locale: Annotated[str, brief(35)] = Field(default="", description="Locale of the docs, if they have any.")
    limit: int = Field(default=8, ge=1, le=20, description="Most sections to find.")


class Section(BaseModel):
    url: str = Field(description="Leads to the section's heading.")
    title: str = Field(description="Of the page.")
    heading: list[str] = Field(description="From the page's title down to the section, () for its beginning.")
    text: str = Field(description="The line that says most about the words, as plain text.")
    marks: Marks


class Results(BaseModel):
    sections: list[Section] = Field(description="Best first, at most two of a page.")


@router.post("/search", summary="Search as you type", dependencies=[JsonOnly])
async def search(site: SiteDep, body: Typed, rt: RuntimeDep) -> Results:
    """The sections that fit what was typed. Nothing of it is stored, and no paid service is asked."""
    # The end is kept as it is: a space says that the word before it is whole.
    query = body.query[:_LONGEST].lstrip()
    found = await typed.search(rt, site, query, version=body.version, locale=body.locale, limit=body.limit)
    return Results(sections=list(map(_section, found)))


def _section(found: Found) -> Section:
    chunk = found.chunk
    return Section(
        url=chunk.link,
        title=chunk.title,
        heading=list(chunk.heading),
        text=found.excerpt.text,
        marks=list(found.excerpt.marks),
    )
