"""The scripts of operators, and what they are made of: retention, metrics, drills."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import subprocess
import tempfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from askdocs.backups import create as creating
from askdocs.backups import drill, keeping, retention, switch
from tests import services
from tests.operate.installations import Installation, back_up, migrate

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


# retention


def kept(ages: list[float], *, days: int = 30, weeks: int = 0, months: int = 0) -> list[float]:
    """Of backups that are so many days old, those that stay."""
    backups = {str(age): NOW - timedelta(days=age) for age in ages}
    gone = retention.expired(backups, now=NOW, days=days, weeks=weeks, months=months)
    return [age for age in ages if str(age) not in gone]


def test_backups_younger_than_the_days_are_kept() -> None:
    assert kept([0, 1, 29.9, 30, 31]) == [0, 1, 29.9]


def test_newest_backup_is_kept_however_old() -> None:
    assert kept([400, 500]) == [400]


def test_newest_of_each_week_and_month_is_kept_longer() -> None:
    nightly = [float(age) for age in range(120)]

    assert kept(nightly, days=3, weeks=3) == [0, 1, 2, 4, 11]
    assert kept(nightly, days=3, months=3) == [0, 1, 2, 26, 57]


def test_backup_of_the_future_is_kept() -> None:
    assert kept([-5, 0, 40]) == [-5, 0]


def test_pruning_deletes_what_is_ours_alone(local: Installation) -> None:
    old = back_up(local)
    damaged, foreign = local.backups / "askdocs-20200101T000000Z", local.backups / "photos"
    for folder in (damaged, foreign):
        folder.mkdir()
        (folder / "file").write_text("something")

    replaced = creating.create(local.settings, local.place, creating.Wanted(None, replaced=True))

    assert keeping.find(local.place, "latest") == old.name
    assert keeping.prune(local.settings, local.place, now=NOW + timedelta(days=4000)) == [replaced.name]

    assert sorted(entry.name for entry in local.backups.iterdir()) == sorted(
        [old.name, damaged.name, foreign.name]
    )


# drills


def test_drill_passes_and_leaves_nothing(installation: Installation, postgres: services.Server) -> None:
    made = back_up(installation)
    databases = services.execute(postgres.url, "SELECT count(*) FROM pg_database")

    outcome = drill.run(
        installation.settings, installation.place, made.name, identity=None, server=postgres.url
    )

    assert outcome.failure == ""
    assert [asked.site for asked in outcome.asked] == ["docs"]
    assert outcome.age >= 0
    assert sum(outcome.steps.values()) <= outcome.seconds
    assert services.execute(postgres.url, "SELECT count(*) FROM pg_database") == databases
    assert not list((installation.home / ".drill").iterdir())
    if url := installation.overrides.get("qdrant_url"):
        with httpx.Client(base_url=url, trust_env=False) as qdrant:
            assert "drill" not in qdrant.get("/collections").text


def test_drill_of_a_backup_that_cannot_be_restored_fails(local: Installation) -> None:
    made = back_up(local)
    (local.backups / made.name / made.files[-1].path).write_bytes(b"damaged")

    outcome = drill.run(local.settings, local.place, made.name, identity=None, server=None)

    assert "damaged" in outcome.failure


def test_drill_leaves_collections_of_an_earlier_prefix_alone(remote: Installation) -> None:
    migrate(remote)
    remote.publish(1)
    remote.overrides["vectors"]["collection_prefix"] += "-newer"
    made, answer = back_up(remote), remote.answer()

    outcome = drill.run(
        remote.settings, remote.place, made.name, identity=None, server=remote.overrides["database_url"]
    )

    assert outcome.failure == ""
    assert remote.answer() == answer


# scripts


def begun(installation: Installation, name: str, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "ASKDOCS": str(installation.commands.askdocs),
        "ASKDOCS_ENV": "test",
        "ASKDOCS_HOME": str(installation.home),
        **installation.variables,
        **variables,
    }
    return subprocess.Popen(
        [str(ROOT / name), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def script(installation: Installation, name: str, *arguments: str, **variables: str) -> tuple[int, str]:
    """Exit code and what was said."""
    with begun(installation, name, *arguments, **variables) as process:
        said, _ = process.communicate()
    return process.returncode, said


@pytest.mark.parametrize("name", ["backup.sh", "scripts/restore.sh", "scripts/restore-drill.sh"])
def test_script_helps_and_refuses_what_it_does_not_know(embedded: Installation, name: str) -> None:
    code, said = script(embedded, name, "--help")
    unknown, _ = script(embedded, name, "--no-such-option")

    assert (code, unknown) == (0, 2)
    assert said.startswith("Usage: ")
    assert "Exit codes" in said


def test_scripts_back_up_drill_and_restore(local: Installation) -> None:
    metrics, answer = local.folder / "metrics", local.answer()
    metrics.mkdir()
    backups = str(local.backups)

    assert script(local, "backup.sh", "--to", backups, "--dry-run")[0] == 0
    assert not local.place.listing().complete
    backed_up = script(local, "backup.sh", "--to", backups, METRICS_TEXTFILE_DIR=str(metrics))
    drilled = script(local, "scripts/restore-drill.sh", "--from", backups, METRICS_TEXTFILE_DIR=str(metrics))
    refused = script(local, "scripts/restore.sh", "latest", "--from", backups)
    shutil.rmtree(local.home)
    restored = script(local, "scripts/restore.sh", "latest", "--from", backups)

    assert (backed_up[0], drilled[0], refused[0], restored[0]) == (0, 0, 3, 0), backed_up[1] + drilled[1]
    assert "PASSED" in drilled[1]
    assert local.answer() == answer
    for name, metric in {
        "askdocs_backup": "askdocs_backup_last_success_timestamp_seconds",
        "askdocs_drill": "askdocs_restore_drill_last_success_timestamp_seconds",
    }.items():
        file = metrics / f"{name}.prom"
        assert f"\n{metric} " in file.read_text()
        assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_drill_takes_the_key_that_its_environment_names(
    local: Installation, keys: list[tuple[str, Path]]
) -> None:
    (recipient, identity), _ = keys
    creating.create(local.settings, local.place, creating.Wanted(recipient))
    backups = ("--from", str(local.backups))

    without, said = script(local, "scripts/restore-drill.sh", *backups)
    passed, _ = script(local, "scripts/restore-drill.sh", *backups, BACKUP_IDENTITY_FILE=str(identity))

    assert (without, passed) == (1, 0)
    assert "encrypted" in said


def is_free(lock: Path) -> bool:
    """Whether nobody holds it, as the drill's PostgreSQL does."""
    with lock.open() as opened, suppress(BlockingIOError):
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def test_drill_starts_a_postgres_of_its_own_which_does_not_outlive_it(remote: Installation) -> None:
    migrate(remote)
    remote.publish(1)
    back_up(remote)
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch).chmod(0o711)
        drill = ("scripts/restore-drill.sh", "--from", str(remote.backups))
        with begun(remote, *drill, TMPDIR=scratch) as killed:
            services.wait_for(lambda: list(Path(scratch).glob("askdocs-drill.*/data/.s.PGSQL.*.lock")))
            (lock,) = Path(scratch).glob("askdocs-drill.*/lock")
            killed.kill()
        services.wait_for(lambda: is_free(lock))

        code, said = script(remote, *drill, TMPDIR=scratch)

        assert code == 0, said
        assert "which a drill left that was killed" in said
        assert "PASSED" in said
        assert not list(Path(scratch).glob("askdocs-drill.*"))


def test_no_password_is_on_a_command_line(remote: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(remote)
    remote.publish(1)
    seen: list[str] = []
    run = subprocess.run

    def noting(command: list[str], **options: object) -> subprocess.CompletedProcess[bytes]:
        seen.append(" ".join(map(str, command)))
        return run(command, **options)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(subprocess, "run", noting)
    url = str(remote.overrides["database_url"]).replace("postgres@", "postgres:s3cr%3Aet@")
    remote.overrides["database_url"] = url

    back_up(remote)

    dumps = [command for command in seen if "--snapshot" in command]
    assert dumps
    assert not [command for command in seen if "s3cr" in command]


def test_latest_is_the_backup_whose_restore_was_interrupted(local: Installation) -> None:
    first = back_up(local)
    back_up(local)
    switch.write(local.home, switch.Journal(first.name))

    code, said = script(
        local, "scripts/restore.sh", "latest", "--from", str(local.backups), "--replace", "--yes"
    )

    assert code == 0, said
    assert f"{first.name}, of" in said
