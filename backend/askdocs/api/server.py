"""The HTTP server around the application: where it listens, and what it allows connections, how it stops."""

from __future__ import annotations

import errno
import os
import socket
import threading
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from askdocs.api.protocol import Patience
from askdocs.api.workers import Supervisor
from askdocs.config import Settings
from askdocs.errors import ConfigError, Conflict
from askdocs.observability.logging import log


def listen(host: str, port: int) -> socket.socket:
    """Bound before anything is loaded, so that a taken port is known at once. `::` takes IPv4 as well."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise Conflict(
                f"Port {port} on {host} is taken by another program.",
                fix=f"Choose another: --port {port + 1}, or PORT={port + 1} in the environment.",
            ) from error
        raise ConfigError(f"Cannot listen on {host}, port {port}: {error.strerror}.") from error
    return listening


def create_server(app: ASGIApp, settings: Settings) -> uvicorn.Server:
    """A server to run on sockets of `listen`."""
    return _Server(_configured(app, settings), patience=settings.server.shutdown_patience)


class _Server(uvicorn.Server):
    """Heeds a signal also while it starts, as when the database does not answer."""

    def __init__(self, config: uvicorn.Config, *, patience: float) -> None:
        self._patience = patience
        super().__init__(config)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if not self.started:
            leave_within(self._patience)


def leave_within(seconds: float) -> None:
    """End this process in so many seconds, whatever still hangs then.

    Threads that wait for a system which does not answer can be ended in no other way.
    """
    timer = threading.Timer(seconds, _leave)
    timer.daemon = True
    timer.start()


def _leave() -> None:
    log.error("stopped_by_force", fix="Something that the server depends on does not answer: see /health.")
    os._exit(1)


def create_supervisor(
    factory: str, settings: Settings, *, workers: int, sockets: list[socket.socket]
) -> Supervisor:
    """Runs `workers` processes of what `factory` ("module:function") makes, and replaces one that dies."""
    return Supervisor(_configured(factory, settings, workers=workers), sockets)


def _configured(app: ASGIApp | str, settings: Settings, *, workers: int = 1) -> uvicorn.Config:
    return Patience(
        app,
        receive_timeout=settings.server.receive_timeout,
        send_timeout=settings.server.send_timeout,
        factory=isinstance(app, str),
        workers=workers,
        lifespan="on",
        log_config=None,
        # Who is believed about a reader's address is said by server.proxy_hops alone.
        proxy_headers=False,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=round(settings.server.shutdown_grace),
    )
