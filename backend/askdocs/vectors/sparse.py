"""Copies files whose holes stay holes: the engine's are mostly empty room that is mapped into memory."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_PIECE = 1 << 20
_PAGE = 1 << 16


def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder of plain files. What is copied must not change meanwhile."""
    target.mkdir(mode=0o700)
    for entry in sorted(source.iterdir()):
        if entry.is_dir():
            copy_tree(entry, target / entry.name)
        else:
            _copy(entry, target / entry.name)


def used(folder: Path) -> int:
    """Bytes that the files below `folder` take on the disk, holes not counted."""
    return sum(file.stat().st_blocks * 512 for file in folder.rglob("*") if file.is_file())


def write(content: BinaryIO, target: Path) -> None:
    """Write a stream into a new file, with a hole wherever there is nothing but zeros."""
    with target.open("xb") as file:
        while page := content.read(_PAGE):
            if page.count(0) == len(page):
                file.seek(len(page), os.SEEK_CUR)
            else:
                file.write(page)
        file.truncate()


def _copy(source: Path, target: Path) -> None:
    reading = os.open(source, os.O_RDONLY)
    try:
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            size = os.fstat(reading).st_size
            os.truncate(writing, size)
            for start, end in _data(reading, size):
                _copy_range(reading, writing, start, end)
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _data(file: int, size: int) -> Iterator[tuple[int, int]]:
    """Where the file holds data, by the file system's word."""
    end = 0
    while end < size:
        try:
            start = os.lseek(file, end, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing but a hole is left
                return
            raise
        end = os.lseek(file, start, os.SEEK_HOLE)
        yield start, end


def _copy_range(reading: int, writing: int, start: int, end: int) -> None:
    while start < end:
        piece = os.pread(reading, min(_PIECE, end - start), start)
        if not piece:
            return
        os.pwrite(writing, piece, start)
        start += len(piece)
