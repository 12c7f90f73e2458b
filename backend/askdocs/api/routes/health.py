"""How we are, for platforms and monitoring."""

from __future__ import annotations

import hmac
from typing import Annotated, cast

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from pydantic import SecretStr

from askdocs.api import problems
from askdocs.api.deps import RuntimeDep
from askdocs.api.health import Health, HealthCheck, SiteStates
from askdocs.control.release import Release, describe

router = APIRouter(tags=["operations"])


async def _check(request: Request) -> HealthCheck:
    check = getattr(request.app.state, "health", None)
    if check is None:
        raise HTTPException(503, "The server is starting or stopping.")
    return cast("HealthCheck", check)


CheckDep = Annotated[HealthCheck, Depends(_check)]


@router.get("/health", responses=problems.documented(503))
async def health(check: CheckDep) -> Health:
    """Each dependency with its state and the time it took to answer. At most five seconds old."""
    return await check.report()


@router.get("/health/live")
async def live() -> dict[str, str]:
    """This process answers."""
    return {"status": "live"}


@router.get("/health/ready", responses=problems.documented(503))
async def ready(_: RuntimeDep) -> dict[str, str]:
    """Questions can be asked; 503 while the server starts or stops."""
    return {"status": "ready"}


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {CONTENT_TYPE_PLAIN_0_0_4: {}}}, **problems.documented(401, 404, 503)},
)
async def metrics(request: Request, rt: RuntimeDep, check: CheckDep) -> Response:
    """The metrics in Prometheus' text format. Those that name sites are for who shows the token only.

    A scrape looks at the dependencies, unless somebody did so within five seconds.
    """
    settings = rt.settings
    if not settings.monitoring_enabled:
        raise HTTPException(404, "Monitoring is switched off (monitoring_enabled).")
    if settings.metrics_token is not None:
        _require_token(request, settings.metrics_token)
        await cast("SiteStates", request.app.state.site_states).refresh()
    await check.report()
    sites = settings.metrics_token is not None
    return Response(rt.metrics.render(sites=sites), media_type=CONTENT_TYPE_PLAIN_0_0_4)


@router.get("/release", responses=problems.documented(401, 404, 503))
async def release(request: Request, rt: RuntimeDep) -> Release:
    """What is running, and what each site answers from. For who shows the token only."""
    if rt.settings.metrics_token is None:
        raise HTTPException(404, "Without a token (METRICS_TOKEN) nobody is told.")
    _require_token(request, rt.settings.metrics_token)
    return await describe(rt)


def _require_token(request: Request, token: SecretStr) -> None:
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    right = hmac.compare_digest(shown.encode(), token.get_secret_value().encode())
    if scheme.lower() != "bearer" or not right:
        raise HTTPException(
            401, "Who asks must show the token (METRICS_TOKEN).", {"www-authenticate": "Bearer"}
        )
