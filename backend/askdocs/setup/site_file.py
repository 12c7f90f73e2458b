"""Writes askdocs.yaml as people would: a comment above each setting, and those in comments that are not
needed yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True, slots=True)
class Entry:
    """The one source that `askdocs init` writes. `path` is relative to the file, and `base_url` is "" where
    the source knows it better."""

    path: str
    kind: str
    base_url: str


def write(
    *,
    site: str,
    key: str,
    public: Sequence[str],
    local: Sequence[str],
    port: int | None,
    generator: str,
    source: Entry,
) -> str:
    """The text of the file. `public` are origins that readers know, `local` those of `generator`'s own
    servers; `port` is that of ours where pages load the chat from it."""
    return _FILE.format(
        site=_scalar(site),
        key=_scalar(key),
        origins=_origins(public, local, generator),
        port=f"port: {port}" if port else "# port: 8000",
        path=_scalar(source.path),
        kind=source.kind,
        base_url=f"base_url: {_scalar(source.base_url)}"
        if source.base_url
        else "# base_url: https://docs.example.com",
    )


def _origins(public: Sequence[str], local: Sequence[str], generator: str) -> str:
    lines = [f"  - {_scalar(origin)}" for origin in public]
    if not public:
        lines.append("  # The site's own, once it has one: - https://docs.example.com")
    if local:
        lines.append(f"  # What {generator} serves on this machine, for writing.")
    return "\n".join((*lines, *(f"  - {_scalar(origin)}" for origin in local)))


def _scalar(value: str) -> str:
    """A string as YAML has it, in quotation marks where it needs them."""
    return yaml.safe_dump(value, allow_unicode=True, width=1000).removesuffix("\n").removesuffix("\n...")


def relative(path: Path, folder: Path) -> str:
    """As the file writes it: "." for its own folder."""
    try:
        return path.relative_to(folder).as_posix()
    except ValueError:
        return str(path)


_FILE = """\
# What Askdocs answers from, and on whose pages. `askdocs init` wrote it, and it is yours to change:
# `askdocs index` reads it, `askdocs doctor` checks it.

# The site's name, by which commands know it.
site: {site}

# Its public key. Pages show it, so it is no secret; what protects the site are its origins.
key: {key}

# The web origins whose pages may ask.
origins:
{origins}

# Where `askdocs serve` listens on this machine, and pages load the chat from. PORT in the environment wins.
{port}

sources:
  - path: {path}
    # What makes the site of it: that decides how pages are written, and where readers find them.
    kind: {kind}
    # What stands before each page's address: the path of the site, or with a host where links must be whole,
    # as for clients that are no page of it.
    {base_url}
    # Which files count, as a .gitignore would say it, relative to the path above.
    # include: ["guides/"]
    # exclude: ["drafts/", "**/changelog.md"]
"""
