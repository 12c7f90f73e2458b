"""Backups in a bucket: the real `gcloud storage` against a local fake of the API."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from askdocs.backups import keeping, manifest
from askdocs.backups import restore as restoring
from askdocs.errors import InputError, NotFound, Unavailable, VerificationFailed
from tests.fakes import google_storage
from tests.fakes.google_storage import Storage
from tests.operate.installations import Installation, back_up, destroy


@pytest.fixture
def storage(warm_gcloud: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    """The fake in a thread of its own, and gcloud told to use it."""
    started, found, ended = threading.Event(), [], asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with google_storage.running() as fake:
            found.append(fake)
            started.set()
            await ended.wait()

    server = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    server.start()
    assert started.wait(10)
    token = tmp_path / "token"
    token.write_text("any")
    for name, value in {
        "CONFIG": tmp_path / "gcloud",
        "CORE_PROJECT": "demo",
        "CORE_DISABLE_PROMPTS": "1",
        "CORE_DISABLE_USAGE_REPORTING": "true",
        "CORE_DISABLE_FILE_LOGGING": "true",
        "COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "true",
        "SURVEY_DISABLE_PROMPTS": "true",
        "AUTH_ACCESS_TOKEN_FILE": token,
        "API_ENDPOINT_OVERRIDES_STORAGE": f"{found[0].url}/storage/v1/",
    }.items():
        monkeypatch.setenv(f"CLOUDSDK_{name}", str(value))
    monkeypatch.setenv("PATH", f"{warm_gcloud}:{os.environ['PATH']}")
    for proxy in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    yield found[0]
    loop.call_soon_threadsafe(ended.set)
    server.join()
    loop.close()


def test_backup_goes_to_a_bucket_and_comes_back(local: Installation, storage: Storage) -> None:
    local.bucket = "gs://backups/askdocs"
    answer = local.answer()

    made = back_up(local)
    destroy(local)
    restoring.restore(local.settings, local.place, keeping.find(local.place, "latest"), restoring.Wanted())

    names = {name for _, name in storage.objects}
    assert names == {f"askdocs/{made.name}/{file.path}" for file in made.files} | {
        f"askdocs/{made.name}/{manifest.FILE}"
    }
    assert local.answer() == answer


def test_upload_that_arrives_changed_is_no_backup(local: Installation, storage: Storage) -> None:
    local.bucket = "gs://backups"
    storage.corrupt.add("*/vectors/*")

    with pytest.raises((VerificationFailed, Unavailable)):
        back_up(local)

    assert not [name for _, name in storage.objects if name.endswith(manifest.FILE)]
    assert not local.place.listing().complete


def test_what_an_interrupted_upload_left_goes_after_a_day_and_nothing_of_others(
    local: Installation, storage: Storage
) -> None:
    local.bucket = "gs://backups"
    now = datetime.now(UTC)
    old, young = manifest.new_name(now - timedelta(days=2)), manifest.new_name(now - timedelta(hours=1))
    storage.objects["backups", f"{old}/database.sqlite.gz"] = b"half"
    storage.objects["backups", f"{young}/database.sqlite.gz"] = b"half"
    storage.objects["backups", "askdocs-notes/readme"] = b"somebody else's"

    made = back_up(local)
    damaged = "askdocs-20200101T000000Z"
    storage.objects["backups", f"{damaged}/{manifest.FILE}"] = b'{"format": "askdocs-backup"}'
    found = local.place.listing()

    tops = {name.partition("/")[0] for _, name in storage.objects}
    assert tops == {young, "askdocs-notes", made.name, damaged}
    assert [one.name for one in found.complete] == [made.name]
    assert list(found.unreadable) == [damaged]
    with pytest.raises(NotFound):
        local.place.manifest(young)
    local.place.remove(made.name)
    assert {name.partition("/")[0] for _, name in storage.objects} == tops - {made.name}


def test_bucket_that_is_not_there_is_told(local: Installation, storage: Storage) -> None:
    local.bucket = "gs://missing"

    with pytest.raises(Unavailable, match="not found"):
        back_up(local)
    with pytest.raises(InputError):
        keeping.open_place("gs://", home=local.home)
