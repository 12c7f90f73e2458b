"""What a command is to publish: the sources that a site's file names, or the one that options describe."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Concatenate, ParamSpec, cast

import typer

from askdocs.cli.output import AsJson
from askdocs.config import NAME, SOURCE_NAME, SiteFile, read_site_file
from askdocs.errors import InputError
from askdocs.types import Generator, SourceSpec, UrlStyle

P = ParamSpec("P")

SourcePath = Annotated[
    Path | None,
    typer.Argument(
        metavar="[SOURCE]",
        help=f"The folder of the docs or of the built site, or a file like {NAME}. Default: the {NAME} here.",
        show_default=False,
    ),
]
Site = Annotated[
    str | None,
    typer.Option(
        "--site", metavar="NAME", help=f"The site, by name; default: {NAME}'s, else docs.", show_default=False
    ),
]
Only = Annotated[
    list[str],
    typer.Option(metavar="NAME", help=f"Of the sources in {NAME}, this one; may be repeated. Others stay."),
]
Name = Annotated[str, typer.Option(metavar="NAME", help="Of SOURCE, among several of the site.")]
Kind = Annotated[
    Generator | None,
    typer.Option(help="What SOURCE is written for; default: found out.", show_default=False),
]
BaseUrl = Annotated[
    str,
    typer.Option(
        metavar="URL",
        help="Where readers find the pages, as https://docs.example.com; / for the site that asks, whatever "
        "canonical links say. Default: what these say, else /.",
    ),
]
Style = Annotated[
    UrlStyle | None,
    typer.Option(
        "--url-style",
        help="How addresses are written: /a/b, /a/b.html or /a/b/. Default: as the generator does.",
        show_default=False,
    ),
]
Include = Annotated[
    list[str],
    typer.Option(metavar="PATTERN", help="Read these files only, as in a .gitignore; may be repeated."),
]
Exclude = Annotated[list[str], typer.Option(metavar="PATTERN", help="Leave these files out, likewise.")]
Version = Annotated[str, typer.Option("--docs-version", metavar="VERSION", help="Of all pages of SOURCE.")]
Locale = Annotated[str, typer.Option(metavar="LOCALE", help="Of all pages of SOURCE, as de or pt-BR.")]
Weight = Annotated[
    float,
    typer.Option(min=0.01, max=10, help="What the scores of SOURCE's pages are multiplied by."),
]


_Strict = Annotated[bool, typer.Option("--strict", help="Publish nothing if a page is skipped.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change, and publish nothing.")]
_Force = Annotated[bool, typer.Option("--force", help="Publish even if most pages vanished.")]
_TakeOver = Annotated[
    bool, typer.Option("--take-over", help="Stop a publish that is under way, and say whose it was.")
]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options of a command ask for that publishes. `find` says what; it raises InputError and
    ConfigError."""

    find: Callable[[], Publishing]
    strict: bool
    dry_run: bool
    force: bool
    take_over: bool
    as_json: bool


def publishes(command: Callable[Concatenate[Asked, P], None]) -> Callable[..., None]:
    """The command with the options of those that publish, for typer: behind its own, and told to it as
    `Asked` instead of one by one."""
    _, *own = inspect.signature(command, eval_str=True).parameters.values()
    shared = inspect.signature(_asked, eval_str=True).parameters.values()

    def called(**values: Any) -> None:
        mine = {one.name: values.pop(one.name) for one in own}
        cast("Callable[..., None]", command)(_asked(**values), **mine)

    called.__name__, called.__doc__ = command.__name__, command.__doc__
    called.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined]  # functions have one
    called.__annotations__ = {one.name: one.annotation for one in (*own, *shared)}
    return called


def _asked(
    source: SourcePath = None,
    site: Site = None,
    only: Only = [],  # noqa: B006  typer reads it
    name: Name = "",
    kind: Kind = None,
    base_url: BaseUrl = "",
    url_style: Style = None,
    include: Include = [],  # noqa: B006
    exclude: Exclude = [],  # noqa: B006
    docs_version: Version = "",
    locale: Locale = "",
    weight: Weight = 1.0,
    strict: _Strict = False,
    dry_run: _DryRun = False,
    force: _Force = False,
    take_over: _TakeOver = False,
    as_json: AsJson = False,
) -> Asked:
    described = SourceSpec(
        Path(),
        name=name,
        kind=kind,
        base_url=base_url,
        url_style=url_style,
        include=tuple(include),
        exclude=tuple(exclude),
        version=docs_version,
        locale=locale,
        weight=weight,
    )
    return Asked(lambda: given(source, site, only, described), strict, dry_run, force, take_over, as_json)


@dataclass(frozen=True, slots=True)
class Publishing:
    """`whole` says that these are all the sources of the site. `key` and `origins` are those of a site that
    is to be made; `file` is where all of this was read, None if it was given by options."""

    site: str
    sources: tuple[SourceSpec, ...]
    whole: bool
    key: str = ""
    origins: tuple[str, ...] = ()
    file: Path | None = None

    def arguments(self) -> dict[str, Any]:
        """Those of the operation."""
        return {
            "site": self.site,
            "sources": [one.fields() for one in self.sources],
            "whole": self.whole,
            "key": self.key,
            "origins": list(self.origins),
        }

    def among(self, paths: Collection[str]) -> Publishing:
        """Only those of the sources in whose folders one of the paths lies."""
        changed = [one for one in self.sources if any(Path(path).is_relative_to(one.path) for path in paths)]
        return replace(self, sources=tuple(changed), whole=self.whole and len(changed) == len(self.sources))


def given(source: Path | None, site: str | None, only: Sequence[str], described: SourceSpec) -> Publishing:
    """`described` is what options say of a SOURCE. Raises InputError and ConfigError."""
    if source is not None and source.suffix not in (".yaml", ".yml"):
        if only:
            raise InputError(
                f"--only chooses among the sources of {NAME}, and SOURCE is one by itself.",
                fix="Leave SOURCE out, or name it with --name.",
            )
        if described.name and not re.fullmatch(SOURCE_NAME, described.name):
            raise InputError(
                f"{described.name} cannot be the name of a source.",
                fix="Letters, digits, '.', '_' and '-' can be in it, at most 40 of them.",
            )
        return Publishing(site or "docs", (replace(described, path=source.absolute()),), whole=False)
    if replace(described, path=Path()) != SourceSpec(Path()):
        raise InputError(
            f"Options that describe a source need one: without SOURCE, {NAME} says what is read.",
            fix=f"Name the folder of the docs, or write these options into {NAME}.",
        )
    return _of_file(_read(source), site, only)


def _read(file: Path | None) -> SiteFile:
    path = file or Path(NAME)
    if not path.is_file():
        what = f"no SOURCE was named, and there is no {NAME} here" if file is None else f"there is no {file}"
        raise InputError(
            f"{what[0].upper()}{what[1:]}.",
            fix="Name the folder of the docs: askdocs index ./docs. Or write the file: askdocs init",
        )
    return read_site_file(path)


def _of_file(file: SiteFile, site: str | None, only: Sequence[str]) -> Publishing:
    names = [one.name for one in file.sources]
    unknown = [name for name in only if name not in names]
    if unknown:
        named = ", ".join(filter(None, names)) or "none that has a name"
        raise InputError(f"{file.path} has no source named {unknown[0]}.", fix=f"Its sources: {named}.")
    chosen = tuple(one for one in file.sources if not only or one.name in only)
    whole = len(chosen) == len(file.sources)
    return Publishing(site or file.site, chosen, whole, file.key, file.origins, file.path.absolute())
