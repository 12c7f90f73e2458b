"""The HTTP server around the application: where it listens, and what it allows connections."""

from __future__ import annotations

import errno
import socket

import uvicorn
from starlette.types import ASGIApp

from askdocs.config import Settings
from askdocs.errors import ConfigError, Conflict


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
    config = uvicorn.Config(
        app,
        lifespan="on",
        log_config=None,
        # Who is believed about a reader's address is said by server.proxy_hops alone.
        proxy_headers=False,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=round(settings.server.shutdown_grace),
    )
    return uvicorn.Server(config)
