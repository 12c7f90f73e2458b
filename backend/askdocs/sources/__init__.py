"""Reads documentation into pages, from whatever it is kept in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from askdocs.errors import SourceError
from askdocs.sources import generators
from askdocs.sources.inputs import Recorder
from askdocs.types import Page, Source, SourceSpec

__all__ = ["open_source", "stored_path"]


def open_source(spec: SourceSpec) -> Source:
    """The documentation in a folder, read as its generator would.

    Raises SourceError when it is none, and when the folder is missing or holds nothing to index; what is
    wrong with single pages is collected in `problems`.
    """
    root = _folder(spec.path)
    _check_base(spec.base_url)
    recorder = Recorder(root, spec)
    with recorder.listening():
        kind = spec.kind or generators.find(root, spec)
        source = generators.READERS[kind].open_folder(root, spec)
    if not source.total:
        raise _empty(spec, source)
    source.spec = replace(spec, kind=kind)
    source.default_version = spec.version or source.default_version
    source.default_locale = spec.locale or source.default_locale
    source.recorder = recorder
    source.pages = _as_specified(recorder.over(source.pages), spec)
    return source


def stored_path(source: str, path: str) -> str:
    """The identity of a page among those of all the site's sources, of which `source` is one's name."""
    return f"{source}:{path}" if source else path


def _as_specified(pages: Iterator[Page], spec: SourceSpec) -> Iterator[Page]:
    for page in pages:
        yield replace(
            page,
            path=stored_path(spec.name, page.path),
            source=spec.name,
            version=spec.version or page.version,
            locale=spec.locale or page.locale,
            language=page.language or spec.locale,
        )


def _empty(spec: SourceSpec, source: Source) -> SourceError:
    detail = f" ({source.problems[0]})" if source.problems else ""
    if spec.include or spec.exclude:
        return SourceError(
            f"{spec.path} holds nothing to index that the patterns choose{detail}.",
            fix="Patterns are relative to the folder of the pages, and written as in a .gitignore.",
        )
    wanted = "Markdown and no HTML" if spec.kind is None else f"page of the kind {spec.kind}"
    return SourceError(
        f"{spec.path} holds no {wanted} to index{detail}.",
        fix="Name the folder of the docs, or the built site's.",
    )


def _folder(path: Path) -> Path:
    try:
        root = path.resolve(strict=True)
        if root.is_dir():
            return root
    except (OSError, RuntimeError, ValueError) as error:
        raise SourceError(
            f"There is no folder {path}.", fix="Check the path, and that the site has been built."
        ) from error
    raise SourceError(f"{path} is a file, not a folder.", fix=f"Name its folder, {path.parent}.")


def _check_base(base_url: str) -> None:
    """Without a scheme the links of a whole revision would lead readers to pages that do not exist."""
    if not base_url or base_url.startswith("/"):
        return
    try:
        parts = urlsplit(base_url)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_web = False
    if not is_web or parts.query or parts.fragment:
        raise SourceError(
            f"{base_url} is not an address that pages can be under.",
            fix="Give it with its scheme, as https://docs.example.com",
        )
