"""Yields the pages of a source one by one and says which were left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from askdocs.errors import SourceError
from askdocs.types import Page, Source

Note = Callable[[str], None]
"""Takes a sentence about the page that is being read."""


def read_each(
    paths: Iterable[str], read: Callable[[str, Note], Page | None], source: Source
) -> Iterator[Page]:
    """`read` returns None for a page that its author does not want found, and raises SourceError for one that
    cannot be read: then the others go on. Of two pages at one URL the first is kept. What is wrong is
    collected in `source`."""
    seen: dict[str, str] = {}
    for path in paths:
        try:
            page = read(path, partial(_note, source, path))
        except SourceError as error:
            skip(source, path, str(error))
            continue
        if page is None:
            continue
        if not page.sections:
            skip(source, path, "the page holds no text, so it was skipped.")
        elif page.url in seen:
            skip(source, path, f"{seen[page.url]} has the same URL, {page.url}, so it was skipped.")
        else:
            seen[page.url] = path
            yield page


def skip(source: Source, path: str, sentence: str) -> None:
    """Collect why a page was left out that was meant to be read."""
    _note(source, path, sentence)
    source.skipped.append(path)


def _note(source: Source, path: str, sentence: str) -> None:
    source.problems.append(f"{path}: {sentence}")
