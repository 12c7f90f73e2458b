"""The API's own documentation, /api/docs and /api/redoc, without a request to anyone else."""

from __future__ import annotations

import importlib.resources
from pathlib import Path
from typing import Any

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, RedirectResponse

from askdocs.api import parts, problems
from askdocs.api.folder import Folder

_OFFLINE = Path(str(importlib.resources.files("fastapi_offline")))
_ASSETS = Folder(_OFFLINE / "static", "A package is missing.", fix="pip install fastapi-offline")

_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Keeps the pages to this server: left alone, Redoc fetches its maker's logo."""

router = APIRouter(include_in_schema=False)


@router.get("/api")
@router.get("/api/")
async def entrance() -> RedirectResponse:
    """Where a person who guesses the address means to go. A site's own pages hold all others but `/api/…`."""
    return RedirectResponse("/api/docs")


@router.get("/api/docs")
async def swagger(request: Request) -> HTMLResponse:
    page = get_swagger_ui_html(
        openapi_url="/api/openapi.json",
        title=request.app.title,
        swagger_js_url="/api/docs-assets/swagger-ui-bundle.js",
        swagger_css_url="/api/docs-assets/swagger-ui.css",
        swagger_favicon_url="/api/docs-assets/favicon.png",
    )
    return _guarded(page)


@router.get("/api/redoc")
async def redoc(request: Request) -> HTMLResponse:
    page = get_redoc_html(
        openapi_url="/api/openapi.json",
        title=request.app.title,
        redoc_js_url="/api/docs-assets/redoc.standalone.js",
        redoc_favicon_url="/api/docs-assets/favicon.png",
        with_google_fonts=False,
    )
    return _guarded(page)


def _guarded(page: HTMLResponse) -> HTMLResponse:
    page.headers.update({"content-security-policy": _POLICY, "cross-origin-opener-policy": "same-origin"})
    return page


@router.get("/api/openapi.json")
async def schema(request: Request) -> Response:
    return Response(orjson.dumps(request.app.openapi()), media_type="application/json")


@router.get("/api/docs-assets/{name}")
async def asset(request: Request, name: str) -> Response:
    """Scripts and styles that the package fastapi-offline carries, instead of FastAPI's usual CDN."""
    return await _ASSETS.serve(request, [name], {"cache-control": "public, max-age=86400"})


def describe(app: FastAPI) -> None:
    """Complete the OpenAPI document with the schemas of problems and parts, in FastAPI's documented way."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title, version=app.version, description=app.description, routes=app.routes
            )
            schema["components"]["schemas"] |= {"Problem": problems.SCHEMA, "Part": parts.PART}
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
