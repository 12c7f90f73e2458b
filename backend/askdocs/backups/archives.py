"""Folders and single files as one stream, and back."""

from __future__ import annotations

import tarfile
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from askdocs.errors import VerificationFailed
from askdocs.vectors import sparse


def pack(source: Path, content: BinaryIO) -> None:
    """Write a folder, without its own name, or a single file."""
    with tarfile.open(fileobj=content, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for file in sorted(source.rglob("*")) if source.is_dir() else [source]:
            archive.add(
                file,
                arcname=str(file.relative_to(source if source.is_dir() else source.parent)),
                recursive=False,
            )


def unpack(content: BinaryIO, target: Path) -> None:
    """Read what was packed into `target`, which is made. Zeros become holes.

    Raises `VerificationFailed` for what `pack` does not write: a name outside of the folder, a link,
    a name twice.
    """
    target.mkdir(mode=0o700)
    try:
        with tarfile.open(fileobj=content, mode="r|") as archive:
            for member in archive:
                name = PurePosixPath(member.name)
                if name.is_absolute() or ".." in name.parts or not (member.isfile() or member.isdir()):
                    raise VerificationFailed(f"{member.name} is nothing that a backup holds.")
                if member.isdir():
                    (target / name).mkdir(mode=0o700)
                else:
                    sparse.write(cast("BinaryIO", archive.extractfile(member)), target / name)
    except FileExistsError as error:
        raise VerificationFailed(
            f"{Path(error.filename).name} is in an archive of the backup twice."
        ) from error
    except tarfile.TarError as error:
        raise VerificationFailed(f"An archive in the backup cannot be read: {error}.") from error
