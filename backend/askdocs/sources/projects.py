"""Finds the files that pages include, and none outside of the project that the docs are part of."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from askdocs.errors import SourceError
from askdocs.sources import files

_MARKS = ("pyproject.toml", "package.json", "go.mod", "Cargo.toml")


class Project:
    """The repository around a folder, or else the nearest project, or else the folder itself."""

    def __init__(self, folder: Path) -> None:
        folder = folder.resolve()
        around = (folder, *folder.parents)
        repository = next((each for each in around if files.exists(each / ".git")), None)
        project = next((each for each in around if any(files.exists(each / mark) for mark in _MARKS)), folder)
        self._root = repository or project

    def read(self, name: str, folders: Iterable[Path]) -> str | None:
        """The text of the file of this name in the first of the folders that has it, or None."""
        for folder in folders:
            try:
                file = folder / name
                if files.is_file(file) and files.is_within(file, self._root):
                    return files.decode(files.read(file))[0]
            except (SourceError, OSError, ValueError):
                continue
        return None
