"""A server that is told to stop does, whoever does not read and whatever does not answer."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import services
from tests.fakes import gemini
from tests.served import KEY

GRACE = 1
STREAMS = 50
CHAT = f"/api/v1/sites/{KEY}/chat"
ENDS_WITHIN = 60
"""Seconds. Any of these needs far less: grace and five more; without a bound it is for ever."""


class Program:
    """A server in a process of its own, and what it says at the end."""

    def __init__(self, home: Path, **environment: str) -> None:
        grace = {
            "ASKDOCS_ENV": "test",
            "ASKDOCS_HOME": str(home),
            "ASKDOCS_SERVER__SHUTDOWN_GRACE": str(GRACE),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from askdocs.cli import main; main()", "serve", "--port", "0"],
            env={**os.environ, **grace, **environment},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        self.url = self.process.stderr.readline().split()[3]

    def until_ready(self) -> None:
        services.wait_for(self._is_ready)

    def stop(self) -> tuple[int, str]:
        """The exit code and the log."""
        self.process.send_signal(signal.SIGTERM)
        _, said = self.process.communicate(timeout=ENDS_WITHIN)
        return self.process.returncode, said

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/ready", trust_env=False).is_success
        except httpx.TransportError:
            return False


@pytest.fixture
def programs() -> Iterator[list[Program]]:
    """Those that a test started, to be ended whatever happens."""
    started: list[Program] = []
    yield started
    for program in started:
        program.process.kill()
        program.process.communicate()


@pytest.fixture
def model() -> Iterator[str]:
    """The address of a Gemini in a process of its own."""
    command = [sys.executable, "-m", "tests.fakes.gemini", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


def asking(reply: Mapping[str, Any], model: str, home: Path, programs: list[Program], **more: str) -> Program:
    """A server whose model will answer with this."""
    httpx.post(f"{model}/_script", json=reply, trust_env=False)
    environment = {
        "GEMINI_API_KEY": gemini.API_KEY,
        "GEMINI_BASE_URL": model,
        "ASKDOCS_ANSWERS__MIN_CONFIDENCE": "0",
        **more,
    }
    docs = home.parent / "docs"
    docs.mkdir()
    (docs / "cache.md").write_text("# Cache\n\nAnswers are kept for an hour.")
    subprocess.run(
        [sys.executable, "-c", "from askdocs.cli import main; main()", "index", str(docs)],
        env={**os.environ, **environment, "ASKDOCS_ENV": "test", "ASKDOCS_HOME": str(home)},
        check=True,
        capture_output=True,
    )
    program = Program(home, **environment)
    programs.append(program)
    program.until_ready()
    return program


def test_reader_who_never_reads_does_not_keep_the_server(
    model: str, tmp_path: Path, programs: list[Program]
) -> None:
    flood = {"text": "word " * 2_000_000, "chunk": 10_000, "then": "hang", "after": 10_000}
    program = asking(flood, model, tmp_path / "home", programs)
    body = json.dumps({"question": "How long are answers kept?"}).encode()
    head = f"POST {CHAT} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    host, port = program.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as reader:
        reader.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        assert reader.recv(1, socket.MSG_PEEK)
        code, said = program.stop()

    assert (code, "Traceback" in said, "stopped_by_force" in said) == (0, False, False)


def test_model_that_never_answers_does_not_keep_the_server(
    model: str, tmp_path: Path, programs: list[Program]
) -> None:
    program = asking({"wait": 3600}, model, tmp_path / "home", programs)
    with httpx.stream(
        "POST", program.url + CHAT, json={"question": "How long are answers kept?"}, trust_env=False
    ) as response:
        code, said = program.stop()
        heard = response.read()

    assert (code, "Traceback" in said, "stopped_by_force" in said) == (0, False, False)
    assert heard.endswith(b"data: [DONE]\n\n")


def test_many_open_streams_are_ended_by_an_event(model: str, tmp_path: Path, programs: list[Program]) -> None:
    program = asking({"wait": 3600, "times": None}, model, tmp_path / "home", programs)
    with ThreadPoolExecutor(STREAMS) as readers:
        asked = [readers.submit(ask, program.url) for _ in range(STREAMS)]
        services.wait_for(lambda: active_streams(program.url) == STREAMS)
        begun = time.monotonic()
        code, said = program.stop()
        took = time.monotonic() - begun

    assert (code, "Traceback" in said, "stopped_by_force" in said) == (0, False, False)
    assert took < GRACE + 5
    assert [b'"type":"error"' in stream.result() for stream in asked] == [True] * STREAMS
    assert [stream.result().endswith(b"data: [DONE]\n\n") for stream in asked] == [True] * STREAMS


def ask(url: str) -> bytes:
    question = {"question": "How long are answers kept?"}
    return httpx.post(url + CHAT, json=question, timeout=ENDS_WITHIN, trust_env=False).content


def active_streams(url: str) -> float:
    lines = httpx.get(f"{url}/metrics", trust_env=False).text.splitlines()
    return next((float(line.split()[-1]) for line in lines if line.startswith("active_sessions ")), 0)


@pytest.fixture
def frozen(postgres: services.Server) -> Iterator[services.Server]:
    """A pooler of the test's own, which the test makes stand still."""
    with services.pgbouncer(postgres) as bouncer:
        yield bouncer
        assert bouncer.process is not None
        bouncer.process.send_signal(signal.SIGCONT)


def test_database_that_never_answers_does_not_keep_the_server(
    frozen: services.Server, postgres_url: str, tmp_path: Path, programs: list[Program]
) -> None:
    url = services.at(frozen.url, postgres_url.rpartition("/")[2])
    program = Program(tmp_path / "home", DATABASE_URL=url)
    programs.append(program)
    program.until_ready()
    assert frozen.process is not None
    frozen.process.send_signal(signal.SIGSTOP)
    with pytest.raises(httpx.TimeoutException):
        httpx.post(program.url + CHAT, json={"question": "How?"}, timeout=1, trust_env=False)
    code, said = program.stop()

    assert (code, "Traceback" in said, "stopped_by_force" in said) == (0, False, False)


def test_reader_is_told_although_the_database_never_answers(
    frozen: services.Server, postgres_url: str, model: str, tmp_path: Path, programs: list[Program]
) -> None:
    url = services.at(frozen.url, postgres_url.rpartition("/")[2])
    settings = {"DATABASE_URL": url, "ASKDOCS_SERVER__SHUTDOWN_PATIENCE": "0.5"}
    program = asking({"wait": 3600}, model, tmp_path / "home", programs, **settings)
    with ThreadPoolExecutor(1) as readers:
        asked = readers.submit(ask, program.url)
        services.wait_for(lambda: active_streams(program.url) == 1)
        assert frozen.process is not None
        frozen.process.send_signal(signal.SIGSTOP)
        code, said = program.stop()

    assert (code, "Traceback" in said, "stopped_by_force" in said) == (1, False, True)
    assert b'"type":"error"' in asked.result()


def is_connected_to(port: int) -> bool:
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(remote.endswith(f":{port:04X}") and state == "01" for _, _, remote, state, *_ in rows)


def test_database_that_never_answers_does_not_keep_a_server_that_starts(
    frozen: services.Server, postgres_url: str, tmp_path: Path, programs: list[Program]
) -> None:
    url = services.at(frozen.url, postgres_url.rpartition("/")[2])
    assert frozen.process is not None
    frozen.process.send_signal(signal.SIGSTOP)
    program = Program(tmp_path / "home", DATABASE_URL=url, ASKDOCS_DATABASE__CONNECT_TIMEOUT="3600")
    programs.append(program)
    services.wait_for(lambda: is_connected_to(frozen.port))
    code, said = program.stop()

    assert (code, "Traceback" in said, "stopped_by_force" in said) == (1, False, True)
