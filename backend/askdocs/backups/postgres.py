"""PostgreSQL's own tools: the right version of them, a dump of one state, a restore as one transaction."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from askdocs.backups.sealing import disk_full
from askdocs.db.copies import Target
from askdocs.errors import AskdocsError, Unavailable

_DEBIAN = Path("/usr/lib/postgresql")
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
_PIECE = 1 << 20
_LOCKS_WITHIN = 60
"""Seconds for transactions that use the old tables to end: as long as the server lets one stand idle."""


@dataclass(frozen=True, slots=True)
class Tools:
    """A folder with pg_dump, pg_restore and psql of one major version."""

    folder: Path
    version: int

    def path(self, name: str) -> str:
        return str(self.folder / name)


def find_tools(*, at_least: int) -> Tools:
    """The oldest that will do, of those on the path and of Debian's. Raises `Unavailable`.

    pg_dump refuses a server that is newer than itself, and pg_restore a dump of a newer pg_dump.
    """
    found = sorted(_installed(), key=lambda tools: tools.version)
    for tools in found:
        if tools.version >= at_least:
            return tools
    newest = f"pg_dump {found[-1].version} is the newest here" if found else "pg_dump is not installed"
    raise Unavailable(
        f"PostgreSQL {at_least} needs pg_dump {at_least} or newer; {newest}.",
        fix=f"Install postgresql-client-{at_least}; if your system has none, from https://apt.postgresql.org.",
    )


def dump(tools: Tools, target: Target, *, snapshot: str, into: BinaryIO, folder: Path) -> None:
    """Write the tables as they are in the snapshot, in pg_dump's custom format, to a file or a pipe that ends
    in `folder`. Raises `AskdocsError`, `DiskFull`."""
    options = ["--format=custom", "--compress=1", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
    named = [f"--table={table}" for table in target.tables]
    with _address(target) as address, tempfile.TemporaryFile() as said:
        command = [tools.path("pg_dump"), *options, *named, f"--dbname={address}"]
        done = subprocess.run(command, stdout=into, stderr=said, check=False)  # noqa: S603  no shell
        if done.returncode:
            raise _failed("pg_dump", said, folder)


def restore(tools: Tools, target: Target, archive: Path, *, drop: Sequence[str]) -> None:
    """Drop tables and make those of the archive, all in one transaction. Raises `AskdocsError`.

    The transaction's end is ours to send, after pg_restore has ended well: whatever is killed before, the
    server takes everything back.
    """
    script = [tools.path("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(archive)]
    begin = ["BEGIN;", f"SET LOCAL lock_timeout = '{_LOCKS_WITHIN}s';"]
    begin += [f"DROP TABLE IF EXISTS {table} CASCADE;" for table in drop]
    with _address(target) as address, tempfile.TemporaryFile() as said:
        client = [
            tools.path("psql"),
            "--no-psqlrc",
            "--quiet",
            "--set=ON_ERROR_STOP=1",
            f"--dbname={address}",
        ]
        with (
            subprocess.Popen(script, stdout=subprocess.PIPE, stderr=said) as reader,  # noqa: S603  no shell
            subprocess.Popen(  # noqa: S603  no shell
                client, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said
            ) as writer,
        ):
            try:
                _relay(reader, writer, "\n".join(begin) + "\n")
            except BaseException:
                reader.kill()
                writer.kill()
                raise
        if writer.returncode or reader.returncode:
            raise _failed("The restore", said, archive.parent)


def _relay(reader: subprocess.Popen[bytes], writer: subprocess.Popen[bytes], begin: str) -> None:
    assert reader.stdout is not None  # noqa: S101  it was asked for
    assert writer.stdin is not None  # noqa: S101  it was asked for
    try:
        writer.stdin.write(begin.encode())
        shutil.copyfileobj(reader.stdout, writer.stdin, _PIECE)
        if reader.wait() == 0:
            writer.stdin.write(b"COMMIT;\n")
        writer.stdin.close()
    except BrokenPipeError:
        reader.kill()  # psql has given up, and says why
    writer.wait()


def _installed() -> Iterator[Tools]:
    folders = [Path(folder) for folder in os.get_exec_path()]
    folders += sorted(_DEBIAN.glob("*/bin"))
    for folder in dict.fromkeys(folders):
        program = folder / "pg_dump"
        if os.access(program, os.X_OK):
            said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603  no shell
            if version := _VERSION.search(said.stdout):
                yield Tools(folder, int(version[1]))


@contextmanager
def _address(target: Target) -> Iterator[str]:
    """Where the target is, as the tools take it. A password stands in a file that only we can read."""
    if target.password is None:
        yield target.dsn
        return
    with tempfile.TemporaryDirectory(prefix="askdocs-") as folder:
        file = Path(folder) / "password"
        file.touch(mode=0o600)
        escaped = target.password.replace("\\", "\\\\").replace(":", "\\:")
        file.write_text(f"*:*:*:*:{escaped}\n")
        yield f"{target.dsn} passfile='{file}'"


def _failed(what: str, said: BinaryIO, folder: Path) -> AskdocsError:
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines()
    telling = [line for line in lines if "error" in line.lower() or "fatal" in line.lower()] or lines
    reason = re.sub(r"^(pg_dump|pg_restore|psql): ", "", telling[0] if telling else "it said nothing")
    if "No space left" in reason or "File too large" in reason:
        return disk_full(folder)
    return AskdocsError(f"{what} failed: {reason}")
