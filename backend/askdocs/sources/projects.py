"""Tells what a folder of docs is part of: where files may be that its pages include."""

from __future__ import annotations

from pathlib import Path

_MARKS = ("pyproject.toml", "package.json", "go.mod", "Cargo.toml")


def project_of(folder: Path) -> Path:
    """The repository around the folder, or else the nearest project, or else the folder itself."""
    around = (folder, *folder.parents)
    repository = next((each for each in around if (each / ".git").exists()), None)
    project = next((each for each in around if any((each / mark).exists() for mark in _MARKS)), folder)
    return (repository or project).resolve()
