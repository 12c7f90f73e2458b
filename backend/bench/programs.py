"""Programs under measurement: each a process of its own on a loopback port, whose CPU and memory are read."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it ships no types

from tests.services import free_port

BACKEND = Path(__file__).parents[1]

_READY_WITHIN = 60.0
_POLL = 0.002
_GRACE = 15.0
_ASKDOCS = ("-c", "from askdocs.cli import main; main()")
_TESTING = {"ASKDOCS_ENV": "test", "ASKDOCS_LOG_LEVEL": "info"}
"""Few settings of its own, but a line in the log for each request as in production."""


class ProgramFailed(Exception):
    """A program did not start; the message holds the end of what it said."""


@dataclass(frozen=True, slots=True)
class Program:
    """A running program. `started_in` is the seconds from its start to its first answer."""

    port: int
    process: psutil.Process
    started_in: float

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu(self) -> float:
        """Seconds of CPU so far, of all its threads."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def megabytes(self) -> float:
        """Resident memory."""
        return float(self.process.memory_info().rss) / 2**20


@contextmanager
def running(
    arguments: Sequence[str],
    *,
    log: Path,
    ready: str = "/",
    environment: Mapping[str, str] | None = None,
) -> Iterator[Program]:
    """Run `python <arguments> --port N` until the block ends, which begins when `ready` is answered."""
    port = free_port()
    command = [sys.executable, *arguments, "--port", str(port)]
    with log.open("ab") as output:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=BACKEND,
            env=os.environ | dict(environment or {}),
        )
    try:
        _wait(process, port, ready, log)
        yield Program(port, psutil.Process(process.pid), time.perf_counter() - begun)
    finally:
        process.terminate()
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, path: str, log: Path) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    while True:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_READY_WITHIN)
            try:
                connection.request("GET", path)
                connection.getresponse().read()
            finally:
                connection.close()
            return
        if process.poll() is not None or time.monotonic() > deadline:
            raise ProgramFailed(f"{process.args!r}: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(_POLL)


@contextmanager
def serving(home: Path, environment: Mapping[str, str] | None = None) -> Iterator[Program]:
    """Run `askdocs serve` on that home folder, as an operator would."""
    settings = {**_TESTING, "ASKDOCS_HOME": str(home), **(environment or {})}
    command = (*_ASKDOCS, "serve")
    with running(command, log=home / "serve.log", ready="/health/live", environment=settings) as program:
        yield program


def upgrade(home: Path, environment: Mapping[str, str] | None = None) -> None:
    """Run `askdocs db upgrade` to the end."""
    _run(("db", "upgrade"), home, environment)


def index(home: Path, source: Path, environment: Mapping[str, str] | None = None) -> None:
    """Run `askdocs index` on that home folder to the end."""
    _run(("index", str(source), "--site", "docs", "--json"), home, environment)


def _run(arguments: Sequence[str], home: Path, environment: Mapping[str, str] | None) -> None:
    settings = {**_TESTING, "ASKDOCS_HOME": str(home), **(environment or {})}
    command = [sys.executable, *_ASKDOCS, *arguments]
    done = subprocess.run(command, cwd=BACKEND, env=os.environ | settings, capture_output=True, check=False)
    if done.returncode:
        raise ProgramFailed(f"askdocs {arguments[0]}: {done.stderr.decode(errors='replace')[-2000:]}")
