"""Compiles what a serving process loads, since an image cannot be written to.

The bytecode goes to PYTHONPYCACHEPREFIX. All other modules stay as they are: theirs would weigh 30 MB, to
save a rarely used command half a second. Docstrings and assertions stay out of what is not ours, as with
`python -OO`.
"""

from __future__ import annotations

import importlib.util
import py_compile
import sys
from collections.abc import Iterator
from pathlib import Path

LOADED = (
    "aiohttp",
    "askdocs.api.app",
    "askdocs.cli.commands",
    "askdocs.cli.serve",
    "askdocs.vectors.server",
    "google.auth.transport.requests",
    "google.genai",
    "httpcore",
    "httpcore2",
    "jwt",
    "limits.aio.storage.redis",
    "redis.asyncio",
    "sqlalchemy.dialects.postgresql.psycopg2",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
)
"""What is imported by itself or by one of the settings."""

ONLY_STANDALONE = ("askdocs.vectors.embedded", "onnxruntime", "tokenizers")


def main() -> None:
    sys.dont_write_bytecode = True
    has_engine = importlib.util.find_spec("qdrant_edge") is not None
    for name in (*LOADED, *(ONLY_STANDALONE if has_engine else ())):
        importlib.import_module(name)
    for file in list(loaded()):
        ours = "askdocs" in file.parts[-4:-1]
        py_compile.compile(
            str(file),
            cfile=importlib.util.cache_from_source(str(file), optimization=""),
            optimize=0 if ours else 2,
            # Never compared with its source, which nothing changes here: that would cost a look at each file.
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )


def loaded() -> Iterator[Path]:
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None) or ""
        if file.endswith(".py") and Path(file).is_file():
            yield Path(file)


if __name__ == "__main__":
    main()
