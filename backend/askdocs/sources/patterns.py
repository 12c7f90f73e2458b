"""Chooses files by patterns that are written as in a .gitignore."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pathspec import GitIgnoreSpec

from askdocs.errors import SourceError
from askdocs.types import SourceSpec

Chosen = Callable[[str], bool]
"""Whether the file at a path, relative and with "/", is part of the source."""


def chosen(spec: SourceSpec) -> Chosen:
    """What `include` names, everything if it is empty, without what `exclude` names. Raises SourceError."""
    include, exclude = _compile(spec.include), _compile(spec.exclude)

    def is_chosen(path: str) -> bool:
        return (include is None or include.match_file(path)) and not (exclude and exclude.match_file(path))

    return is_chosen


def _compile(patterns: Sequence[str]) -> GitIgnoreSpec | None:
    try:
        return GitIgnoreSpec.from_lines(patterns) if patterns else None
    except ValueError as error:
        raise SourceError(
            f"These patterns cannot be read: {', '.join(patterns)}.",
            fix="Write them as in a .gitignore, such as blog/ or **/*.draft.md",
        ) from error
