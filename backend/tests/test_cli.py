"""The command: what it prints, where, and the exit code it ends with."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from askdocs import __version__, control
from askdocs.cli import main
from tests import services


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def askdocs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """Runs the command in this process, with a home of its own."""
    monkeypatch.setenv("ASKDOCS_ENV", "test")
    monkeypatch.setenv("ASKDOCS_HOME", str(tmp_path / "home"))

    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["askdocs", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        code = ended.value.code
        return Ended(code if isinstance(code, int) else 0, printed.out, printed.err)

    return run


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "cache.md").write_text("# Cache\n\nAnswers are kept for an hour.")
    return folder


def test_port_beyond_the_last_one_is_refused(askdocs: Command) -> None:
    ended = askdocs("serve", "--port", "65536")

    assert (ended.code, "--port" in ended.err) == (2, True)


def test_taken_port_is_named_with_the_next_one(askdocs: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = askdocs("serve", "--port", str(port))

    assert ended.code == 3
    assert f"Port {port} on 127.0.0.1 is taken" in ended.err
    assert f"--port {port + 1}" in ended.err


@pytest.mark.parametrize(
    ("source", "site", "said"),
    [("nowhere", "docs", "There is no folder"), ("docs", "nowhere", "There is no site named nowhere")],
)
def test_watch_that_cannot_begin_ends(
    askdocs: Command, docs: Path, source: str, site: str, said: str
) -> None:
    ended = askdocs("watch", str(docs.parent / source), "--site", site)

    assert (ended.code, said in ended.err) == (2, True)


def test_question_without_quotation_marks_is_asked_whole(askdocs: Command, docs: Path) -> None:
    askdocs("index", str(docs))

    asked = json.loads(askdocs("ask", "how", "long", "are", "answers", "kept", "--json").out)

    assert "kept for an hour" in asked["answer"]


def test_refusal_names_the_nearest_pages_once(askdocs: Command, docs: Path) -> None:
    askdocs("index", str(docs))

    refused = askdocs("ask", "who bakes zebra cakes")

    assert (refused.code, refused.out.count("/cache")) == (0, 1)


@pytest.mark.parametrize("command", ["ask", "search"])
def test_question_before_anything_is_published_says_so(askdocs: Command, command: str) -> None:
    ended = askdocs(command, "how long are answers kept")

    assert (ended.code, ended.out) == (2, "")
    assert "docs has nothing published yet" in ended.err


@pytest.mark.parametrize("command", ["ask", "search"])
def test_docs_cannot_command_the_terminal(askdocs: Command, docs: Path, command: str) -> None:
    (docs / "cache.md").write_text("# Cache \x1b[31m\n\nAnswers are \x1b]0;owned\x07kept for an \x9bhour.")
    askdocs("index", str(docs))

    printed = askdocs(command, "how long are answers kept").out

    assert "Cache" in printed
    assert not set(printed) & {"\x1b", "\x07", "\x9b"}


def test_answer_that_breaks_off_says_why(askdocs: Command, docs: Path, tmp_path: Path) -> None:
    askdocs("index", str(docs))
    with (tmp_path / "home/qdrant/.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ended = askdocs("ask", "how long are answers kept")

    assert ended.code == 4
    assert "Another process is using the vector store" in ended.err


def test_empty_question_is_refused(askdocs: Command) -> None:
    assert askdocs("ask", " ").code == 2


def test_tables_are_neither_cut_nor_padded_in_a_pipe(askdocs: Command) -> None:
    origin = "https://a-rather-long-name-of-a-host.documentation.example.com"
    askdocs("site", "add", "handbook", "--origin", origin, "--origin", "https://b.example.com")

    listed = askdocs("site", "list")

    assert f"{origin}, https://b.example.com" in listed.out
    assert not any(line.endswith(" ") for line in listed.out.splitlines())


def test_configuration_is_shown_as_files_have_it(askdocs: Command) -> None:
    lines = [line.split(maxsplit=2) for line in askdocs("config", "show").out.splitlines()]

    assert ["redis_url", "null"] in [line[:2] for line in lines]
    assert ["debug", "false"] in [line[:2] for line in lines]


def test_revision_that_a_rollback_left_behind_is_called_withdrawn(askdocs: Command, docs: Path) -> None:
    for text in ("one", "two", "three"):
        (docs / "cache.md").write_text(f"# Cache\n\nIt is {text}.")
        askdocs("index", str(docs))
        if text == "two":
            askdocs("rollback")

    lines = [line.split() for line in askdocs("revisions").out.splitlines()[1:]]

    assert [line[:3] for line in lines] == [
        ["*", "3", "published"],
        ["2", "withdrawn", "1"],
        ["1", "published", "1"],
    ]


def test_unanswered_question_takes_one_line_with_its_time_zone(askdocs: Command, docs: Path) -> None:
    askdocs("index", str(docs))
    askdocs("ask", "who bakes\nzebra cakes " + "of the largest size " * 6)

    (line,) = askdocs("unanswered").out.splitlines()

    assert " UTC  who bakes zebra cakes of" in line


@pytest.mark.parametrize("name", ["", " ", "a b", "-a", "../a", "a" * 64])
def test_name_that_could_not_be_typed_again_is_refused(askdocs: Command, name: str) -> None:
    ended = askdocs("site", "add", "--origin", "https://docs.example.com", "--", name)

    assert (ended.code, "cannot be the name of a site" in ended.err) == (2, True)


@pytest.mark.parametrize("how", ["version", "--version"])
def test_version_is_printed_alone(askdocs: Command, how: str) -> None:
    assert askdocs(how).out == f"{__version__}\n"


# Commands as processes of their own, whose streams and signals are real


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    def begin(*arguments: str, **options: Any) -> subprocess.Popen[str]:
        environment = {**os.environ, "ASKDOCS_ENV": "test", "ASKDOCS_HOME": str(tmp_path / "home")}
        command = [sys.executable, "-c", "from askdocs.cli import main; main()", *arguments]
        streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        return subprocess.Popen(command, env=environment, text=True, **streams)

    return begin


def end(process: subprocess.Popen[str]) -> Ended:
    out, err = process.communicate(timeout=60)
    return Ended(process.returncode, out or "", err or "")


@pytest.fixture
def slow_docs(docs: Path) -> Path:
    """Docs that take a while to publish."""
    for number in range(200):
        parts = "\n\n".join(f"## Part {part}\n\nPart {part} of page {number}." for part in range(20))
        (docs / f"page{number}.md").write_text(f"# Page {number}\n\n{parts}")
    return docs


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


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_command_that_is_stopped_while_it_loads_says_so(how: signal.Signals) -> None:
    script = (
        "import os, sys, types\n"
        "class Stop:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == 'askdocs.cli.commands': os.kill(os.getpid(), {how.value})\n"
        "sys.meta_path.insert(0, Stop())\n"
        "from askdocs.cli import main; main()"
    )
    loading = subprocess.run(
        [sys.executable, "-c", script, "version"], check=False, capture_output=True, text=True
    )

    assert (loading.returncode, loading.stderr) == (130, "Stopped.\n")


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
    monkeypatch.setattr("askdocs.cli.admin.settings_for_command", lambda: 1 / 0)
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
    assert process.stderr is not None
    assert "Askdocs is at" in process.stderr.readline()
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
        assert process.stderr is not None
        url = process.stderr.readline().split()[3]
        until_ready(url)
        with httpx.Client(base_url=url, trust_env=False) as client:
            path = "/api/v1/sites/unknown/sessions/x"
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


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "5", '{"pid": 1}', '{"pid": 1, "url": "http://127.0.0.1:1", "token": "", "x": 1}']
)
def test_damaged_description_of_the_server_is_no_server(tmp_path: Path, text: str) -> None:
    with control.announce(tmp_path, "http://127.0.0.1:1"):
        (tmp_path / "server.json").write_text(text)

        assert control.serving(tmp_path) is None


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "::nonsense", "ftp://127.0.0.1"])
def test_server_that_cannot_be_asked_is_named(askdocs: Command, tmp_path: Path, address: str) -> None:
    with control.announce(tmp_path / "home", address):
        ended = askdocs("search", "cache")

    assert (ended.code, f"process {os.getpid()}" in ended.err) == (4, True)


def test_token_of_the_server_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "server.json"
    file.touch(0o644)

    with control.announce(tmp_path, "http://127.0.0.1:1"):
        assert file.stat().st_mode & 0o777 == 0o600


def test_incomplete_configuration_is_shown_before_it_is_refused(
    askdocs: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKDOCS_ENV", "production")
    monkeypatch.setenv("GEMINI_API_KEY", "planted-key")

    ended = askdocs("config", "show", "--json")

    shown = {one["key"]: one for one in json.loads(ended.out)}
    assert shown["gemini_api_key"]["source"] == "GEMINI_API_KEY"
    assert "planted-key" not in ended.out + ended.err
    assert ended.code == 2
    assert "production needs SECRET_KEY, DATABASE_URL, QDRANT_URL" in ended.err


def test_origins_of_a_site_are_replaced(askdocs: Command) -> None:
    askdocs("site", "add", "handbook", "--origin", "https://old.example")

    askdocs("site", "set-origins", "handbook", "--origin", "https://new.example")

    listed = json.loads(askdocs("site", "list", "--json").out)
    assert [site["origins"] for site in listed if site["name"] == "handbook"] == [["https://new.example"]]
