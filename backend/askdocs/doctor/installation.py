"""Looks at the program itself: Python, package, configuration, model, the folder of its state."""

from __future__ import annotations

import importlib.util
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

from askdocs import __version__
from askdocs.config import NAME, Settings, SiteFile, check, read, read_site_file
from askdocs.doctor.findings import Finding, ok, warning, wrong
from askdocs.errors import AskdocsError, ConfigError
from askdocs.models.minilm import LocalEmbedder

_ROOM = 500_000_000
"""Bytes on the disk of the home folder below which a warning is due: an index of 20,000 pages and its
database take some 400 MB."""


def check_program() -> Finding:
    return ok("program", f"askdocs {__version__} on Python {platform.python_version()}.")


def check_configuration() -> tuple[Settings | None, Finding]:
    """The settings, if they can be read; what is wrong with them is said with its file and line."""
    try:
        settings = read()
        check(settings)
    except ConfigError as error:
        return None, wrong("configuration", f"{error}", error.fix or "Correct it there.")
    return settings, ok("configuration", f"The settings of {settings.environment} are right.")


def check_site_file(folder: Path) -> tuple[SiteFile | None, list[Finding]]:
    """The folder's askdocs.yaml, if it has one that can be read, and whether its sources are there."""
    path = folder / NAME
    if not path.is_file():
        return None, []
    try:
        file = read_site_file(path)
    except ConfigError as error:
        return None, [wrong(NAME, str(error), error.fix or "Correct it there.")]
    missing = [one for one in file.sources if not one.path.exists()]
    if missing:
        return file, [
            wrong(
                NAME, f"There is no {one.path}, which it names as a source.", "Build it, or correct its path."
            )
            for one in missing
        ]
    number = len(file.sources)
    return file, [ok(NAME, f"It names {number} source{'s' * (number > 1)} of the site {file.site}.")]


async def check_models(settings: Settings) -> Finding:
    """Is there what embeds questions? The local model is loaded; Gemini is not asked, since that costs
    money."""
    answers = "written by Gemini" if settings.answer_provider == "gemini" else "quoted passages"
    if settings.embedding_provider == "gemini":
        return ok("model", f"Gemini embeds, by {settings.embeddings.model}; answers are {answers}.")
    embedder = LocalEmbedder()
    try:
        await embedder.warm()
    except AskdocsError as error:
        return wrong("model", str(error), error.fix)
    finally:
        await embedder.close()
    without = "" if settings.has_gemini else ", since there is no key of Gemini"
    return ok("model", f"The local model embeds; answers are {answers}{without}.")


def check_home(settings: Settings) -> Iterator[Finding]:
    if settings.vector_engine == "embedded" and importlib.util.find_spec("qdrant_edge") is None:
        yield wrong(
            "vectors",
            "This installation has no vector engine of its own.",
            "pip install 'askdocs[local]', or set QDRANT_URL",
        )
    if not settings.home.is_dir():
        return
    free = shutil.disk_usage(settings.home).free
    if free < _ROOM:
        yield warning(
            "disk",
            f"{settings.home} has {free / 1e6:,.0f} MB left.",
            "Free some space, or set ASKDOCS_HOME elsewhere.",
        )
