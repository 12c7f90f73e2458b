"""Writes and reads the files of a backup: compressed, and encrypted by `age` for whoever holds the key."""

from __future__ import annotations

import errno
import gzip
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from askdocs.errors import AskdocsError, DiskFull, InputError, Unavailable, VerificationFailed

ENDING = ".age"

_LEVEL = 1
"""Of gzip: texts shrink to a third, vectors hardly at all, and higher levels take twice the time for 3 %."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def require_age() -> str:
    """The program. Raises `Unavailable`."""
    program = shutil.which("age")
    if program is None:
        raise Unavailable(
            "Encrypted backups need age, which is not installed.", fix="On Debian: apt-get install age"
        )
    return program


@contextmanager
def writing(path: Path, *, recipient: str | None, compress: bool = True) -> Iterator[BinaryIO]:
    """A new file to write into; its descriptor may be handed to a program if it is not compressed here.

    Errors: `DiskFull`, `AskdocsError`.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with full_disks(path.parent), path.open("xb") as file:
        path.chmod(0o600)
        if recipient is None:
            with _compressing(file, compress) as content:
                yield content
        else:
            with _encrypting(file, recipient) as sealed, _compressing(sealed, compress) as content:
                yield content


@contextmanager
def reading(path: Path, *, identity: Path | None, compressed: bool = True) -> Iterator[BinaryIO]:
    """What was written. Errors: `InputError` without the right key, `VerificationFailed` for damage."""
    if path.suffix == ENDING:
        with _decrypting(path, identity) as opened, _decompressing(opened, path, compressed) as content:
            yield content
    else:
        with path.open("rb") as file, _decompressing(file, path, compressed) as content:
            yield content


@contextmanager
def full_disks(folder: Path) -> Iterator[None]:
    """Say which disk is full."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise disk_full(folder) from error


def disk_full(folder: Path) -> DiskFull:
    return DiskFull(
        f"There is no room left in {folder}.", fix="Free some space, or choose another place by --to."
    )


@contextmanager
def _compressing(file: BinaryIO, compress: bool) -> Iterator[BinaryIO]:
    if not compress:
        yield file
        return
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=_LEVEL, filename="", mtime=0) as content:
        yield cast("BinaryIO", content)


@contextmanager
def _decompressing(file: BinaryIO, path: Path, compressed: bool) -> Iterator[BinaryIO]:
    if not compressed:
        yield file
        return
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as content:
            yield cast("BinaryIO", content)
    except (EOFError, gzip.BadGzipFile) as error:
        raise VerificationFailed(f"{path.name} cannot be decompressed: {error}.") from error


@contextmanager
def _encrypting(file: BinaryIO, recipient: str) -> Iterator[BinaryIO]:
    """What is written goes through age into the file."""
    with tempfile.TemporaryFile() as said:
        command = [require_age(), "--encrypt", "--recipient", recipient]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=file, stderr=said) as age:  # noqa: S603  no shell, and a key is no option
            assert age.stdin is not None  # noqa: S101  it was asked for
            try:
                yield cast("BinaryIO", age.stdin)
                age.stdin.close()
            except BrokenPipeError:
                pass  # age has given up, and says why
            except BaseException:
                age.kill()
                raise
            age.wait()
        if age.returncode:
            raise _failed(said, Path(str(file.name)))


@contextmanager
def _decrypting(path: Path, identity: Path | None) -> Iterator[BinaryIO]:
    if identity is None:
        raise InputError("The backup is encrypted.", fix="Name the file of the secret key: --identity FILE")
    with tempfile.TemporaryFile() as said:
        command = [require_age(), "--decrypt", "--identity", str(identity), str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said) as age:  # noqa: S603  no shell, our own arguments
            assert age.stdout is not None  # noqa: S101  it was asked for
            try:
                yield cast("BinaryIO", age.stdout)
            except (EOFError, gzip.BadGzipFile, VerificationFailed):
                # What it gave up to write cannot be read as what it should be.
                if age.wait() == 0:
                    raise
            except BaseException:
                age.kill()
                raise
            else:
                age.stdout.read()
                age.wait()
        if age.returncode:
            raise _failed(said, path)


def _failed(said: BinaryIO, path: Path) -> AskdocsError:
    said.seek(0)
    reason = said.read().decode(errors="replace").strip().partition("\n")[0].removeprefix("age: error: ")
    if "no space left" in reason or "file too large" in reason or "quota" in reason:
        return disk_full(path.parent)
    if "no identity matched" in reason or "identity" in reason:
        return InputError(
            f"{path.name} was not encrypted for this key: {reason}.",
            fix="The manifest names the public key: use the secret key that belongs to it.",
        )
    return AskdocsError(f"age failed on {path.name}: {reason}.")
