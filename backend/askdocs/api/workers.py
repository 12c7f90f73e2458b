"""The processes that serve one port together, and the one that replaces those which end or hang."""

from __future__ import annotations

import time
from pickle import UnpicklingError
from socket import socket

from uvicorn import Config
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.multiprocess import Process

from askdocs.observability.logging import log

STARTING = 60.0
"""Seconds in which a new worker must have answered. What it imports first takes 1 s of a free core; 14 s were
seen with eight busy programs on two."""


class Worker(Process):
    """Has `STARTING` seconds to answer for the first time, then uvicorn's few.

    uvicorn gives both the same 5 seconds: on a busy machine it killed each worker before it served, the next
    one, too, and waited for one at a time. Here nothing waits, so that a signal is heeded at once.
    """

    def __init__(self, config: Config, sockets: list[socket]) -> None:
        self._asked: float | None = None
        self._has_answered = False
        super().__init__(config, sockets)

    def is_alive(self, timeout: float = 5) -> bool:
        if not self.process.is_alive():
            return False
        try:
            if self._asked is not None and self.parent_conn.poll():
                self.parent_conn.recv()
                self._asked, self._has_answered = None, True
            if self._asked is None:
                self.parent_conn.send(b"ping")
                self._asked = time.monotonic()
        except (OSError, EOFError, UnpicklingError):
            return False
        return time.monotonic() - self._asked <= (timeout if self._has_answered else STARTING)


class Supervisor(Multiprocess):
    """Gives up when a worker fails to start, since the next would, too."""

    def init_processes(self) -> None:
        self.processes = [self._start() for _ in range(self.processes_num)]

    def keep_subprocess_alive(self) -> None:
        for index, worker in enumerate(self.processes):
            if self.should_exit.is_set():
                return
            if worker.is_alive(timeout=self.config.timeout_worker_healthcheck):
                continue
            worker.kill()
            worker.join()
            if worker.exitcode == STARTUP_FAILURE:
                self.should_exit.set()
                return
            log.warning("worker_replaced", process=worker.pid, exit_code=worker.exitcode)
            self.processes[index] = self._start()

    def _start(self) -> Process:
        worker = Worker(self.config, self.sockets)
        worker.start()
        return worker
