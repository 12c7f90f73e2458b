"""Backups in a bucket of Google Cloud Storage, by the `gcloud` that is logged in on this machine.

Objects come one after the other and the manifest last, so that a backup without one is not complete.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from askdocs.backups import manifest, work
from askdocs.backups.manifest import FILE, Manifest
from askdocs.backups.places import Listing, missing, read_manifest
from askdocs.errors import AskdocsError, InputError, Unavailable, VerificationFailed

_UPLOAD, _DOWNLOAD = ".upload", ".download"

_UPLOADS_WITHIN = timedelta(days=1)
"""After this, objects without a manifest are what an interrupted upload left, not one that goes on."""


class Bucket:
    """`location` is gs://BUCKET or gs://BUCKET/PATH; what is on its way lies in the folder `home`."""

    def __init__(self, location: str, *, home: Path) -> None:
        self._location = location.rstrip("/")
        self._home = home
        if not location.removeprefix("gs://").partition("/")[0]:
            raise InputError(f"{location} names no bucket.", fix="Write gs://BUCKET/PATH.")

    @property
    def name(self) -> str:
        return self._location

    def room(self) -> None:
        """A bucket grows."""
        return

    def has(self, name: str) -> bool:
        return bool(self._objects(name))

    @contextmanager
    def receiving(self, name: str) -> Iterator[Path]:
        with work.folder(self._home, _UPLOAD) as aside:
            self._remove_leftovers(but=name)
            folder = aside / name
            folder.mkdir()
            yield folder
            self._upload(folder, name)

    def listing(self) -> Listing:
        names = sorted({name for name, file in self._objects() if file == FILE}, reverse=True)
        found = Listing()
        for name, content in zip(names, self._manifests(names), strict=True):
            try:
                found.complete.append(manifest.load(content, name=name))
            except AskdocsError as error:
                found.unreadable[name] = str(error)
        return found

    def manifest(self, name: str) -> Manifest:
        if (name, FILE) not in self._objects(name):
            raise missing(name, self.name)
        (content,) = self._manifests([name])
        return manifest.load(content, name=name)

    @contextmanager
    def files(self, name: str) -> Iterator[Path]:
        if (name, FILE) not in self._objects(name):
            raise missing(name, self.name)
        with work.folder(self._home, _DOWNLOAD) as aside:
            _gcloud("cp", "--recursive", f"{self._location}/{name}", str(aside))
            read_manifest(aside / name, name)
            yield aside / name

    def remove(self, name: str) -> None:
        """The manifest first, so that a backup that is half gone is none."""
        objects = self._objects(name)
        if (name, FILE) in objects:
            _gcloud("rm", f"{self._location}/{name}/{FILE}")
        if objects != {(name, FILE)}:
            _gcloud("rm", "--recursive", f"{self._location}/{name}/")

    def _upload(self, folder: Path, name: str) -> None:
        """The files, compared by checksum with what has come; then the manifest."""
        target = f"{self._location}/{name}"
        files = [file for file in sorted(folder.rglob("*")) if file.is_file() and file != folder / FILE]
        for parent in sorted({file.parent for file in files}):
            inside = "" if parent == folder else f"/{parent.relative_to(folder).as_posix()}"
            sources = [str(file) for file in files if file.parent == parent]
            _gcloud("cp", *sources, f"{target}{inside}/")
        self._require_same(files, folder, target)
        _gcloud("cp", str(folder / FILE), f"{target}/{FILE}")
        if _gcloud("cat", f"{target}/{FILE}") != (folder / FILE).read_text():
            raise _changed(f"{target}/{FILE}")

    def _require_same(self, files: Sequence[Path], folder: Path, target: str) -> None:
        hashed = json.loads(_gcloud("hash", *map(str, files), "--skip-md5", "--format=json"))
        there = {found["storage_url"].partition("#")[0]: found for found in _listed(f"{target}/**")}
        for file, local in zip(files, hashed, strict=True):
            url = f"{target}/{file.relative_to(folder).as_posix()}"
            if there.get(url, {}).get("crc32c_hash") != local["crc32c_hash"]:
                raise _changed(url)

    def _remove_leftovers(self, *, but: str) -> None:
        objects = self._objects()
        complete = {name for name, file in objects if file == FILE}
        for name in sorted({name for name, _ in objects} - complete - {but}):
            begun = manifest.time_of(name)
            if begun is not None and datetime.now(UTC) - begun > _UPLOADS_WITHIN:
                self.remove(name)

    def _objects(self, name: str = "") -> set[tuple[str, str]]:
        """Backup and path in it, of all objects whose backup has a name of ours."""
        prefix = f"{self._location}/"
        found = set()
        for one in _listed(f"{prefix}{name or 'askdocs-*'}/**"):
            url = one["storage_url"].partition("#")[0]
            backup, _, file = url.removeprefix(prefix).partition("/")
            if manifest.time_of(backup) is not None:
                found.add((backup, file))
        return found

    def _manifests(self, names: Sequence[str]) -> list[bytes]:
        """One call for all, since each takes more than a second."""
        if not names:
            return []
        said = _gcloud("cat", *(f"{self._location}/{name}/{FILE}" for name in names))
        return _split(said, len(names))


def _split(text: str, documents: int) -> list[bytes]:
    """JSON documents that follow one another. What cannot be told apart is as good as damaged."""
    decoder, found, position = json.JSONDecoder(), [], 0
    for _ in range(documents):
        try:
            _, end = decoder.raw_decode(text, position)
        except ValueError:
            end = len(text)
        found.append(text[position:end].encode())
        position = end + len(text[end:]) - len(text[end:].lstrip())
    return found


def _listed(pattern: str) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = json.loads(_gcloud("objects", "list", pattern, "--format=json") or "[]")
    except _NothingThere:
        return []
    return found


def _changed(url: str) -> VerificationFailed:
    return VerificationFailed(
        f"{url} is not what was uploaded.", fix="Run the backup again; this one is not complete."
    )


class _NothingThere(Exception):
    """No object has such a name."""


def _gcloud(*arguments: str) -> str:
    program = shutil.which("gcloud")
    if program is None:
        raise Unavailable(
            "Backups in a bucket need gcloud, which is not installed.",
            fix="Install it from https://cloud.google.com/sdk, or choose a folder by --to.",
        )
    command = [program, "storage", *arguments, "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  no shell
    if done.returncode == 0:
        return done.stdout
    lines = [line for line in done.stderr.strip().splitlines() if "ERROR" in line] or done.stderr.splitlines()
    reason = lines[-1].removeprefix("ERROR: ").partition(") ")[2] or lines[-1] if lines else "it said nothing"
    if "matched no objects" in reason or "did not match" in reason:
        raise _NothingThere
    raise Unavailable(
        f"gcloud storage {arguments[0]} failed: {reason}",
        fix="Check the name of the bucket, and that `gcloud auth list` shows an account that may use it.",
    )
