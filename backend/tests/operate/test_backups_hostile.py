"""A backup that somebody wrote on purpose reads and writes nothing but what is its own."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from askdocs.backups import archives, manifest
from askdocs.backups import restore as restoring
from askdocs.backups.manifest import Manifest
from askdocs.errors import VerificationFailed
from tests.operate.installations import Installation, back_up, destroy


def forge(local: Installation, made: Manifest, change: Callable[[Manifest], Manifest]) -> None:
    """Change what the manifest says, with a checksum that fits."""
    (local.backups / made.name / manifest.FILE).write_bytes(manifest.dump(change(made)))


def unpacks_elsewhere(made: Manifest) -> Manifest:
    assert made.vectors is not None
    (packed,) = made.vectors.files.values()
    vectors = made.vectors.model_copy(update={"files": {"../../../planted": packed}})
    return made.model_copy(update={"vectors": vectors})


def reads_elsewhere(made: Manifest) -> Manifest:
    return made.model_copy(update={"database": made.database.model_copy(update={"file": "/etc/hostname"})})


def unpacks_what_is_elsewhere(made: Manifest) -> Manifest:
    assert made.vectors is not None
    files = dict.fromkeys(made.vectors.files, "../../elsewhere.tar.gz")
    return made.model_copy(update={"vectors": made.vectors.model_copy(update={"files": files})})


@pytest.mark.parametrize("change", [unpacks_elsewhere, reads_elsewhere, unpacks_what_is_elsewhere])
def test_forged_manifest_leads_nowhere_else(
    local: Installation, change: Callable[[Manifest], Manifest]
) -> None:
    made = back_up(local)
    forge(local, made, change)
    destroy(local)

    with pytest.raises(VerificationFailed):
        restoring.restore(local.settings, local.place, made.name, restoring.Wanted())

    assert not list(local.folder.rglob("planted*"))
    assert list(local.place.listing().unreadable) == [made.name]


def test_time_without_a_zone_does_not_stop_the_listing(local: Installation) -> None:
    forged, made = back_up(local), back_up(local)
    forge(local, forged, lambda one: one.model_copy(update={"taken_at": one.taken_at.replace(tzinfo=None)}))

    assert [one.name for one in local.place.listing().complete] == [made.name]


@pytest.mark.parametrize("name", [".", "twice"])
def test_archive_that_names_something_twice_is_refused(tmp_path: Path, name: str) -> None:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for _ in range(2):
            member = tarfile.TarInfo(name)
            member.type = tarfile.DIRTYPE
            archive.addfile(member)
    content.seek(0)

    with pytest.raises(VerificationFailed):
        archives.unpack(content, tmp_path / "target")
