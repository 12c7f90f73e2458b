"""A worker has time to start, and is replaced once it hangs."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from askdocs.api import workers
from askdocs.api.protocol import Patience
from askdocs.api.server import listen


class Late:
    """An application that takes as long to load as a file is missing."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, ...]:
        return loaded, (self.file,)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise NotImplementedError  # nobody asks it anything


def loaded(file: Path) -> Late:
    while not file.exists():
        time.sleep(0.01)  # a file is the one thing that another process can wait for here
    return Late(file)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "go"


@pytest.fixture
def worker(file: Path) -> Iterator[workers.Worker]:
    with listen("127.0.0.1", 0) as listening:
        config = Patience(Late(file), receive_timeout=5, send_timeout=5, lifespan="off", log_config=None)
        worker = workers.Worker(config, [listening])
        worker.start()
        yield worker
        worker.kill()
        worker.join()


def test_one_that_starts_slowly_is_left_alone_and_one_that_hangs_is_not(
    worker: workers.Worker, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience = 0.2
    began = time.monotonic()
    while time.monotonic() < began + 2 * patience:
        assert worker.is_alive(timeout=patience)  # though it has answered nothing
    assert time.monotonic() < began + 4 * patience  # nor was it waited for
    monkeypatch.setattr(workers, "STARTING", patience)
    assert not worker.is_alive(timeout=9)
    monkeypatch.setattr(workers, "STARTING", 30)

    file.touch()
    while not worker._has_answered:
        assert worker.is_alive(timeout=patience)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGSTOP)
    hanging = time.monotonic()
    while worker.is_alive(timeout=patience):
        assert time.monotonic() < hanging + 10

    assert worker.process.is_alive()


def test_one_that_has_ended_is_known_at_once(worker: workers.Worker) -> None:
    worker.process.kill()
    worker.process.join()

    assert not worker.is_alive(timeout=9)
