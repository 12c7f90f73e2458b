"""Health says what answers and what does not, cheaply; metrics are there when they are wanted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from askdocs import __version__
from askdocs.api.app import create_app
from askdocs.api.health import HealthCheck, SiteStates
from askdocs.config import load
from askdocs.db import sites
from askdocs.db.tables import HEAD
from askdocs.errors import SuspiciousShrinkage, VectorStoreUnavailable
from tests.builders import statements
from tests.served import Served, problem, serve
from tests.worlds import open_world

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with serve(tmp_path_factory.mktemp("health"), metrics_token="for-prometheus") as opened:
        opened.world.write({"keys.md": "# Keys\n\nRotate keys every month."})
        await opened.world.index()
        yield opened


SHOWN = {"authorization": "Bearer for-prometheus"}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_health_tells_of_each_dependency(served: Served) -> None:
    response = await served.client.get("/health")
    assert response.status_code == 200
    report = response.json()
    assert set(report["dependencies"]) == {"database", "vectors", "model", "cache"}
    for found in report["dependencies"].values():
        assert found["status"] in ("healthy", "disabled")
        assert found["milliseconds"] >= 0
    assert report["overall_status"] == "healthy"
    assert report["version"] == __version__
    assert report["environment"] == "test"


async def test_failing_dependency_degrades(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse() -> None:
        raise VectorStoreUnavailable("connection to qdrant.internal refused")

    monkeypatch.setattr(served.rt.vectors, "ping", refuse)
    report = await HealthCheck(served.rt).report()
    assert report.overall_status == "degraded"
    assert report.dependencies["vectors"].status == "unhealthy"
    assert report.dependencies["vectors"].detail == "VectorStoreUnavailable"
    assert report.dependencies["database"].status == "healthy"


@pytest.mark.parametrize(
    ("room", "what"), [("askdocs.db.engine.ROOM", "database"), ("askdocs.vectors.shards.ROOM", "vectors")]
)
async def test_disk_that_is_full_degrades(
    served: Served, monkeypatch: pytest.MonkeyPatch, room: str, what: str
) -> None:
    monkeypatch.setattr(room, 2**62)
    report = await HealthCheck(served.rt).report()
    assert report.overall_status == "degraded"
    assert {name for name, found in report.dependencies.items() if found.detail == "DiskFull"} == {what}


async def test_database_without_tables_is_said_with_what_makes_them(tmp_path: Path) -> None:
    async with serve(tmp_path) as opened:
        await opened.rt.db.run(lambda db: db.execute(text("DROP TABLE alembic_version")))
        report = (await opened.client.get("/health")).json()
        assert report["overall_status"] == "degraded"
        assert report["dependencies"]["database"]["detail"] == (
            "The database has no tables yet. Run `askdocs db upgrade`."
        )
        assert (await opened.client.get("/health/live")).status_code == 200


async def test_hanging_dependency_is_not_waited_for(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(served.rt.cache, "ping", hang)
    monkeypatch.setattr("askdocs.api.health._PATIENCE", 0.01)
    async with asyncio.timeout(2):
        report = await HealthCheck(served.rt).report()
    assert report.dependencies["cache"].detail == "TimeoutError"


async def test_report_is_shared_and_reused(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    probes = 0

    async def count() -> None:
        nonlocal probes
        probes += 1

    monkeypatch.setattr(served.rt.cache, "ping", count)
    clock = Clock()
    check = HealthCheck(served.rt, clock=clock)
    await asyncio.gather(*(check.report() for _ in range(20)))
    clock.now = 4.9
    await check.report()
    assert probes == 1
    clock.now = 5.0
    await check.report()
    assert probes == 2


async def test_client_that_leaves_does_not_spoil_the_report(served: Served) -> None:
    check = HealthCheck(served.rt)
    leaving = asyncio.create_task(check.report())
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await check.report()).overall_status == "healthy"


async def test_model_that_failed_last_shows(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    class Model:
        model = "gemini-2.5-flash"
        trouble = ""

    monkeypatch.setattr(served.rt, "model", Model())
    assert (await HealthCheck(served.rt).report()).dependencies["model"].status == "healthy"
    monkeypatch.setattr(served.rt.model, "trouble", "unavailable")
    found = (await HealthCheck(served.rt).report()).dependencies["model"]
    assert (found.status, found.detail) == ("unhealthy", "gemini-2.5-flash: unavailable")


async def test_process_is_live_and_ready(served: Served) -> None:
    assert (await served.client.get("/health/live")).json() == {"status": "live"}
    assert (await served.client.get("/health/ready")).json() == {"status": "ready"}


async def test_process_without_a_runtime_is_live_but_not_ready(tmp_path: Path) -> None:
    app = create_app(load("test", home=tmp_path))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.get("/health/live")).status_code == 200
        problem(await client.get("/health/ready"), 503, "unavailable")
        problem(await client.get("/health"), 503, "service-unavailable")


async def test_metrics_are_in_the_text_format(served: Served) -> None:
    await served.client.get("/health")
    response = await served.client.get("/metrics", headers=SHOWN)
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in text_string_to_metric_families(response.text)}
    assert families["http_requests"].samples
    (age,) = families["askdocs_index_revision_age_seconds"].samples
    assert age.labels == {"site": "docs"}
    assert 0 <= age.value < 600


async def test_metrics_are_for_who_shows_the_token(served: Served) -> None:
    right = b"for-prometheus"
    for shown in (b"", b"Bearer guess", b"Bearer \xe9", right + b", or not", right, b"Basic " + right):
        response = await served.client.get("/metrics", headers={b"authorization": shown})
        problem(response, 401, "unauthorized")
        assert response.headers["www-authenticate"] == "Bearer"


async def test_the_public_learns_no_site(tmp_path: Path, sqlite_url: str) -> None:
    async with serve(tmp_path, database_url=sqlite_url) as served:
        await served.rt.db.run(sites.add, "secret-project", origins=[])
        served.world.write({"keys.md": "# Keys\n\nRotate keys every month."})
        await served.world.index()
        for path in ("/health", "/metrics", "/api/openapi.json"):
            told = (await served.client.get(path)).text
            assert "secret-project" not in told
            assert '"docs"' not in told
            assert "pk_" not in told


async def test_health_asks_the_database_for_nothing_but_what_its_tables_are(served: Served) -> None:
    with statements() as executed:
        await HealthCheck(served.rt).report()
    read = [statement.partition("FROM ")[2].split()[0] for statement, _ in executed if "FROM" in statement]
    assert read == ["alembic_version", "schema_info"]


async def test_sites_are_looked_at_seldom(served: Served) -> None:
    clock = Clock()
    states = SiteStates(served.rt, clock=clock)
    with statements() as executed:
        for clock.now in (0, 59, 60):
            await states.refresh()
    assert len([statement for statement, _ in executed if "live_revision" in statement]) == 2


async def test_metrics_survive_a_database_that_is_down(tmp_path: Path, sqlite_url: str) -> None:
    async with serve(tmp_path, database_url=sqlite_url, metrics_token="for-prometheus") as served:
        served.rt.db.close()
        assert (await served.client.get("/metrics", headers=SHOWN)).status_code == 200


async def test_scrape_looks_at_dependencies_by_itself(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse() -> None:
        raise VectorStoreUnavailable("connection to qdrant.internal refused")

    async with serve(tmp_path, database_url=sqlite_url) as served:
        monkeypatch.setattr(served.rt.vectors, "ping", refuse)
        told = (await served.client.get("/metrics")).text
    assert 'askdocs_dependency_up{dependency="database"} 1.0' in told
    assert 'askdocs_dependency_up{dependency="vectors"} 0.0' in told
    assert 'dependency="model"' not in told, "it is disabled"


async def test_scrape_tells_of_failed_publishes(tmp_path: Path, sqlite_url: str) -> None:
    async with serve(tmp_path, database_url=sqlite_url, metrics_token="for-prometheus") as served:
        served.world.write(
            {f"{name}.md": f"# {name}\n\nA page on {name}." for name in ("keys", "locks", "doors")}
        )
        await served.world.index()
        served.world.write({"keys.md": None, "locks.md": None})
        with pytest.raises(SuspiciousShrinkage):
            await served.world.index()
        told = (await served.client.get("/metrics", headers=SHOWN)).text
    assert 'askdocs_publish_failures{site="docs"} 1.0' in told


async def test_metrics_can_be_switched_off(tmp_path: Path, sqlite_url: str) -> None:
    options: dict[str, Any] = {"monitoring_enabled": False, "database_url": sqlite_url}
    async with serve(tmp_path, **options) as served:
        problem(await served.client.get("/metrics"), 404, "not-found")


async def test_api_describes_itself_without_others(served: Served) -> None:
    schema = (await served.client.get("/api/openapi.json")).json()
    assert "/api/v1/sites/{site_key}/chat" in schema["paths"]
    assert schema["components"]["schemas"]["Problem"]
    answer = schema["paths"]["/api/v1/sites/{site_key}/chat"]["post"]["responses"]["200"]
    assert "#/components/schemas/Part" in str(answer["content"]["text/event-stream"])
    assert schema["components"]["schemas"]["Part"]
    assert set(schema["paths"]["/metrics"]["get"]["responses"]) == {"200", "401", "404", "503"}
    for path in ("/api", "/api/"):
        assert (await served.client.get(path)).headers["location"] == "/api/docs"
    for path in ("/api/docs", "/api/redoc"):
        page = await served.client.get(path)
        assert "https://" not in page.text
        assert page.headers["content-security-policy"].startswith("default-src 'self'")
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "redoc.standalone.js", "favicon.png"):
        assert (await served.client.get(f"/api/docs-assets/{name}")).status_code == 200
    problem(await served.client.get("/api/docs-assets/core.py"), 404, "not-found")


async def test_number_of_sites_costs_no_statements(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        world.write({"keys.md": "# Keys\n\nRotate keys every month."})
        await world.index()
        counts = []
        for name in ("second", "third", "fourth"):
            with statements() as executed:
                await SiteStates(world.rt).refresh()
            counts.append(len(executed))
            await world.rt.db.run(sites.add, name, origins=[])

    assert b'revision_age_seconds{site="docs"}' in world.rt.metrics.render(sites=True)
    assert len(set(counts)) == 1


async def test_release_tells_who_shows_the_token_what_is_running(served: Served) -> None:
    found = (await served.client.get("/release", headers=SHOWN)).json()
    assert found["version"] == __version__
    assert found["environment"] == "test"
    assert found["migration"] == HEAD
    docs = found["sites"]["docs"]
    assert (docs["revision"], docs["key"]) == (1, served.world.site.key)


async def test_release_is_for_nobody_else(served: Served, tmp_path: Path) -> None:
    problem(await served.client.get("/release"), 401, "unauthorized")
    async with serve(tmp_path) as tokenless:
        problem(await tokenless.client.get("/release"), 404, "not-found")
