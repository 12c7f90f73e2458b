"""The embedded engine's shards on disk: one directory per collection, all under one that a process locks.

Two traits of the engine (qdrant-edge-py 0.9) shape this. A write that meets a full disk kills the process
(SIGBUS on a mapped page), and so does opening a shard: free space is checked before both. And half a shard
cannot be loaded: a new one is built aside and renamed into place.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import qdrant_edge as edge

from askdocs.errors import AskdocsError, DiskFull, ShardLocked, VectorStoreRefused, VectorStoreUnavailable
from askdocs.vectors import sparse

ROOM = 128 * 2**20
"""Bytes that must be free before the engine may write, or open a shard: 49 MB were too few for that."""

INDEXES: Mapping[str, edge.PayloadSchemaParams] = {
    "store_id": edge.KeywordIndexParams(is_tenant=True),
    "path": edge.KeywordIndexParams(),
    "version": edge.KeywordIndexParams(),
    "locale": edge.KeywordIndexParams(),
    "from_rev": edge.IntegerIndexParams(lookup=True, range=True),
    "to_rev": edge.IntegerIndexParams(lookup=True, range=True),
}

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}")


class Shards:
    """What is below `directory`, made and locked on first use. Not safe for several threads at once."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock: int | None = None
        self._open: dict[str, edge.EdgeShard] = {}

    def own(self) -> None:
        """Become the one process that uses the directory, and clear away what a killed one left half done."""
        if self._lock is not None:
            return
        for folder in (self._directory.parent, self._directory):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self._directory / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise self._locked() from None
        self._lock = lock
        for leftover in self._directory.glob(".new-*"):
            shutil.rmtree(leftover)

    def check(self) -> None:
        """Raises what a write would raise before it begins."""
        self.own()
        self.require_room()

    def exists(self, collection: str) -> bool:
        self.own()
        return self._path(collection).is_dir()

    def create(self, collection: str, dimensions: int) -> None:
        self.own()
        self.require_room()
        aside = self._directory / f".new-{collection}"
        shutil.rmtree(aside, ignore_errors=True)
        config = edge.EdgeConfig(
            vectors={"dense": edge.EdgeVectorParams(size=dimensions, distance=edge.Distance.Cosine)},
            sparse_vectors={"sparse": edge.EdgeSparseVectorParams()},
            # To hand its few segments to other threads costs a search more than it saves: 2.1 ms of CPU, not
            # 1.8, at 700 chunks, 14.1, not 13.8, at 50,000; and by the clock it is no faster.
            max_search_threads=1,
        )
        shard = edge.EdgeShard.create(str(aside), config)
        for field, index in INDEXES.items():
            shard.update(edge.UpdateOperation.create_field_index(field, index))
        shard.close()
        aside.rename(self._path(collection))

    def get(self, collection: str) -> edge.EdgeShard:
        """The collection's shard, opened if it is not yet: 0.1 s with 10,000 chunks, 0.5 s with 100,000."""
        shard = self._open.get(collection)
        if shard is None:
            if not self.exists(collection):
                raise VectorStoreUnavailable(
                    f"The vector store has no collection {collection!r}.",
                    fix="Build the index: run `askdocs index`.",
                )
            self.require_room()
            shard = self._open[collection] = edge.EdgeShard.load(str(self._path(collection)))
        return shard

    def copy(self, collection: str, folder: Path) -> Path:
        """Copy the collection into `folder`, as it is now.

        Nothing writes meanwhile, since all calls come from one thread, and what was written before lies in
        the files that are read: of 120 copies made between random writes, each held every point.
        """
        if collection in self._open:
            self._open[collection].flush()
        path = self._path(collection)
        needed = sparse.used(path) + ROOM
        free = shutil.disk_usage(folder).free
        if free < needed:
            raise DiskFull(
                f"The disk of {folder} has {free // 2**20} MB left; a copy of {collection} needs "
                f"{needed // 2**20} MB.",
                fix="Free some space and try again.",
            )
        copied = folder / collection
        sparse.copy_tree(path, copied)
        return copied

    def adopt(self, collection: str, copied: Path) -> None:
        """Make the collection what `copied` holds, which must be a folder on the same disk and is moved."""
        self.drop(collection)
        copied.rename(self._path(collection))

    def drop(self, collection: str) -> None:
        """Delete the collection, if there is one."""
        self.own()
        path, former = self._path(collection), self._directory / f".new-former-{collection}"
        if collection in self._open:
            self._open.pop(collection).close()
        if path.exists():
            path.rename(former)
            shutil.rmtree(former)

    def require_room(self) -> None:
        """To be called before every write."""
        free = shutil.disk_usage(self._directory).free
        if free < ROOM:
            raise DiskFull(
                f"The disk of {self._directory} has {free // 2**20} MB left; the vector store stops at "
                f"{ROOM // 2**20} MB, to lose nothing.",
                fix="Free some space and try again.",
            )

    def release(self) -> None:
        """Close every shard and let another process in."""
        try:
            while self._open:
                self._open.popitem()[1].close()
        finally:
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn what the engine and the file system raise within the block into our errors."""
        try:
            yield
        except AskdocsError:
            raise
        except Exception as error:  # the engine raises bare Exception for everything
            raise self._converted(error) from error
        except BaseException as error:
            # A damaged file makes the engine panic. That arrives as a BaseException, which nobody catches.
            if type(error).__name__ != "PanicException":
                raise
            raise self._failed(str(error)) from error

    def _path(self, collection: str) -> Path:
        if not _NAME.fullmatch(collection):
            raise VectorStoreRefused(f"{collection!r} cannot be the name of a collection.")
        return self._directory / collection

    def _locked(self) -> ShardLocked:
        return ShardLocked(
            f"Another process is using the vector store in {self._directory}.",
            fix="A server is probably running: stop it, or let it do the work.",
        )

    def _converted(self, error: Exception) -> AskdocsError:
        text = str(error)
        if "WouldBlock" in text:
            return self._locked()
        if re.search(r"No space left|os error 28|StorageFull|Disk quota|File too large", text):
            return DiskFull(f"The disk of {self._directory} is full.", fix="Free some space and try again.")
        if isinstance(error, ValueError) or "dimension" in text or "Not existing vector" in text:
            return VectorStoreRefused(f"The vector store refused a request: {text}")
        if isinstance(error, OSError):
            return VectorStoreUnavailable(
                f"The vector store in {self._directory} cannot be used: {text}",
                fix="Check that it is a directory that this user may write to, on a disk that works.",
            )
        return self._failed(text)

    def _failed(self, text: str) -> VectorStoreUnavailable:
        return VectorStoreUnavailable(
            f"The vector store in {self._directory} failed: {text}",
            fix="If this repeats, its files are damaged: restore them, or move them away and index again.",
        )
