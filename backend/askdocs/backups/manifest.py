"""What a backup says of itself: what it holds, of when, and how to tell that nothing of it is damaged.

The manifest is written last, so that a backup without one is not complete, and never encrypted, so that
whoever holds no key can list, verify and delete backups. It names sites and counts; nothing in it is secret.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator

from askdocs.errors import Conflict, VerificationFailed

SCHEMA = 1
"""Of the manifest and of what lies beside it. A program refuses those of a later one."""

FILE = "manifest.json"

_NAME = re.compile(r"askdocs-(\d{8}T\d{6}Z)(-replaced)?")

_COLLECTION = r"^[A-Za-z0-9_-][A-Za-z0-9._-]*$"
"""Of the collections that publishes make. It names a folder that is unpacked into."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class File(_Part):
    """A file of the backup as it lies there, encrypted or not."""

    path: str
    bytes: int
    sha256: str


class Store(_Part):
    """A store of a site. `published` are the revisions whose chunks are all in the backup; `live` is one of
    them, or 0. It shows `chunks` by the database, and `points` by the vector store when that was copied."""

    site: str
    name: str
    id: str
    live: int
    published: tuple[int, ...]
    chunks: int
    points: int | None
    collection: str
    collections: tuple[str, ...]


class Database(_Part):
    """`server` and `client` are major versions of PostgreSQL and of pg_dump, 0 for SQLite."""

    kind: Literal["sqlite", "postgresql"]
    server: int
    client: int
    file: str
    migration: str
    compatible_from: str | None
    program: str | None
    rows: dict[str, int]


class Vectors(_Part):
    """`files` are by collection."""

    engine: str
    kind: Literal["embedded", "server"]
    prefix: str
    files: dict[Annotated[str, StringConstraints(pattern=_COLLECTION)], str]


class Manifest(_Part):
    """`taken_at` is the moment whose state the backup is; `seconds` is how long it took."""

    format: Literal["askdocs-backup"] = "askdocs-backup"
    schema_number: int = SCHEMA
    name: str
    taken_at: AwareDatetime
    seconds: float
    program: str
    environment: str
    recipient: str | None
    database: Database
    vectors: Vectors | None
    stores: tuple[Store, ...]
    files: tuple[File, ...]

    @model_validator(mode="after")
    def _reads_its_own_files_alone(self) -> Self:
        """What is restored is among what was verified, and nowhere else on the disk."""
        named = {self.database.file, *(self.vectors.files.values() if self.vectors else ())}
        if not named <= {file.path for file in self.files}:
            raise ValueError("it names files that are none of it")
        return self

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


def new_name(now: datetime, *, replaced: bool = False) -> str:
    return f"askdocs-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}{'-replaced' if replaced else ''}"


def is_replaced(name: str) -> bool:
    """Whether it is of what a restore was about to replace. The name says so, since it has to before there is
    a manifest, and a program that does not know this name takes it for no backup."""
    found = _NAME.fullmatch(name)
    return found is not None and found[2] is not None


def time_of(name: str) -> datetime | None:
    """When the backup of this name was begun, None if it is not the name of one."""
    found = _NAME.fullmatch(name)
    return datetime.strptime(found[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if found else None


def dump(manifest: Manifest) -> bytes:
    """With a checksum of its own as the last field."""
    fields = manifest.model_dump(mode="json")
    return json.dumps({**fields, "checksum": _checksum(fields)}, indent=2).encode() + b"\n"


def load(content: bytes, *, name: str) -> Manifest:
    """Errors: `VerificationFailed` if it is damaged, `Conflict` if it is that of a later program."""
    try:
        fields = json.loads(content)
        checksum = fields.pop("checksum", None)
        later = fields.get("format") == "askdocs-backup" and int(fields.get("schema_number", 0)) > SCHEMA
    except (ValueError, AttributeError, TypeError) as error:
        raise damaged(name, "it cannot be read") from error
    if checksum != _checksum(fields):
        raise damaged(name, "its checksum does not fit")
    if later:
        raise Conflict(
            f"The backup {name} was made by Askdocs {fields.get('program')}, in a format of later than ours.",
            fix="Restore it with that version, or a later one.",
        )
    try:
        return Manifest.model_validate(fields)
    except ValidationError as error:
        raise damaged(name, "it lacks something") from error


def describe_file(folder: Path, file: Path) -> File:
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return File(path=file.relative_to(folder).as_posix(), bytes=file.stat().st_size, sha256=digest)


def verify(folder: Path, manifest: Manifest) -> None:
    """Check that the folder holds the files of the manifest, whole, and no others.

    Errors: `VerificationFailed`, which names everything that is wrong.
    """
    expected = {file.path: file for file in manifest.files}
    present = {
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*")
        if file.is_file() or file.is_symlink()
    }
    wrong = [f"{path} is missing" for path in sorted(expected.keys() - present)]
    wrong += [f"{path} does not belong to it" for path in sorted(present - expected.keys() - {FILE})]
    for path in sorted(expected.keys() & present):
        found, file = describe_file(folder, folder / path), expected[path]
        if found.bytes != file.bytes:
            wrong.append(f"{path} has {found.bytes} bytes, not {file.bytes}")
        elif found.sha256 != file.sha256:
            wrong.append(f"{path} was changed: its checksum does not fit")
    if wrong:
        raise VerificationFailed(
            f"The backup {manifest.name} is damaged: {'; '.join(wrong)}.",
            fix="Nothing was touched. Use another backup: `askdocs backup list` shows them.",
        )


def _checksum(fields: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def damaged(name: str, reason: str) -> VerificationFailed:
    return VerificationFailed(
        f"The manifest of the backup {name} is damaged: {reason}.",
        fix="Nothing was touched. Use another backup: `askdocs backup list` shows them.",
    )
