"""Finds the files of a folder and reads them as text."""

from __future__ import annotations

import codecs
import os
import re
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from askdocs.errors import SourceError
from askdocs.sources.inputs import recorded

MAX_BYTES = 32 << 20
"""A larger file is no page that anybody reads."""

_SKIPPED = frozenset({"node_modules", "__pycache__"})
_NOT_OF_THE_WEB = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "utf-7"})
"""Encodings of Python's that fail on some bytes, or make text of them that is no Unicode."""

_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Listing:
    """Relative POSIX paths in order, and what else is there: `skipped` could not be listed; `problems` has
    a sentence for each of these and for linked folders."""

    paths: tuple[str, ...]
    problems: tuple[str, ...]
    skipped: tuple[str, ...]


def list_files(
    root: Path, suffixes: Iterable[str], *, chosen: Callable[[str], bool] = lambda path: True
) -> Listing:
    """The regular files below `root` with these suffixes that are chosen by their paths, without hidden ones.

    Linked folders are not followed, so that a loop of links ends; nor are files that a link has elsewhere.
    """
    paths, problems = [], []
    skipped: list[str] = []
    for path, kind, problem in _entries(root, *suffixes):
        if kind == "file" and not chosen(path):
            continue
        if problem:
            problems.append(f"{path}: {problem}")
        if problem and kind != "link":
            skipped.append(path)
        elif kind == "file":
            paths.append(path)
    ordered = sorted(paths, key=lambda path: path.split("/"))
    return Listing(tuple(ordered), tuple(sorted(problems)), tuple(sorted(skipped)))


@recorded
def _entries(root: Path, *suffixes: str) -> tuple[tuple[str, str, str], ...]:
    """Path, kind and problem ("" if none) of each file with one of the suffixes, of each folder that cannot
    be listed, and of each link to a folder."""
    found: list[tuple[str, str, str]] = []
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError as error:
            problem = f"the folder cannot be read ({error.strerror})."
            found.append((_relative(folder, root), "folder", problem))
            continue
        for entry in entries:
            path = Path(entry.path)
            if entry.name.startswith(".") or entry.name in _SKIPPED:
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(path)
            elif os.path.isdir(path):  # unlike DirEntry.is_dir it does not raise on a link to itself
                found.append((_relative(path, root), "link", "linked folders are not followed."))
            elif entry.name.lower().endswith(suffixes):
                found.append((_relative(path, root), "file", _unfit(entry, path, root)))
    return tuple(sorted(found))


@recorded
def names(folder: Path) -> tuple[str, ...]:
    """What is in a folder, in order; nothing if it cannot be listed."""
    try:
        return tuple(sorted(os.listdir(folder)))
    except OSError:
        return ()


@recorded
def is_file(path: Path) -> bool:
    """Unlike the method of `Path` it takes what may not be looked at for missing."""
    return os.path.isfile(path)


@recorded
def is_folder(path: Path) -> bool:
    return os.path.isdir(path)


@recorded
def exists(path: Path) -> bool:
    return os.path.exists(path)


def is_within(path: Path, root: Path) -> bool:
    """Whether the path, its links followed, stays inside `root`, which is resolved."""
    try:
        return path.resolve().is_relative_to(root)
    except (OSError, RuntimeError, ValueError):
        return False


@recorded
def read(path: Path) -> bytes:
    """Raises SourceError when the file cannot be read or is no page that anybody reads."""
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise SourceError("this is not a regular file, so it was skipped.")
            if status.st_size > MAX_BYTES:
                raise SourceError(f"the file is larger than {MAX_BYTES >> 20} MB, so it was skipped.")
            return file.read()
    except FileNotFoundError as error:
        raise SourceError("there is no such file, so the page was skipped.") from error
    except OSError as error:
        raise SourceError(f"the file cannot be read ({error.strerror}), so it was skipped.") from error


def decode(data: bytes, *, declared: str = "") -> tuple[str, str]:
    """The text, with "\\n" between lines, and how it was mended ("" if it was not).

    Bytes that are not UTF-8 are read in the encoding that they declare, if any.
    """
    mended = []
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode(declared or "utf-8", "replace")
        if not declared:
            mended.append("bytes that are not UTF-8 were replaced")
    if "\0" in text:
        text = text.replace("\0", "")
        mended.append("NUL bytes were removed")
    return text.replace("\r\n", "\n").replace("\r", "\n"), " and ".join(mended)


def declared_encoding(html: bytes) -> str:
    """The encoding other than UTF-8 that an HTML page declares; "" if none that Python knows."""
    found = _CHARSET.search(html[:1024])
    name = found[1].decode().lower() if found else "utf-8"
    try:
        "".encode(name)
        known = codecs.lookup(name).name
    except (LookupError, UnicodeError):
        return ""
    return "" if known == "utf-8" or known in _NOT_OF_THE_WEB else name


def _open_without_waiting(path: str, flags: int) -> int:
    """A named pipe would let its reader wait for a writer."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _unfit(entry: os.DirEntry[str], path: Path, root: Path) -> str:
    try:
        entry.name.encode()
        path.relative_to(root).as_posix().encode()
    except UnicodeEncodeError:
        return "the name is not UTF-8."
    if entry.is_symlink() and not is_within(path, root):
        return "the link leads out of the folder, or nowhere."
    return "" if os.path.isfile(path) else "not a regular file."


def _relative(path: Path, root: Path) -> str:
    relative = path.relative_to(root).as_posix()
    return relative.encode("utf-8", "replace").decode()
