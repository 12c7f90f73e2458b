"""How we are, for platforms and monitoring."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from askdocs.api.deps import RuntimeDep, SettingsDep
from askdocs.api.health import Health, HealthCheck

router = APIRouter(tags=["operations"])


async def _check(request: Request) -> HealthCheck:
    check = getattr(request.app.state, "health", None)
    if check is None:
        raise HTTPException(503, "The server is starting or stopping.")
    return cast("HealthCheck", check)


CheckDep = Annotated[HealthCheck, Depends(_check)]


@router.get("/health")
async def health(check: CheckDep) -> Health:
    """Each dependency with its state and the time it took to answer. At most five seconds old."""
    return await check.report()


@router.get("/health/live")
async def live() -> dict[str, str]:
    """This process answers."""
    return {"status": "live"}


@router.get("/health/ready")
async def ready(_: RuntimeDep) -> dict[str, str]:
    """Questions can be asked; 503 while the server starts or stops."""
    return {"status": "ready"}


@router.get("/metrics", response_class=Response)
async def metrics(check: CheckDep, rt: RuntimeDep, settings: SettingsDep) -> Response:
    """The metrics in Prometheus' text format."""
    if not settings.monitoring_enabled:
        raise HTTPException(404, "Monitoring is switched off (monitoring_enabled).")
    # Ages of revisions need the database now and then, but a scrape must not keep a sleeping one awake.
    await check.report(fresh=300)
    return Response(rt.metrics.render(), media_type=CONTENT_TYPE_PLAIN_0_0_4)
