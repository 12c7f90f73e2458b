"""The command that serves."""

from __future__ import annotations

import socket
from typing import Annotated

import typer
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from askdocs.api.app import create_app
from askdocs.api.server import create_server, listen
from askdocs.config import load
from askdocs.control import lock
from askdocs.errors import AskdocsError
from askdocs.observability.logging import configure_logging, log


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: askdocs serve --port 9000")(serve)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; default: server.host.")] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port; 0 takes a free one; default: server.port."),
    ] = None,
) -> None:
    """Serve the API, the widget and, if one is configured, the site. Stops cleanly on Ctrl-C."""
    settings = load()
    configure_logging(settings)
    listening = listen(host or settings.server.host, settings.server.port if port is None else port)
    url = f"http://{_shown(listening)}"
    with listening, lock.announce(settings.home, url) as token:
        app = _Starting(create_app(settings, control_token=token))
        typer.echo(
            f"Askdocs is at {url}  (API: {url}/docs, health: {url}/health). Stop it with Ctrl-C.", err=True
        )
        try:
            create_server(app, settings).run(sockets=[listening])
        except KeyboardInterrupt:
            pass  # uvicorn has stopped as it should, and repeats the signal that it stopped for
        except SystemExit:
            if app.refusal is None:
                raise
            raise app.refusal from None


class _Starting:
    """The application, whose reason not to start becomes `refusal` rather than a stack trace in the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.refusal: AskdocsError | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def quietly(message: Message) -> None:
            await send({"type": message["type"]} if message["type"] == "lifespan.startup.failed" else message)

        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, receive, quietly)
        except AskdocsError as error:
            self.refusal = error
            raise
        except Exception:
            log.exception("not_started")
            raise


def _shown(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104  only shown
    return f"{host}:{port}"
