"""Files: the widget for any page, and the built documentation site if this process serves one."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response
from starlette.convertors import Convertor, register_url_convertor

from askdocs.api.folder import Folder

_HASHED_CHUNK = re.compile(r"-(?=[^.]*[A-Z0-9])[\w-]{8}\.\w+$")
"""What the widget's bundler calls its chunks: panel-BTq1XaAp.js."""

_HASHED_ASSET = re.compile(r"^assets/.+\.[0-9a-f]{8}\.\w+$|^assets/.+-[0-9a-f]{32}\.\w+$")
"""What Docusaurus calls its own: assets/js/main.1a2b3c4d.js, assets/images/logo-<md5>.png."""

_FOREVER = "public, max-age=31536000, immutable"
_BRIEFLY = "public, max-age=300, stale-while-revalidate=86400"
_ASK_AGAIN = "no-cache"
"""Keep it, but ask whether it changed: entity tags make that a 304 without a body."""


class _PageConvertor(Convertor[str]):
    """Every address but the API's, which says itself what it has and which methods that takes."""

    regex = "(?!api/).*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("page", _PageConvertor())


def widget_routes(directory: Path) -> APIRouter:
    """The widget's files at /widget/, for pages of every origin."""
    router = APIRouter(include_in_schema=False)
    folder = Folder(directory, "The widget has not been built.", fix="npm run build -w packages/widget")

    @router.api_route("/widget/{path:path}", methods=["GET", "HEAD"])
    async def widget(request: Request, path: str) -> Response:
        caching = _FOREVER if _HASHED_CHUNK.search(path) else _BRIEFLY
        headers = {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}
        return await folder.serve(request, [path], {**headers, "cache-control": caching})

    return router


def site_routes(directory: Path) -> APIRouter:
    """A built site at /, whose pages may be files or folders. Comes last: it takes all addresses left."""
    router = APIRouter(include_in_schema=False)
    folder = Folder(directory, "The site has not been built.", fix="make docs")

    @router.api_route("/{path:page}", methods=["GET", "HEAD"])
    async def site(request: Request, path: str) -> Response:
        stem = path.rstrip("/")
        candidates = [path, f"{stem}.html", f"{stem}/index.html"] if stem else ["index.html"]
        if stem in ("index", "index.html"):
            candidates = ["index.html"]
        caching = _FOREVER if _HASHED_ASSET.search(path) else _ASK_AGAIN
        try:
            return await folder.serve(request, candidates, {"cache-control": caching})
        except HTTPException as missing:
            return await folder.serve_missing(request, path, missing, {"cache-control": _ASK_AGAIN})

    return router
