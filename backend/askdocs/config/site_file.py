"""askdocs.yaml, the file beside the docs that says of what a site is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from askdocs.config.layers import nearest, parse_yaml
from askdocs.errors import ConfigError
from askdocs.types import Generator, SourceSpec, UrlStyle

NAME = "askdocs.yaml"

SOURCE_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$"
"""What a source may be called: its name stands before the paths of its pages, with a colon between."""

_ADDRESS = r"^(?:https?://[^/\s?#]+)?(?:/[^\s?#]*)?$"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Source(_Section):
    """An entry of `sources`. What the values mean is told in `SourceSpec`."""

    path: str = Field(min_length=1)
    name: str = Field(default="", pattern=SOURCE_NAME)
    kind: Generator | None = None
    base_url: str = Field(default="", pattern=_ADDRESS)
    url_style: UrlStyle | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    version: str = ""
    locale: str = ""
    weight: float = Field(default=1.0, gt=0, le=10)


class _File(_Section):
    site: str = Field(default="docs", min_length=1)
    key: str = Field(default="", pattern=r"^[A-Za-z0-9_-]{4,64}$")
    origins: tuple[Annotated[str, Field(pattern=r"^https?://[^/\s]+$")], ...] = ()
    port: int | None = Field(default=None, ge=1, le=65535)
    sources: tuple[_Source, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class SiteFile:
    """`site` is the name of the site; `key` ("" for any) and `origins` are those that it is made with if
    there is none of this name yet. `port` is where `askdocs serve` listens beside the file if nothing else
    says so."""

    path: Path
    site: str
    key: str
    origins: tuple[str, ...]
    port: int | None
    sources: tuple[SourceSpec, ...]


def read_site_file(path: Path) -> SiteFile:
    """Paths of sources are relative to the file. Raises `ConfigError` with one line, which names file, line
    and key."""
    shown, tree, places = parse_yaml(path)
    if not isinstance(tree, dict):
        raise ConfigError(f"{shown}:1: a site's file is written as 'key: value', with 'sources' at least")
    try:
        given = _File.model_validate(_filled(tree))
    except ValidationError as error:
        raise ConfigError(_explain(error.errors(), shown, places)) from None
    seen: dict[str, str] = {}
    for number, source in enumerate(given.sources):
        place = places[f"sources.{number}"]
        if source.name in seen:
            named = f"is named {source.name}, as" if source.name else "has no name, nor has"
            raise ConfigError(
                f"{place}: sources.{number} {named} the one in {seen[source.name]}",
                fix="Give each source a `name` of its own. One of them may go without.",
            )
        seen[source.name] = place
    specs = tuple(_specs(given, path.absolute().parent))
    return SiteFile(path, given.site, given.key, given.origins, given.port, specs)


def _filled(tree: Any) -> Any:
    """Without the keys that have no value, as where all of a list's items are comments."""
    if isinstance(tree, dict):
        return {key: _filled(value) for key, value in tree.items() if value is not None}
    return [_filled(value) for value in tree] if isinstance(tree, list) else tree


def _specs(given: _File, folder: Path) -> Iterator[SourceSpec]:
    for source in given.sources:
        fields = source.model_dump(exclude={"path"})
        yield SourceSpec(folder / Path(source.path).expanduser(), **fields)


def _explain(errors: list[ErrorDetails], shown: str, places: Mapping[str, str]) -> str:
    """One error in one line: an unknown key first, which may be why another one is missing."""
    error = min(errors, key=lambda one: one["type"] != "extra_forbidden")
    path = [str(part) for part in error["loc"]]
    key = ".".join(path)
    place = next((places[at] for at in _above(key) if at in places), f"{shown}:1")
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    if error["type"] == "extra_forbidden":
        model = _Source if path[0] == "sources" else _File
        meant = ".".join([*path[:-1], nearest(path[-1], model.model_fields)])
        return f"{place}: unknown key '{key}'; the nearest is '{meant}'{more}"
    if error["type"] == "missing":
        return f"{place}: {key} is missing{more}"
    return f"{place}: {key}: {_reason(error)}{more}"


def _reason(error: ErrorDetails) -> str:
    value: Any = error["input"]
    if error["type"] == "string_type" and isinstance(value, bool | int | float):
        return "this is no text in YAML: write it in quotes"
    if error["type"] == "tuple_type":
        return "should be a list, such as ['blog/']"
    if error["type"] == "string_pattern_mismatch":
        key = next(part for part in reversed(error["loc"]) if isinstance(part, str))
        return f"{value!r} does not fit: it is written as {_WRITTEN[key]}"
    return error["msg"][0].lower() + error["msg"][1:]


_WRITTEN: Mapping[Any, str] = {
    "key": "4 to 64 letters, digits, '-' and '_'",
    "name": "letters, digits, '.', '_' and '-', at most 40 of them",
    "base_url": "https://docs.example.com/guide or /guide",
    "origins": "https://docs.example.com, without a path",
}


def _above(key: str) -> Iterator[str]:
    """The key and what it lies in, from the inside."""
    while key:
        yield key
        key = key.rpartition(".")[0]
