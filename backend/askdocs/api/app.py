"""The application: routes, middleware, and a runtime that lives as long as it serves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

from fastapi import FastAPI

from askdocs import __version__
from askdocs.api import background, middleware, problems
from askdocs.api.health import HealthCheck, SiteStates
from askdocs.api.routes import (
    administration,
    auth,
    chat,
    chat_settings,
    health,
    keys,
    members,
    privacy,
    publishers,
    publishing,
    readers,
    reference,
    search,
    sessions,
    static,
    visitors,
    welcome,
)
from askdocs.api.sites import SiteDirectory
from askdocs.api.users import UserDirectory
from askdocs.config import Settings
from askdocs.control import server as control
from askdocs.runtime import open_runtime

WIDGET = Path(__file__).parent / "widget"
"""The widget that a wheel brings; in a checkout a link to where npm builds it."""


def create_app(settings: Settings, *, socket: Path | None = None) -> FastAPI:
    """The ASGI application. Its lifespan opens and closes the runtime.

    With a `socket`, commands that may open it run their operations in this process.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        migrate = settings.environment == "development"
        with background.uncollected():
            async with open_runtime(settings, migrate=migrate) as rt:
                app.state.directory = SiteDirectory(rt.db)
                app.state.users = UserDirectory(rt)
                app.state.health = HealthCheck(rt)
                app.state.site_states = SiteStates(rt)
                app.state.runtime = rt
                async with background.running(rt), control.listening(rt, socket) if socket else nullcontext():
                    yield
                del app.state.runtime

    app = FastAPI(
        title="Askdocs",
        description="Answers readers' questions inside the docs, with citations that were checked.",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.settings = settings
    for routes in (
        chat.router,
        chat_settings.router,
        privacy.router,
        readers.router,
        search.router,
        sessions.router,
        auth.router,
        keys.router,
        publishing.router,
        members.router,
        publishers.router,
        visitors.router,
        administration.all_sites,
        administration.router,
        health.router,
        reference.router,
    ):
        app.include_router(routes)
    if settings.environment == "development":
        app.include_router(welcome.router)
    app.include_router(static.widget_routes(settings.server.widget_dir or WIDGET))
    if settings.server.site_dir is not None:
        app.include_router(static.site_routes(settings.server.site_dir))
    reference.describe(app)
    problems.register(app)
    middleware.surround(app, settings)
    return app
