"""Reads mkdocs.yml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from askdocs.errors import SourceError
from askdocs.sources import files

NAMES = ("mkdocs.yml", "mkdocs.yaml")

MAX_PARENTS = 10
"""Configurations that one inherits from, one above the other."""

_DEFAULT_EXTENSIONS = ("toc", "tables", "fenced_code")


@dataclass(frozen=True, slots=True)
class Tagged:
    """A value that only Python can make, such as `!!python/name:pymdownx.slugs.uslugify`."""

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Config:
    """`folder` is that of mkdocs.yml, `docs` that of the pages. Without a mkdocs.yml nothing is known, and
    every extension is taken to be on."""

    folder: Path
    docs: Path
    values: Mapping[str, Any] = field(default_factory=dict)
    extensions: Mapping[str, Mapping[str, Any]] | None = None
    plugins: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    """By name, with their options; some may be there twice."""

    def has(self, *extensions: str) -> bool:
        known = self.extensions
        return known is None or any(each in known for each in extensions)

    def option(self, extension: str, name: str) -> Any:
        return (self.extensions or {}).get(extension, {}).get(name)

    def uses(self, plugin: str) -> bool:
        return self.extensions is None or next(self.plugin(plugin), None) is not None

    def plugin(self, *names: str) -> Iterator[Mapping[str, Any]]:
        """The options of each plugin of one of the names."""
        return (options for each, options in self.plugins if each.rpartition("/")[2] in names)

    def text(self, key: str) -> str:
        value = self.values.get(key)
        return value if isinstance(value, str) else ""

    def titles(self) -> dict[str, str]:
        """The names that `nav` gives pages, by path."""
        return dict(_titles(self.values.get("nav")))


def find(root: Path) -> Path | None:
    """The mkdocs.yml of this folder, or of the one around it if that has its pages here."""
    for folder in (root, root.parent):
        for name in NAMES:
            file = folder / name
            if files.is_file(file) and (folder == root or _docs(file, root)):
                return file
    return None


def read(root: Path) -> Config:
    """The configuration of a folder of docs. Raises SourceError."""
    file = find(root)
    if file is None:
        return Config(root, root)
    values = _load(file)
    folder = file.parent
    docs = folder / str(values.get("docs_dir") or "docs")
    if not files.is_folder(docs):
        raise SourceError(
            f"{file} has the pages in {docs}, and there is no such folder.", fix="Mend its docs_dir."
        )
    extensions: dict[str, Mapping[str, Any]] = {name: {} for name in _DEFAULT_EXTENSIONS}
    extensions |= _named(values.get("markdown_extensions"))
    return Config(folder, docs.resolve(), values, extensions, tuple(_named(values.get("plugins"))))


def _docs(file: Path, root: Path) -> bool:
    try:
        return (file.parent / str(_load(file).get("docs_dir") or "docs")).resolve() == root
    except (SourceError, OSError, ValueError):
        return False


def _load(file: Path, *, depth: int = 0) -> dict[str, Any]:
    text, _ = files.decode(files.read(file))
    try:
        values = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader: what Python would make stays a name
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1})" if mark else ""
        raise SourceError(
            f"{file} is not valid YAML{line}.", fix="Mend it, until MkDocs builds the site."
        ) from error
    if not isinstance(values, dict):
        raise SourceError(
            f"{file} is not a list of keys and values.", fix="Mend it, until MkDocs builds the site."
        )
    parent = values.pop("INHERIT", None)
    if not isinstance(parent, str):
        return values
    if depth == MAX_PARENTS:
        raise SourceError(f"{file} inherits from itself.", fix="Mend its INHERIT.")
    return _merged(_load(file.parent / parent, depth=depth + 1), values)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[key] = _merged(old or {}, value) if both else value
    return merged


def _named(listed: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Names with options, as a list of names and of mappings of one name, or as one mapping."""
    entries = [{name: options} for name, options in listed.items()] if isinstance(listed, dict) else listed
    for entry in entries if isinstance(entries, list) else []:
        for name, options in (entry if isinstance(entry, dict) else {entry: None}).items():
            yield str(name).removeprefix("markdown.extensions."), options if isinstance(options, dict) else {}


def _titles(nav: Any) -> Iterator[tuple[str, str]]:
    for entry in nav if isinstance(nav, list) else []:
        for name, value in entry.items() if isinstance(entry, dict) else ():
            if isinstance(value, str) and isinstance(name, str):
                yield value, name
            else:
                yield from _titles(value)


class _Loader(yaml.SafeLoader):
    """YAML with the tags that MkDocs and its extensions know."""


def _of_python(loader: _Loader, suffix: str, node: yaml.Node) -> Tagged:
    """`!!python/name:module.name`, and `!!python/object/apply:module.name` with `kwds`."""
    made = loader.construct_mapping(node, deep=True) if isinstance(node, yaml.MappingNode) else {}
    values = made.get("kwds", made)
    return Tagged(suffix.partition(":")[2], values if isinstance(values, dict) else {})


def _of_environment(loader: _Loader, node: yaml.Node) -> Any:
    """`!ENV NAME` and `!ENV [NAME, default]`: what the environment of a build holds is not known here."""
    values = loader.construct_sequence(node, deep=True) if isinstance(node, yaml.SequenceNode) else []
    return values[-1] if len(values) > 1 else None


def _of_others(loader: _Loader, suffix: str, node: yaml.Node) -> Any:
    return loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None


_Loader.add_multi_constructor("tag:yaml.org,2002:python/", _of_python)
_Loader.add_constructor("!ENV", _of_environment)
_Loader.add_multi_constructor("!", _of_others)
