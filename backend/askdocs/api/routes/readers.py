"""Sessions of readers whom nobody knows: asked for by clients that were told to have one."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from askdocs.api import problems
from askdocs.api.deps import JsonOnly, RuntimeDep, SiteDep
from askdocs.api.site_access import claim_of
from askdocs.guard import proof, readers
from askdocs.guard.readers import Session

router = APIRouter(prefix="/api/v1/sites/{site_key}", tags=["chat"], responses=problems.DOCUMENTED)


class Asked(BaseModel):
    altcha: str | None = Field(
        default=None,
        max_length=proof.LONGEST,
        description="The solution of the puzzle that came before: the base64 of a JSON object with "
        "`algorithm`, `challenge`, `number`, `salt` and `signature`.",
    )


class SessionBody(BaseModel):
    """`token` goes into the header X-Askdocs-Reader; it is good for so many seconds."""

    token: str
    expires_in: int


class PuzzleBody(BaseModel):
    """A challenge of ALTCHA, version 1: find the number up to `maxnumber` for which the SHA-256 of `salt` and
    number, in hexadecimal, is `challenge`."""

    algorithm: str
    challenge: str
    salt: str
    signature: str
    maxnumber: int


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"model": PuzzleBody, "description": "A puzzle to solve first."},
    201: {"model": SessionBody, "description": "A session."},
}


@router.post(
    "/session",
    dependencies=[JsonOnly],
    summary="Get a reader session",
    response_class=Response,
    status_code=201,
    responses=_ANSWERS,
)
async def open_session(request: Request, site: SiteDep, body: Asked, rt: RuntimeDep) -> Response:
    """Needed where a question is refused as `reader-session-required`. Nothing is stored of it."""
    claim = claim_of(request.scope, rt, site)
    if body.altcha is not None:
        given: Any = await readers.redeem(rt, claim, body.altcha)
    else:
        given = await readers.open_session(rt, claim)
    return Response(
        orjson.dumps(asdict(given)),
        201 if isinstance(given, Session) else 200,
        {"cache-control": "no-store"},
        media_type="application/json",
    )
