"""Backup, destroy, restore: the same answer from the same counts, on each kind of database and engine."""

from __future__ import annotations

import shutil
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from askdocs.backups import create as creating
from askdocs.backups import restore as restoring
from askdocs.backups.manifest import Manifest
from askdocs.db import contents
from askdocs.db.contents import Contents
from askdocs.runtime import open_database
from tests import services
from tests.operate.installations import Installation, qdrant_server


@pytest.fixture(scope="module")
def qdrant_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with qdrant_server(tmp_path_factory.mktemp("qdrant")) as url:
        yield url


@pytest.fixture
def embedded(tmp_path: Path) -> Installation:
    """SQLite and the embedded engine."""
    return Installation(tmp_path)


@pytest.fixture
def remote(tmp_path: Path, postgres: services.Server, qdrant_url: str) -> Iterator[Installation]:
    """PostgreSQL and a Qdrant server."""
    name = f"backed_up_{uuid.uuid4().hex[:8]}"
    url = services.create_database(postgres.url, name)
    prefix = f"{tmp_path.name[-12:].replace('_', '-').strip('-')}-{name[-4:]}"
    yield Installation(
        tmp_path,
        variables={
            "DATABASE_URL": url,
            "QDRANT_URL": qdrant_url,
            "ASKDOCS_VECTORS__COLLECTION_PREFIX": prefix,
        },
        overrides={
            "database_url": url,
            "qdrant_url": qdrant_url,
            "vectors": {"collection_prefix": prefix, "transport": "rest"},
        },
    )
    services.drop_database(postgres.url, name)


@pytest.fixture(params=["embedded", "remote"])
def installation(request: pytest.FixtureRequest) -> Installation:
    """One of each kind, with two editions published."""
    found: Installation = request.getfixturevalue(request.param)
    migrate(found)
    found.publish(1)
    found.publish(2)
    return found


def migrate(installation: Installation) -> None:
    db = open_database(installation.settings)
    db.upgrade()
    db.close()


def destroy(installation: Installation) -> None:
    """Everything but the backups."""
    vectors = installation.settings.vectors.collection_prefix
    if "database_url" in installation.overrides:
        url = installation.overrides["database_url"]
        services.execute(url, "DROP SCHEMA public CASCADE")
        services.execute(url, "CREATE SCHEMA public")
        with httpx.Client(base_url=installation.overrides["qdrant_url"], trust_env=False) as qdrant:
            for found in qdrant.get("/collections").json()["result"]["collections"]:
                if found["name"].startswith(f"{vectors}_"):
                    qdrant.delete(f"/collections/{found['name']}").raise_for_status()
    shutil.rmtree(installation.home)


def back_up(installation: Installation) -> Manifest:
    return creating.create(installation.settings, installation.place, creating.Wanted(recipient=None))


def counted(installation: Installation) -> Contents:
    db = open_database(installation.settings)
    try:
        return db.run_sync(contents.read)
    finally:
        db.close()


def test_what_was_destroyed_answers_as_before_and_counts_the_same(installation: Installation) -> None:
    before, rows = installation.answer(), counted(installation)
    made = back_up(installation)
    destroy(installation)

    report = restoring.restore(installation.settings, installation.place, made.name, restoring.Wanted())

    assert report is not None
    assert counted(installation).rows == made.database.rows
    assert counted(installation).stores == rows.stores
    assert [asked.site for asked in report.asked] == ["docs"]
    assert installation.answer() == before


def test_backup_under_questions_and_a_publish_holds_one_state(installation: Installation) -> None:
    answers = {2: installation.answer()}
    with installation.asked() as heard:
        publish = threading.Thread(target=installation.publish, args=[3])
        publish.start()
        made = back_up(installation)
        publish.join()
        answers[3] = installation.answer()
    destroy(installation)

    restoring.restore(installation.settings, installation.place, made.name, restoring.Wanted())

    assert heard
    assert installation.answer() == answers[made.stores[0].live]
    assert [store.live for store in counted(installation).stores] == [made.stores[0].live]
    installation.publish(4)
    assert "4 hours" in installation.answer()["answer"]
