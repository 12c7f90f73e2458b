"""The command as a process of its own: how it stops, what it leaves, what others find of it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import structlog

from askdocs.control import lock
from askdocs.errors import ShardLocked
from tests import services
from tests.commands import Command
from tests.processes import BACKGROUND, FOREGROUND, Start, announcement, command_line, end


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopped_publish_says_so_and_the_next_one_need_not_wait(
    start: Start, slow_docs: Path, tmp_path: Path, how: signal.Signals
) -> None:
    publish = start("index", str(slow_docs))
    while not list((tmp_path / "home").glob("qdrant/askdocs_*")):
        assert publish.poll() is None
    publish.send_signal(how)

    stopped = end(publish)
    for page in slow_docs.glob("page*.md"):
        page.unlink()
    again = end(start("index", str(slow_docs)))

    assert (stopped.code, stopped.err, stopped.out) == (130, "Stopped.\n", "")
    assert (again.code, "1 added" in again.out) == (0, True)


@pytest.mark.parametrize(
    ("how", "place"),
    [
        (signal.SIGINT, FOREGROUND),
        (signal.SIGTERM, FOREGROUND),
        (signal.SIGTERM, BACKGROUND),
    ],
)
def test_command_that_is_stopped_while_it_loads_says_so(how: signal.Signals, place: str) -> None:
    script = (
        "import os, sys, types\n"
        "class Stop:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == 'askdocs.cli.commands': os.kill(os.getpid(), {how.value})\n"
        "sys.meta_path.insert(0, Stop())\n"
        "from askdocs.cli import main; main()"
    )
    command = command_line("version", place=place, script=script)
    loading = subprocess.run(command, check=False, capture_output=True, text=True)

    assert (loading.returncode, loading.stderr) == (130, "Stopped.\n")


def test_background_job_is_stopped_by_sigterm_alone(start: Start, slow_docs: Path, tmp_path: Path) -> None:
    publish = start("index", str(slow_docs), place=BACKGROUND)
    while not list((tmp_path / "home").glob("qdrant/askdocs_*")):
        assert publish.poll() is None
    publish.send_signal(signal.SIGINT)
    publish.send_signal(signal.SIGTERM)

    assert end(publish).code == 130


def test_reader_that_has_seen_enough_is_no_failure(start: Start) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w") as closed:
        ended = end(start("config", "show", stdout=closed))

    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize("arguments", [("config", "show"), ("config", "show", "--json"), ("version",)])
def test_output_that_cannot_be_written_is_told_in_a_line(start: Start, arguments: Sequence[str]) -> None:
    with open("/dev/full", "w") as full:
        ended = end(start(*arguments, stdout=full))

    assert (ended.code, ended.err) == (1, "askdocs: No space left on device.\n")


def test_command_without_standard_streams_works(start: Start, docs: Path, tmp_path: Path) -> None:
    closed = f"{sys.executable} -c 'from askdocs.cli import main; main()' index {docs} --json <&- >&- 2>&-"
    environment = {**os.environ, "ASKDOCS_ENV": "test", "ASKDOCS_HOME": str(tmp_path / "home")}
    blind = subprocess.run(["/bin/sh", "-c", closed], check=False, env=environment)

    assert blind.returncode == 0
    assert "hour" in end(start("search", "how long are answers kept", "--json")).out


def test_unexpected_error_is_told_in_a_line(askdocs: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("askdocs.cli.sites.settings_for_command", lambda: 1 / 0)
    structlog.reset_defaults()

    ended = askdocs("site", "list")

    assert (ended.code, "Traceback" in ended.err) == (1, False)
    assert "ZeroDivisionError: division by zero" in ended.err


# The server as a process


@pytest.fixture
def server(start: Start, docs: Path) -> Iterator[subprocess.Popen[str]]:
    """One that takes questions."""
    end(start("index", str(docs)))
    process = start("serve", "--port", "0")
    announcement(process)
    assert end(start("search", "cache")).code == 0
    yield process
    process.kill()
    end(process)


def test_reader_cannot_escape_the_rate_limit_by_naming_another_address(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKDOCS_RATE_LIMIT_REQUESTS", "2")
    process = start("serve", "--port", "0")
    try:
        url = announcement(process).split()[3]
        until_ready(url)
        with httpx.Client(base_url=url, trust_env=False) as client:
            path = "/api/v1/sites/unknown/session"
            claimed = [{"x-forwarded-for": f"10.0.0.{number}"} for number in range(3)]
            statuses = [client.get(path, headers=headers).status_code for headers in claimed]
    finally:
        process.kill()
        end(process)

    assert statuses == [404, 404, 429]


def until_ready(url: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            if httpx.get(f"{url}/health/ready", trust_env=False).is_success:
                return
    raise AssertionError("the server did not get ready")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopped_server_has_done_its_work(server: subprocess.Popen[str], how: signal.Signals) -> None:
    server.send_signal(how)

    ended = end(server)

    assert (ended.code, "Traceback" in ended.err) == (0, False)


def test_server_without_its_database_says_so_in_a_line(
    askdocs: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://ask:secret@127.0.0.1:{services.free_port()}/askdocs")
    monkeypatch.setenv("ASKDOCS_DATABASE__CONNECT_ATTEMPTS", "1")

    ended = askdocs("serve", "--port", "0")

    assert ended.code == 4
    assert "askdocs: The database cannot be reached" in ended.err
    assert "Traceback" not in ended.err
    assert "secret" not in ended.err


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("search", "cache"), ("index", ".")])
def test_home_that_is_a_file_is_named(
    askdocs: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: Sequence[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ASKDOCS_HOME", str(tmp_path / "file"))

    ended = askdocs(*command)

    assert ended.code in (2, 4)
    assert f"{tmp_path / 'file'}" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("text", ["", "{", "[]", "5", '{"pid": 1}', '{"pid": 1, "socket": "", "x": 1}'])
def test_damaged_description_of_the_server_is_no_server(tmp_path: Path, text: str) -> None:
    with lock.owning(tmp_path):
        (tmp_path / "server.json").write_text(text)

        assert lock.owner_of(tmp_path) is None


def test_second_server_on_a_home_is_refused(tmp_path: Path) -> None:
    with (
        lock.owning(tmp_path),
        pytest.raises(ShardLocked, match="Another askdocs server"),
        lock.owning(tmp_path),
    ):
        pass


def test_command_that_looks_for_a_server_keeps_none_from_starting(tmp_path: Path) -> None:
    stopped = threading.Event()

    def look() -> None:
        while not stopped.is_set():
            lock.owner_of(tmp_path)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        for _ in range(1000):
            with lock.owning(tmp_path):
                pass
    finally:
        stopped.set()
        looking.join()


def test_path_that_is_no_utf8_reaches_the_server(
    server: subprocess.Popen[str], start: Start, tmp_path: Path
) -> None:
    folder = tmp_path / os.fsdecode(b"d\xff")
    folder.mkdir()
    (folder / "fresh.md").write_text("# Fresh\n\nThe new page.")

    found = end(start("index", str(folder), "--force"))
    missing = end(start("index", str(folder / "missing")))

    assert server.poll() is None
    assert (found.code, "1 added" in found.out) == (0, True)
    assert (missing.code, "There is no folder" in missing.err) == (2, True)


def test_what_is_no_command_is_refused_without_a_stack_trace(
    server: subprocess.Popen[str], tmp_path: Path
) -> None:
    lines = [b"", b"{", b"[" * 5000, b"[]", b'{"operation": [], "arguments": {}}', b'{"operation": "ask"}']
    told = []
    for line in lines:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(tmp_path / "home" / "server.sock"))
            connection.sendall(line + b"\n")
            told.append(json.loads(connection.makefile().readline()))

    assert {event["error"]["kind"] for event in told} == {"InputError"}
    assert server.poll() is None


def test_server_that_does_not_listen_is_named(
    askdocs: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("askdocs.control.remote._STARTING", 0.1)
    with lock.owning(tmp_path / "home"):
        ended = askdocs("search", "cache")

    assert (ended.code, f"process {os.getpid()}" in ended.err) == (4, True)


def test_files_of_the_server_are_its_owners_alone(server: subprocess.Popen[str], tmp_path: Path) -> None:
    modes = {
        name: (tmp_path / "home" / name).stat().st_mode & 0o777 for name in ("server.json", "server.sock")
    }

    assert server.poll() is None
    assert modes == {"server.json": 0o600, "server.sock": 0o600}


def test_nothing_of_commands_is_reachable_over_http(start: Start) -> None:
    process = start("serve", "--port", "0")
    try:
        assert process.stderr is not None
        url = process.stderr.readline().split()[3]
        until_ready(url)
        status = httpx.post(f"{url}/internal/run", json={}, trust_env=False).status_code
    finally:
        process.kill()
        end(process)

    assert status in (404, 405)


def test_home_with_a_long_path_has_its_socket_elsewhere(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 40)

    with lock.owning(home) as socket:
        owner = lock.owner_of(home)

    assert len(os.fsencode(socket)) < 100
    assert owner == lock.Owner(os.getpid(), str(socket))
    assert not socket.parent.exists()


def test_home_is_its_owners_alone_whatever_the_umask(start: Start, docs: Path, tmp_path: Path) -> None:
    assert end(start("index", str(docs), umask=0)).code == 0

    home = tmp_path / "home"
    private = {home: 0o700, home / "qdrant": 0o700, home / "askdocs.db": 0o600}
    assert {path: path.stat().st_mode & 0o777 for path in private} == private
