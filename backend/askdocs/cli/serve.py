"""The command that serves."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.config import STARTUP_FAILURE

from askdocs.api.app import create_app
from askdocs.api.server import create_server, create_supervisor, leave_within, listen
from askdocs.config import NAME, Settings, in_environment, load, read_site_file, share_metrics
from askdocs.control import lock
from askdocs.errors import AskdocsError, ConfigError, Unavailable
from askdocs.observability.logging import configure_logging, log


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: askdocs serve --port 9000")(serve)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; default: server.host.")] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Port; 0 takes a free one; default: that of askdocs.yaml, or server.port."
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, help="Processes; more than one needs PostgreSQL and a Qdrant server.")
    ] = 1,
) -> None:
    """Serve the API, the widget and, if one is configured, the site. Stops cleanly on Ctrl-C."""
    settings = load()
    configure_logging(settings)
    if workers > 1:
        _check_shared(settings)
    with listen(host or settings.server.host, _port(settings) if port is None else port) as listening:
        if workers > 1:
            _announce(listening)
            _serve_in_processes(settings, listening, workers)
        else:
            _serve_here(settings, listening)


def _port(settings: Settings) -> int:
    """That of the environment, else the one from which the pages beside askdocs.yaml load the chat."""
    beside = Path(NAME)
    if not beside.exists() or in_environment("server.port"):
        return settings.server.port
    return read_site_file(beside).port or settings.server.port


def _serve_here(settings: Settings, listening: socket.socket) -> None:
    with ExitStack() as stack:
        commands = None
        if settings.vector_engine == "embedded":
            commands = stack.enter_context(lock.owning(settings.home, url=_address(listening)))
        app = _Starting(create_app(settings, socket=commands), settings)
        _announce(listening)
        try:
            create_server(app, settings).run(sockets=[listening])
        except KeyboardInterrupt:
            pass  # uvicorn has stopped as it should, and repeats the signal that it stopped for
        except SystemExit:
            if app.refusal is None:
                raise
            raise app.refusal from None


def _serve_in_processes(settings: Settings, listening: socket.socket, workers: int) -> None:
    with TemporaryDirectory(prefix="askdocs-metrics-") as folder:
        share_metrics(Path(folder))
        supervisor = create_supervisor(f"{__name__}:worker", settings, workers=workers, sockets=[listening])
        supervisor.run()
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        raise Unavailable("A worker did not start.", fix="Its log says why.")


def worker() -> ASGIApp:
    """The application of one of several processes."""
    settings = load()
    configure_logging(settings)
    return _Starting(create_app(settings), settings, is_worker=True)


def _check_shared(settings: Settings) -> None:
    """Processes share what is outside of them only. Raises `ConfigError` if something is within one."""
    if settings.vector_engine == "embedded":
        raise ConfigError(
            "Several workers need a Qdrant server: the embedded engine belongs to one process.",
            fix="Set QDRANT_URL, or leave --workers out.",
        )
    url = settings.database_url.get_secret_value() if settings.database_url else "sqlite:"
    if url.startswith("sqlite"):
        raise ConfigError(
            "Several workers need PostgreSQL: SQLite lets one process write at a time.",
            fix="Set DATABASE_URL, or leave --workers out.",
        )
    if settings.redis_url is None:
        log.warning("limits_count_per_process", fix="Set REDIS_URL, so that workers count together.")


class _Starting:
    """The application, whose reason not to start becomes `refusal` and is told in a line, no stack trace.

    What hangs when it stops ends with the process.
    """

    def __init__(self, app: ASGIApp, settings: Settings, *, is_worker: bool = False) -> None:
        self._app, self._is_worker = app, is_worker
        self._patience = settings.server.shutdown_patience
        self.refusal: AskdocsError | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def in_time() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                leave_within(self._patience)
            return message

        async def quietly(message: Message) -> None:
            await send({"type": message["type"]} if message["type"] == "lifespan.startup.failed" else message)

        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, in_time, quietly)
        except AskdocsError as error:
            if self._is_worker:  # whose refusal nobody else tells
                log.error("not_started", error=str(error), fix=error.fix)
            self.refusal = error
            raise
        except Exception:
            log.exception("not_started")
            raise


def _announce(listening: socket.socket) -> None:
    url = _address(listening)
    typer.echo(
        f"Askdocs is at {url}  (API: {url}/docs, health: {url}/health). Stop it with Ctrl-C.", err=True
    )


def _address(listening: socket.socket) -> str:
    """Where this machine reaches what listens there."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104  only shown
    return f"http://{host}:{port}"
