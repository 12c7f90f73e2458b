"""Publishing processes that are stopped, killed and taken over: what others find of them."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests import services
from tests.commands import Ended
from tests.processes import Start, announcement, end

pytestmark = pytest.mark.usefixtures("long_leases")


@pytest.fixture
def long_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease that nobody gives back does not run out before the test sees it."""
    monkeypatch.setenv("ASKDOCS_INDEX__LEASE_SECONDS", "600")


@pytest.fixture
def short_docs(tmp_path: Path) -> Path:
    folder = tmp_path / "short"
    folder.mkdir()
    (folder / "cache.md").write_text("# Cache\n\nAnswers are kept for a day.")
    return folder


@pytest.fixture
def server(start: Start) -> Iterator[subprocess.Popen[str]]:
    process = start("serve", "--port", "0")
    announcement(process)
    yield process
    process.kill()
    end(process)


def building(home: Path) -> int:
    """How many publishes are under way."""
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"file:{home / 'askdocs.db'}?mode=ro", uri=True)) as db,
    ):
        count: int = db.execute("SELECT count(*) FROM revisions WHERE state = 'building'").fetchone()[0]
        return count
    return 0


def until_building(home: Path, count: int, processes: Sequence[subprocess.Popen[str]]) -> None:
    def begun() -> bool:
        assert all(process.poll() is None for process in processes)
        return building(home) >= count

    services.wait_for(begun)


def test_server_that_is_stopped_during_two_publishes_leaves_no_lease(
    start: Start,
    server: subprocess.Popen[str],
    slow_docs: Path,
    short_docs: Path,
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    assert end(start("site", "add", "other", "--origin", "https://other.test")).code == 0
    publishing = [start("index", str(slow_docs), "--site", site) for site in ("docs", "other")]
    until_building(home, 2, [*publishing, server])

    server.send_signal(signal.SIGTERM)

    stopped = end(server)
    told = [end(process) for process in publishing]
    assert (stopped.code, "Traceback" in stopped.err) == (0, False)
    assert [(one.code, "is stopping" in one.err) for one in told] == [(4, True)] * 2
    assert building(home) == 0
    assert end(start("index", str(short_docs), "--site", "other")).code == 0


@pytest.mark.parametrize(
    "signals",
    [(signal.SIGINT, signal.SIGTERM), (signal.SIGTERM, signal.SIGINT)],
    ids=["INT TERM", "TERM INT"],
)
def test_publish_that_is_stopped_twice_leaves_no_lease(
    start: Start, slow_docs: Path, short_docs: Path, tmp_path: Path, signals: Sequence[signal.Signals]
) -> None:
    publish = start("index", str(slow_docs))
    until_building(tmp_path / "home", 1, [publish])

    for number in signals:
        publish.send_signal(number)

    stopped = end(publish)
    assert (stopped.code, stopped.err) == (130, "Stopped.\n")
    assert building(tmp_path / "home") == 0
    assert end(start("index", str(short_docs))).code == 0


def kill(process: subprocess.Popen[str]) -> Ended:
    process.kill()
    return end(process)


def test_killed_publish_is_named_and_taken_over(
    start: Start,
    slow_docs: Path,
    short_docs: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ASKDOCS_INDEX__LEASE_SECONDS", "4")
    publish = start("index", str(slow_docs))
    until_building(tmp_path / "home", 1, [publish])
    kill(publish)

    refused = end(start("index", str(short_docs)))
    taken = end(start("index", str(short_docs), "--take-over", "--json"))

    owner = f"by process {publish.pid} on {socket.gethostname()}"
    if refused.code:  # unless the lease ran out before it was asked for
        assert (refused.code, owner in refused.err, "--take-over" in refused.err) == (3, True, True)
        assert owner in json.loads(taken.out)["took_over"]
    assert taken.code == 0


def test_publish_that_lives_is_taken_over_by_another_process(
    start: Start,
    slow_docs: Path,
    short_docs: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ASKDOCS_INDEX__LEASE_SECONDS", "30")
    slow = start("index", str(slow_docs))
    until_building(tmp_path / "home", 1, [slow])

    taken = end(start("index", str(short_docs), "--take-over"))

    former = end(slow)
    assert (former.code, "another took over" in former.err) == (3, True)
    assert (taken.code, f"by process {slow.pid}" in taken.err) == (0, True)
    assert building(tmp_path / "home") == 0
    assert "day" in end(start("search", "how long are answers kept", "--json")).out
