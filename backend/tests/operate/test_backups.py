"""Backup, destroy, restore: the same answer from the same counts, on each kind of database and engine."""

from __future__ import annotations

import threading

from askdocs.backups import restore as restoring
from tests.operate.installations import Installation, back_up, counted, destroy


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
