"""Backup, destroy, restore: the same answer from the same counts, on each kind of database and engine."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from askdocs.backups import create as creating
from askdocs.backups import restore as restoring
from askdocs.backups.manifest import Manifest
from askdocs.db import contents
from askdocs.db.contents import Contents
from askdocs.runtime import open_database
from tests.operate.installations import Installation


@pytest.fixture
def embedded(tmp_path: Path) -> Installation:
    """SQLite and the embedded engine, with two editions published."""
    installation = Installation(tmp_path)
    installation.publish(1)
    installation.publish(2)
    return installation


def back_up(installation: Installation) -> Manifest:
    return creating.create(installation.settings, installation.place, creating.Wanted(recipient=None))


def counted(installation: Installation) -> Contents:
    db = open_database(installation.settings)
    try:
        return db.run_sync(contents.read)
    finally:
        db.close()


def test_what_was_destroyed_answers_as_before_and_counts_the_same(embedded: Installation) -> None:
    before, rows = embedded.answer(), counted(embedded)
    made = back_up(embedded)
    shutil.rmtree(embedded.home)

    report = restoring.restore(embedded.settings, embedded.place, made.name, restoring.Wanted())

    assert report is not None
    assert counted(embedded).rows == made.database.rows
    assert counted(embedded).stores == rows.stores
    assert [asked.site for asked in report.asked] == ["docs"]
    assert embedded.answer() == before


def test_backup_under_questions_and_a_publish_holds_one_state(embedded: Installation) -> None:
    answers = {2: embedded.answer()}
    with embedded.asked() as heard:
        publish = threading.Thread(target=embedded.publish, args=[3])
        publish.start()
        made = back_up(embedded)
        publish.join()
        answers[3] = embedded.answer()
    shutil.rmtree(embedded.home)

    restoring.restore(embedded.settings, embedded.place, made.name, restoring.Wanted())

    assert heard
    assert embedded.answer() == answers[made.stores[0].live]
    assert [store.live for store in counted(embedded).stores] == [made.stores[0].live]
    embedded.publish(4)
    assert "4 hours" in embedded.answer()["answer"]
