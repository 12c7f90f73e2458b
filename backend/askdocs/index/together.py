"""Decides how the sources of a site stand beside each other: which are published, and which stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from askdocs.db.documents import Listed
from askdocs.errors import Conflict, InputError
from askdocs.types import PublishedSource, Revision, Source, SourceSpec


def shown(sources: Iterable[Source]) -> str:
    """Where they are, as lists of revisions show it."""
    return ", ".join(f"{one.name}: {one.location}" if one.name else one.location for one in sources)


def require_names(sources: Sequence[Source], live: Iterable[str], *, whole: bool) -> None:
    """Raises InputError where names do not tell the sources apart: those given from each other, and one
    without a name from those that are published, unless they are all there is."""
    twice = [name for name, count in Counter(one.name for one in sources).items() if count > 1]
    if twice:
        what = f"Two sources are named {twice[0]}." if twice[0] else "Two sources have no name."
        raise InputError(what, fix="Give each source of the site a name of its own.")
    named = sorted(set(live))
    if not whole and named and "" not in named and any(not one.name for one in sources):
        raise InputError(
            f"The site's sources have names ({', '.join(named)}), and this one has none.",
            fix=f"Say which one it is, such as --name {named[0]}, or give it a name of its own to add it.",
        )


def cannot_stay(others: Mapping[str, Listed]) -> Conflict:
    names = ", ".join(sorted({one.source or "the one without a name" for one in others.values()}))
    return Conflict(
        "What is published was embedded or cut in another way than the settings say now, so all sources must "
        f"be published together: some of them are left out ({names}).",
        fix="Run `askdocs index` with the file that names all sources, without --only.",
    )


def of_revision(live: Revision | None) -> tuple[PublishedSource, ...]:
    """The sources that are published. A revision of a program that knew of one source alone has that one."""
    if live is None or live.sources:
        return live.sources if live else ()
    return (PublishedSource(SourceSpec(Path(live.source)), live.default_version, live.default_locale),)


def merged(
    before: Sequence[PublishedSource], sources: Iterable[Source], *, whole: bool
) -> tuple[PublishedSource, ...]:
    """The sources of the next revision: those given in their order, or else in the place of those that they
    replace and behind those that stay."""
    given = {one.name: _published(one) for one in sources}
    if whole:
        return tuple(given.values())
    kept = [given.pop(one.spec.name, one) for one in before]
    return (*kept, *given.values())


def count_alike(before: Sequence[PublishedSource], after: Sequence[PublishedSource]) -> bool:
    """Whether readers are answered the same from both, pages apart."""
    return [_counting(one) for one in before] == [_counting(one) for one in after]


def _counting(one: PublishedSource) -> tuple[str, float, str, str]:
    return one.spec.name, one.spec.weight, one.default_version, one.default_locale


def _published(source: Source) -> PublishedSource:
    spec = source.spec or SourceSpec(Path(source.location), kind=source.kind)
    return PublishedSource(spec, source.default_version, source.default_locale)
