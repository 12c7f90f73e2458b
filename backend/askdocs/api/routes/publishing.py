"""Publishing a site's docs from elsewhere: what they are, then the pages that are lacking, then the publish.

Bodies are read here, behind the dependency that lets somebody in, and not by the framework, which would read
them before.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from starlette.types import Scope

from askdocs.api import problems
from askdocs.api.admin import DOCUMENTED, Access, authorize
from askdocs.api.deps import JsonOnly, RuntimeDep
from askdocs.control.reporting import Flow, reported
from askdocs.errors import AskdocsError
from askdocs.index import uploaded
from askdocs.index.run import Options
from askdocs.observability.logging import log
from askdocs.runtime import Runtime
from askdocs.tenancy import origins
from askdocs.types import Site

router = APIRouter(
    prefix="/api/v1/admin/sites/{site}/publishes",
    tags=["admin"],
    responses={**DOCUMENTED, **problems.documented(409)},
)

Publishes = Annotated[Access, Depends(authorize("publish"))]
UploadId = Annotated[str, Path(description="The `upload` that was begun.")]

_SILENCE = 15.0
"""Seconds after which a line says that the publish goes on: proxies cut what is silent for a minute."""

_ZIPPED: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class BegunBody(BaseModel):
    """`lacking` are the paths of the pages that are to be sent. With `unchanged`, which is told like the
    result of a publish, all is live as it is."""

    upload: str
    lacking: list[str]
    unchanged: dict[str, Any] | None


class TakenBody(BaseModel):
    pages: int


class Commit(BaseModel):
    dry_run: bool = Field(default=False, description="Say what would change, and publish nothing.")
    force: bool = Field(default=False, description="Publish even if most pages vanished.")
    take_over: bool = Field(default=False, description="Stop a publish that is under way.")


@router.post("", summary="Begin a publish", openapi_extra=_ZIPPED)
async def begin(access: Publishes, request: Request, rt: RuntimeDep) -> BegunBody:
    """The body is the build's manifest, as `askdocs publish` writes it. One that was begun before goes on."""
    begun = await uploaded.begin(rt, access.site, await request.body())
    unchanged = asdict(begun.unchanged) if begun.unchanged else None
    if unchanged is not None:
        unchanged["problems"] = (*unchanged["problems"], *_refused(access.site, begun.origins))
    return BegunBody(upload=begun.upload, lacking=list(begun.lacking), unchanged=unchanged)


@router.put("/{upload}/parts/{part}", summary="Send pages of a publish", openapi_extra=_ZIPPED)
async def take(
    access: Publishes,
    upload: UploadId,
    part: Annotated[str, Path(description="SHA-256 of the body, in hexadecimal.")],
    request: Request,
    rt: RuntimeDep,
) -> TakenBody:
    """It may be sent again."""
    pages = await uploaded.take(rt, access.site, upload, part=part, body=await request.body())
    return TakenBody(pages=pages)


@router.post(
    "/{upload}/commit",
    summary="Publish what was sent",
    dependencies=[JsonOnly],
    response_class=StreamingResponse,
    responses={200: {"content": {"application/x-ndjson": {}}, "description": "A JSON object in each line."}},
)
async def commit(
    access: Publishes, upload: UploadId, wanted: Commit, request: Request, rt: RuntimeDep
) -> StreamingResponse:
    """Lines of JSON: `{"progress": …}` while it lasts, `{}` when nothing has happened for a while, at the end
    `{"result": …}` or `{"error": …}` with a problem. Whoever leaves before stops it."""
    manifest = await uploaded.find(rt, access.site, upload)
    options = Options(whole=manifest.whole, force=wanted.force, take_over=wanted.take_over)
    if wanted.dry_run:
        preview = partial(uploaded.preview, rt, access.site, manifest, options)
        flow: Flow = lambda report: preview(report=report)  # noqa: E731
    else:
        publish = partial(uploaded.commit, rt, access.site, upload, manifest, options, actor=access.actor)
        flow = lambda report: publish(report=report)  # noqa: E731
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(
        _lines(request.scope, rt, flow, _refused(access.site, manifest.origins)),
        media_type="application/x-ndjson",
        headers=headers,
    )


def _refused(site: Site, wanted: Sequence[str]) -> Sequence[str]:
    """What is to be told of origins that the site does not allow. Which others it has is for its people."""
    return [
        f"{site.name}: questions from {origin} are refused, since the site does not list that origin. "
        f"Whoever manages it adds it to its others: askdocs site set-origins {site.name} --origin … "
        f"--origin {origin}"
        for origin in origins.lacking(site, wanted)
    ]


async def _lines(scope: Scope, rt: Runtime, flow: Flow, refused: Sequence[str]) -> AsyncGenerator[bytes]:
    try:
        async with aclosing(reported(rt, flow, silence=_SILENCE)) as events:
            async for event in events:
                if "result" in event:
                    event["result"]["problems"] = (*event["result"]["problems"], *refused)
                yield orjson.dumps(event) + b"\n"
    except AskdocsError as error:
        yield _error(problems.render_error(scope, error).body)
    except Exception:
        log.exception("publish_broke_off")
        yield _error(problems.render_unexpected(scope).body)


def _error(problem: bytes | memoryview) -> bytes:
    return b'{"error": ' + bytes(problem) + b"}\n"
