"""What a program that publishes over HTTPS tells of a build, and how its pages travel.

First goes the manifest: every page's path, hash, address, version and locale. Then, in parts, the pages that
the server has in no such form.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, NamedTuple, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from pydantic import model_validator as validator

from askdocs import __version__
from askdocs.config import SOURCE_NAME
from askdocs.errors import FormatMismatch, InputError
from askdocs.types import Page, SourceSpec

SCHEMA = 1
"""Changes whenever a server of the number before would misread what is sent."""

PART = 1_000_000
"""Bytes of JSON after which a part is full: some 80 pages, a fifth of that compressed. A connection that
breaks costs no more, and each is stored in one short transaction."""

LONGEST_PART = 16_000_000
"""Bytes of JSON. A page is never cut, and a generated reference on a single page may take megabytes."""

LONGEST_MANIFEST = 32_000_000
"""Bytes of JSON: 160 for each of 200,000 pages."""

_Text = Annotated[str, StringConstraints(max_length=2000)]
_Name = Annotated[str, StringConstraints(max_length=100)]


class Entry(NamedTuple):
    """A page of the build. `content_hash` is that of `chunking.content_hash`."""

    path: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    content_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    source: _Name
    url: Annotated[str, StringConstraints(pattern=r"^(/|https?://)", max_length=2000)]
    version: _Name = ""
    locale: _Name = ""


class SentSource(BaseModel):
    """A source as it was read; its `spec` has the path that it had where that was."""

    model_config = ConfigDict(frozen=True)

    spec: SourceSpec
    location: _Text
    default_version: _Name = ""
    default_locale: _Name = ""

    @validator(mode="after")
    def _check(self) -> Self:
        if self.spec.name and not re.fullmatch(SOURCE_NAME, self.spec.name):
            raise ValueError("the source has no possible name")
        if self.spec.kind is None or not 0.01 <= self.spec.weight <= 10:
            raise ValueError("the source has no kind, or a weight beyond 0.01 to 10")
        return self


class Manifest(BaseModel):
    """`whole` says that these are all sources of the site; `skipped` tells of pages that were left out, and
    `origins` where readers will ask from."""

    model_config = ConfigDict(frozen=True)

    schema_number: int
    program: _Name
    whole: bool
    sources: list[SentSource] = Field(min_length=1, max_length=200)
    pages: list[Entry] = Field(min_length=1)
    skipped: list[_Text] = Field(default=[], max_length=1000)
    origins: list[_Text] = Field(default=[], max_length=100)

    @validator(mode="after")
    def _check(self) -> Self:
        names = {one.spec.name for one in self.sources}
        paths = Counter(page.path for page in self.pages)
        for page in self.pages:
            if page.source not in names or (page.source and not page.path.startswith(f"{page.source}:")):
                raise ValueError(f"{page.path} is of no source that is named")
            if paths[page.path] > 1:
                raise ValueError(f"{page.path} is named twice")
        return self

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:32]


_PAGES: TypeAdapter[list[Page]] = TypeAdapter(list[Page])


def pack(manifest: Manifest) -> bytes:
    return gzip.compress(manifest.model_dump_json(exclude_defaults=True).encode(), mtime=0)


def unpack(body: bytes) -> Manifest:
    """Raises `FormatMismatch` if it is of another schema, else `InputError` if it is none."""
    text = _unzipped(body, LONGEST_MANIFEST)
    try:
        told = orjson.loads(text)
    except ValueError as error:
        raise InputError("The manifest is no JSON.", fix="Send it with `askdocs publish`.") from error
    number = told.get("schema_number") if isinstance(told, dict) else None
    if number != SCHEMA:
        raise FormatMismatch(
            f"This server, askdocs {__version__}, takes publishes of schema {SCHEMA}; this one is of schema "
            f"{number}.",
            fix=f"Publish with the program of the server: pip install askdocs=={__version__}",
        )
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        raise InputError(f"The manifest is wrong: {_first(error)}.", fix=_UPDATE) from error


def parts(pages: Iterable[Page]) -> Iterator[tuple[Sequence[str], bytes]]:
    """Paths and body of each part; pages are turned into JSON one by one. Raises `InputError` for a page that
    has no place in any."""
    paths: list[str] = []
    texts: list[bytes] = []
    size = 0
    for page in pages:
        text = _json(page)
        if paths and size + len(text) > PART:
            yield paths, _part(texts)
            paths, texts, size = [], [], 0
        paths.append(page.path)
        texts.append(text)
        size += len(text)
    if paths:
        yield paths, _part(texts)


def name_of_part(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def unpack_part(body: bytes) -> list[Page]:
    """Raises `InputError`."""
    return _pages(_unzipped(body, LONGEST_PART))


def stored(page: Page) -> bytes:
    """A page as it is kept until the publish."""
    return zlib.compress(_json(page), 3)


def revive(content: bytes) -> Page:
    """The page that `stored` stored."""
    return _pages(b"[" + zlib.decompress(content) + b"]")[0]


def _json(page: Page) -> bytes:
    try:
        text = _PAGES.dump_json([page], exclude_defaults=True)[1:-1]
    except ValueError as error:
        raise InputError(
            f"{page.path!r} cannot be sent: it holds what is no text.", fix="Save the file in UTF-8."
        ) from error
    if len(text) > LONGEST_PART - 2:
        raise InputError(
            f"{page.path} cannot be sent: it takes {len(text) // 1_000_000} MB.",
            fix="Leave it out with --exclude, or divide it.",
        )
    return text


def _pages(text: bytes) -> list[Page]:
    try:
        return _PAGES.validate_json(text)
    except ValidationError as error:
        raise InputError(f"The pages are wrong: {_first(error)}.", fix=_UPDATE) from error


_UPDATE = "Send it with the `askdocs publish` of the server's version."


def _part(texts: Sequence[bytes]) -> bytes:
    return gzip.compress(b"[" + b",".join(texts) + b"]", mtime=0)


def _unzipped(body: bytes, longest: int) -> bytes:
    """Raises `InputError`, also for what would become longer than that; it is unpacked no further."""
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        text = unpacking.decompress(body, longest)
    except zlib.error as error:
        raise InputError("The body is not compressed as gzip does.", fix=_UPDATE) from error
    if not unpacking.eof or unpacking.unused_data:
        raise InputError(f"The body is not whole, or more than {longest} bytes.", fix=_UPDATE)
    return text


def _first(error: ValidationError) -> str:
    found: Any = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in found["loc"])
    return f"{where}: {found['msg']}"[:300].rstrip(".")
