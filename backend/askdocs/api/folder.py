"""Files of a folder, as small as clients take them."""

from __future__ import annotations

import gzip
import mimetypes
import os
import stat
from dataclasses import dataclass
from pathlib import Path

import anyio
from cachetools import LRUCache
from fastapi import HTTPException, Request, Response
from starlette.responses import FileResponse
from starlette.staticfiles import NotModifiedResponse, StaticFiles

_SUFFIXES = {"br": ".br", "gzip": ".gz"}
"""How the copies are named that builds leave beside their files, smallest first."""

_TEXTS = frozenset(
    {
        "application/javascript",
        "application/json",
        "application/manifest+json",
        "application/rss+xml",
        "application/atom+xml",
        "application/wasm",
        "application/xml",
        "image/svg+xml",
    }
)
"""What is worth compressing beside text/*. Pictures, fonts and archives are compressed already."""

_SMALLEST, _LARGEST = 1_000, 16 * 2**20
"""Bytes of files that we compress: below, all fits a packet anyhow; above, it takes a thread for a second."""

_CAPACITY = 32 * 2**20
"""Bytes of compressed copies that a process keeps, for each folder. Docusaurus' own docs, some 400 pages with
their scripts, are 5 MB."""

_LATE = 60.0
"""Seconds by which a build's copy may be older than its file: installers write the two in any order. An older
one is of an earlier build."""


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    stat: os.stat_result
    kind: str
    is_text: bool


class Folder:
    """Serves files of a folder and nothing outside of it. It may be built after the server's start.

    A text goes out as the copy that its build left beside it (`x.js.br`, `x.js.gz`), or else compressed with
    gzip at its first request. Ranges are of the file as it is.
    """

    def __init__(self, directory: Path, missing: str, *, fix: str) -> None:
        self._directory, self._missing, self._fix = directory, missing, fix
        self._files = StaticFiles(directory=directory, check_dir=False)
        self._copies: LRUCache[tuple[str, int, int], bytes] = LRUCache(_CAPACITY, getsizeof=len)

    async def serve(self, request: Request, candidates: list[str], headers: dict[str, str]) -> Response:
        """The first of the candidates that is a file. Raises 404."""
        for candidate in candidates:
            file = await self._find(candidate)
            if file is not None:
                response = await self._respond(request, file, headers)
                if self._files.is_not_modified(response.headers, request.headers):
                    return NotModifiedResponse(response.headers)
                return response
        if not await anyio.to_thread.run_sync(self._directory.is_dir):
            raise HTTPException(404, f"{self._missing} Run: {self._fix}")
        raise HTTPException(404)

    async def serve_missing(
        self, request: Request, path: str, missing: HTTPException, headers: dict[str, str]
    ) -> Response:
        """The site's own page for addresses that do not exist, else raises `missing`. A translation has one
        of its own, in the folder that the path begins with."""
        file = await self._find(f"{path.partition('/')[0]}/404.html") or await self._find("404.html")
        if file is None:
            raise missing
        return await self._respond(request, file, headers, status=404)

    async def _respond(
        self, request: Request, file: _File, headers: dict[str, str], status: int = 200
    ) -> Response:
        plain = FileResponse(file.path, status, headers, file.kind, stat_result=file.stat)
        if not file.is_text:
            return plain
        plain.headers["vary"] = "accept-encoding"
        for encoding in (
            () if "range" in request.headers else accepted(request.headers.get("accept-encoding", ""))
        ):
            compressed = await self._compressed(plain, file, encoding)
            if compressed is not None:
                compressed.headers["content-encoding"] = encoding
                return compressed
        return plain

    async def _compressed(self, plain: FileResponse, file: _File, encoding: str) -> Response | None:
        """`plain`, compressed; None if there is no such copy and we make none."""
        copy = file.path + _SUFFIXES[encoding]
        found = await anyio.to_thread.run_sync(_stat, copy)
        status = plain.status_code
        kept = {
            name: value for name, value in plain.headers.items() if name not in ("content-length", "etag")
        }
        if found is not None and found.st_mtime >= file.stat.st_mtime - _LATE:
            return FileResponse(copy, status, kept, file.kind, stat_result=found)
        if encoding != "gzip" or not _SMALLEST <= file.stat.st_size <= _LARGEST:
            return None
        key = (file.path, file.stat.st_mtime_ns, file.stat.st_size)
        content = self._copies.get(key)
        if content is None:
            content = await anyio.to_thread.run_sync(_gzip, file.path)
            self._copies[key] = content
        etag = plain.headers["etag"].removesuffix('"') + '-gzip"'
        modified = plain.headers["last-modified"]
        return Response(content, status, {**kept, "etag": etag, "last-modified": modified})

    async def _find(self, candidate: str) -> _File | None:
        if any(part.startswith(".") and part != ".well-known" for part in candidate.split("/")):
            # What tools leave there, such as .git and .env, is for no reader.
            return None
        try:
            path, found = await anyio.to_thread.run_sync(self._look_up, candidate)
        except (ValueError, OSError):  # NUL, a name that is too long, a folder that may not be read
            return None
        if found is None or not stat.S_ISREG(found.st_mode):
            return None
        kind, packed = mimetypes.guess_type(path)
        if kind is None or packed is not None:
            return _File(path, found, "application/octet-stream", is_text=False)
        return _File(path, found, kind, is_text=kind.startswith("text/") or kind in _TEXTS)

    def _look_up(self, candidate: str) -> tuple[str, os.stat_result | None]:
        return self._files.lookup_path(os.path.normpath(candidate))


def accepted(header: str) -> list[str]:
    """Of our encodings those that an Accept-Encoding header takes, smallest first."""
    weights: dict[str, float] = {}
    for item in header.lower().split(","):
        name, _, weight = item.partition(";")
        weights[name.strip()] = _weight(weight)
    return [encoding for encoding in _SUFFIXES if weights.get(encoding, weights.get("*", 0.0)) > 0]


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


def _stat(path: str) -> os.stat_result | None:
    """Of a file; a link may lead out of the folder."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def _gzip(path: str) -> bytes:
    # Without the time of day, so that every process sends the same.
    return gzip.compress(Path(path).read_bytes(), 9, mtime=0)
