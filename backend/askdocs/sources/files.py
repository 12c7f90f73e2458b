"""Finds the files of a folder and reads them as text."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

MAX_BYTES = 32 * 1024 * 1024
"""A larger file is no page that anybody reads."""

_SKIPPED = frozenset({"node_modules", "__pycache__"})
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Listing:
    """Relative POSIX paths in order, and one sentence for each thing that could not be listed."""

    paths: tuple[str, ...]
    problems: tuple[str, ...]


def list_files(root: Path, suffixes: Iterable[str]) -> Listing:
    """The regular files below `root` with these suffixes, without hidden ones.

    Linked folders are not followed, so that a loop of links ends; nor are files that a link has elsewhere.
    """
    endings, paths, problems = tuple(suffixes), [], []
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError as error:
            problems.append(f"{_relative(folder, root)}: the folder cannot be read ({error.strerror}).")
            continue
        for entry in entries:
            path = Path(entry.path)
            if entry.name.startswith(".") or entry.name in _SKIPPED:
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(path)
            elif entry.is_symlink() and entry.is_dir():
                problems.append(f"{_relative(path, root)}: linked folders are not followed.")
            elif entry.name.lower().endswith(endings):
                problem = _unfit(entry, path, root)
                if problem:
                    problems.append(f"{_relative(path, root)}: {problem}")
                else:
                    paths.append(_relative(path, root))
    return Listing(tuple(sorted(paths, key=lambda path: path.split("/"))), tuple(sorted(problems)))


def is_within(path: Path, root: Path) -> bool:
    """Whether the path, its links followed, stays inside `root`, which is resolved."""
    try:
        return path.resolve().is_relative_to(root)
    except (OSError, RuntimeError, ValueError):
        return False


def read_text(path: Path, *, encoding: Callable[[bytes], str | None] = lambda _: None) -> tuple[str, str]:
    """The file's text, with "\\n" between lines, and how it was mended ("" if it was not).

    Bytes that are not UTF-8 are read in the encoding that the bytes declare, if any. Raises OSError.
    """
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "not a regular file")
        if status.st_size > MAX_BYTES:
            raise OSError(0, f"larger than {MAX_BYTES // 1024 // 1024} MB")
        return decode(file.read(), encoding=encoding)


def decode(data: bytes, *, encoding: Callable[[bytes], str | None] = lambda _: None) -> tuple[str, str]:
    mended = []
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        declared = encoding(data)
        text = data.decode(declared or "utf-8", "replace")
        if not declared:
            mended.append("bytes that are not UTF-8 were replaced")
    if "\0" in text:
        text = text.replace("\0", "")
        mended.append("NUL bytes were removed")
    return text.replace("\r\n", "\n").replace("\r", "\n"), " and ".join(mended)


def declared_encoding(data: bytes) -> str | None:
    """The character encoding that an HTML page declares, if Python knows it."""
    found = _CHARSET.search(data[:1024])
    if not found:
        return None
    try:
        b"".decode(name := found[1].decode())
    except LookupError:
        return None
    return None if name.lower() in ("utf-8", "utf8") else name


def _unfit(entry: os.DirEntry[str], path: Path, root: Path) -> str:
    try:
        entry.name.encode()
        path.relative_to(root).as_posix().encode()
    except UnicodeEncodeError:
        return "the name is not UTF-8."
    if entry.is_symlink() and not is_within(path, root):
        return "the link leads out of the folder, or nowhere."
    return "" if entry.is_file() else "not a regular file."


def _relative(path: Path, root: Path) -> str:
    relative = path.relative_to(root).as_posix()
    return relative.encode("utf-8", "replace").decode()
