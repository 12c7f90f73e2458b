"""Reads the configuration of a Hugo site as far as it decides which pages there are and where."""

from __future__ import annotations

import json
import posixpath
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import yaml

from askdocs.errors import SourceError
from askdocs.sources import files

_SUFFIXES = (".toml", ".yaml", ".yml", ".json")
_ENVIRONMENTS = ("_default", "production")
_PLACEHOLDERS = frozenset({"localhost", "example.com", "example.net", "example.org"})
_LEVELS = 4
"""Folders above the one that is read in which a configuration is looked for, as for content/en/docs."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder of content, relative to the site's, with the place and the language that its pages have."""

    source: str
    target: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """`values` are the settings, their keys in lower case; `languages` are those that the site is in, if
    several, the default one first."""

    values: Mapping[str, Any] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = (Mount(""),)
    languages: tuple[str, ...] = ()

    def get(self, *keys: str) -> Any:
        """A setting, None if there is none."""
        return dig(self.values, keys)

    def text(self, *keys: str) -> str:
        value = self.get(*keys)
        return value if isinstance(value, str) else ""

    def flag(self, *keys: str) -> bool:
        return self.get(*keys) is True

    @property
    def base_url(self) -> str:
        """What the site's addresses begin with, "" where none is known but that of an example."""
        base = self.text("baseurl")
        try:
            host = urlsplit(base).hostname or ""
        except ValueError:
            return ""
        return base if host and host not in _PLACEHOLDERS else ""

    def place(self, path: str) -> tuple[str, str] | None:
        """Where in the content a file of the site is, and its language; None for one that is no content.

        The innermost mount counts. Where an outer one has the file at the same place, the inner one has it
        in lieu of a translation.
        """
        found: tuple[str, str] | None = None
        for mount in self.mounts:
            if mount.source and not path.startswith(f"{mount.source}/"):
                continue
            inside = path[len(mount.source) + 1 :] if mount.source else path
            target = posixpath.join(mount.target, inside)
            if found is None or (target == found[0] and mount.language in ("", *self.languages[:1])):
                found = (target, mount.language)
        return self._language_of(*found) if found else None

    def _language_of(self, path: str, language: str) -> tuple[str, str]:
        """The place and the language of a file, which its name may have, as in index.de.md."""
        if not self.languages:
            return path, ""
        file = PurePosixPath(path)
        stem, _, named = file.stem.rpartition(".")
        if stem and named.lower() in self.languages:
            return str(file.with_name(f"{stem}{file.suffix}")), named.lower()
        return path, language or self.languages[0]


def find_site(folder: Path) -> Path | None:
    """The folder of the site that this one is, or whose content this one is part of."""
    for level, root in enumerate((folder, *folder.parents[:_LEVELS])):
        if next(_files(root), None) is None:
            continue
        if level == 0:
            return root if files.is_folder(root / "content") or _is_hugo(root) else None
        inside = folder.relative_to(root).as_posix()
        try:
            sources = [mount.source for mount in read(root).mounts]
        except SourceError:
            sources = ["content"]
        return root if any(f"{inside}/".startswith(f"{source}/") for source in sources) else None
    return None


def _is_hugo(root: Path) -> bool:
    return any(files.is_file(root / f"hugo{suffix}") for suffix in _SUFFIXES)


def read(root: Path) -> Config:
    """The configuration of the site in a folder. Raises SourceError when it cannot be read."""
    values: dict[str, Any] = {}
    for path, key in _files(root):
        found = _load(path)
        _merge(values, {key: found} if key else found)
    languages = values.get("languages")
    languages = languages if isinstance(languages, dict) else {}
    used = {
        name: each
        for name, each in languages.items()
        if not (isinstance(each, dict) and each.get("disabled"))
    }
    default = str(values.get("defaultcontentlanguage") or "en").lower()
    names = (default, *(name for name in used if name != default)) if len(used) > 1 else ()
    mounts = sorted(_mounts(values, used, default), key=lambda mount: -len(mount.source))
    return Config(values, tuple(mounts), names)


def _mounts(values: Mapping[str, Any], languages: Mapping[str, Any], default: str) -> Iterator[Mount]:
    listed = dig(values, ("module", "mounts"))
    mounts = [mount for mount in listed if isinstance(mount, dict)] if isinstance(listed, list) else []
    found = False
    for mount in mounts:
        target = str(mount.get("target", "")).strip("/")
        if target == "content" or target.startswith("content/"):
            found = True
            source = _relative(mount.get("source"))
            named = dig(mount, ("sites", "matrix", "languages")) or mount.get("lang") or ""
            language = str(named[0] if isinstance(named, list) and named else named).lower()
            if source and "*" not in language:
                yield Mount(source, target[len("content/") :], language)
    if found:
        return
    own = {
        name: source
        for name, each in languages.items()
        if isinstance(each, dict) and (source := _relative(each.get("contentdir")))
    }
    yield from (Mount(source, "", name) for name, source in own.items())
    if not own or len(own) < len(languages):
        yield Mount(_relative(values.get("contentdir")) or "content", "", default if own else "")


def _relative(folder: Any) -> str:
    """A folder of the site; "" for any other."""
    path = posixpath.normpath(str(folder or "").strip("/") or ".")
    return "" if path == "." or path.startswith("..") else path


def _files(root: Path) -> Iterator[tuple[Path, str]]:
    """The files of the configuration, later ones before earlier ones, each with the key that it is about."""
    for name in ("hugo", "config"):
        for suffix in _SUFFIXES:
            if files.is_file(path := root / f"{name}{suffix}"):
                yield path, ""
                break
    for environment in _ENVIRONMENTS:
        folder = root / "config" / environment
        if files.is_folder(folder):
            for path in (folder / name for name in files.names(folder)):
                if path.suffix in _SUFFIXES and files.is_file(path):
                    key, _, language = path.stem.partition(".")
                    if not language:
                        yield path, "" if key in ("hugo", "config") else key.lower()


def _load(path: Path) -> Any:
    try:
        text, _ = files.decode(files.read(path))
        if path.suffix == ".toml":
            return lowered(tomllib.loads(text))
        if path.suffix == ".json":
            return lowered(json.loads(text))
        return lowered(yaml.safe_load(text))
    except (SourceError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise SourceError(
            f"{path.name} cannot be read, so where the pages are is not known: {error}",
            fix="Mend the file, or index the built site.",
        ) from error


def lowered(value: Any) -> Any:
    """The same with keys in lower case: to Hugo they are the same."""
    if isinstance(value, dict):
        return {str(key).lower(): lowered(each) for key, each in value.items()}
    return [lowered(each) for each in value] if isinstance(value, list) else value


def dig(values: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        if not isinstance(values, Mapping):
            return None
        values = values.get(key.lower())
    return values


def _merge(into: dict[str, Any], values: Any) -> None:
    for key, value in values.items() if isinstance(values, dict) else ():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


@lru_cache(maxsize=1024)
def glob(pattern: str) -> re.Pattern[str]:
    """A pattern as Hugo's configuration has them: `*` within a folder, `**` beyond, and `{this,that}`."""
    parts, depth = [], 0
    for part in re.findall(r"\*\*|.", pattern.lower(), re.DOTALL):
        if part == "{":
            depth += 1
        elif part == "}" and depth:
            depth -= 1
        special = {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")" if depth >= 0 else "}"}
        parts.append("|" if part == "," and depth else special.get(part, re.escape(part)))
    try:
        return re.compile("".join(parts) + ")" * depth, re.DOTALL)
    except re.error:
        return re.compile(re.escape(pattern))
