"""Compiles what a serving process loads, since an image cannot be written to.

    compile.py             the modules of installed packages that a start imports
    compile.py FOLDER      everything in a folder, without having to import it

All other modules of packages stay as they are: their bytecode would weigh 20 MB, to save a rarely used
command half a second. Docstrings and assertions stay out of what is not ours, as with `python -OO`.
"""

from __future__ import annotations

import importlib.util
import py_compile
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

LOADED = (
    "aiohttp",
    "alembic.command",
    "askdocs.api.app",
    "askdocs.cli.commands",
    "askdocs.vectors.server",
    "google.auth.transport.requests",
    "google.genai",
    "limits.aio.storage.redis",
    "redis.asyncio",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
)
"""What is imported by itself or by one of the settings."""

ONLY_STANDALONE = ("askdocs.vectors.embedded", "onnxruntime", "tokenizers")


def main(arguments: list[str]) -> None:
    sys.dont_write_bytecode = True
    files = Path(arguments[0]).rglob("*.py") if arguments else imported()
    compile_all(files)


def imported() -> Iterator[Path]:
    has_engine = importlib.util.find_spec("qdrant_edge") is not None
    for name in (*LOADED, *(ONLY_STANDALONE if has_engine else ())):
        importlib.import_module(name)
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None) or ""
        if file.startswith(sys.prefix) and file.endswith(".py"):
            yield Path(file)


def compile_all(files: Iterable[Path]) -> None:
    for file in files:
        ours = "askdocs" in file.parts[:-1] and "site-packages" in file.parts
        py_compile.compile(
            str(file),
            cfile=importlib.util.cache_from_source(str(file), optimization=""),
            optimize=0 if ours else 2,
            # Never compared with its source, which nothing changes here: that would cost a look at each file.
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
