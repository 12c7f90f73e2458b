"""Yields the pages of a source one by one and says which were left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from askdocs.errors import SourceError
from askdocs.types import Page

Note = Callable[[str], None]
"""Takes a sentence about the page that is being read."""


def read_each(
    paths: Iterable[str], read: Callable[[str, Note], Page | None], problems: list[str]
) -> Iterator[Page]:
    """`read` returns None for a page that its author does not want found, and raises SourceError for one that
    cannot be read: then the others go on. Of two pages at one URL the first is kept."""
    seen: dict[str, str] = {}
    for path in paths:
        try:
            page = read(path, _noting(path, problems))
        except SourceError as error:
            problems.append(f"{path}: {error}")
            continue
        if page is None:
            continue
        if not page.sections:
            problems.append(f"{path}: the page holds no text, so it was skipped.")
        elif page.url in seen:
            problems.append(f"{path}: {seen[page.url]} has the same URL, {page.url}, so it was skipped.")
        else:
            seen[page.url] = path
            yield page


def _noting(path: str, problems: list[str]) -> Note:
    return lambda sentence: problems.append(f"{path}: {sentence}")
