"""What the application holds while it runs."""

from __future__ import annotations

from typing import cast

from starlette.applications import Starlette

from askdocs.api.sites import SiteDirectory
from askdocs.api.users import UserDirectory
from askdocs.errors import Unavailable
from askdocs.runtime import Runtime


def runtime(app: Starlette) -> Runtime:
    """Raises `Unavailable` while the runtime is not open."""
    found = getattr(app.state, "runtime", None)
    if found is None:
        raise Unavailable("The server is starting or stopping.", retry_after=1)
    return cast("Runtime", found)


def users(app: Starlette) -> UserDirectory:
    return cast("UserDirectory", app.state.users)


def directory(app: Starlette) -> SiteDirectory:
    return cast("SiteDirectory", app.state.directory)
