"""Opens the place that backups are in, and deletes from it what nothing keeps."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from askdocs.backups import retention
from askdocs.backups.bucket import Bucket
from askdocs.backups.places import Folder, Place
from askdocs.config import Settings
from askdocs.errors import NotFound


def open_place(location: str, *, home: Path) -> Place:
    """A bucket, if it begins with gs://, or a folder."""
    if location.startswith("gs://"):
        return Bucket(location, home=home)
    return Folder(Path(location).expanduser().absolute())


def find(place: Place, name: str) -> str:
    """The name of a backup, which "latest" stands for too. Errors: `NotFound`."""
    if name != "latest":
        return name
    complete = place.listing().complete
    if not complete:
        raise NotFound(f"There is no backup in {place.name}.", fix="Give --to another place.")
    return complete[0].name


def prune(settings: Settings, place: Place, *, now: datetime) -> list[str]:
    """Delete the backups that the settings do not keep; what cannot be read is left alone. Returns their
    names."""
    kept = settings.backups
    names = retention.expired(
        {made.name: made.taken_at for made in place.listing().complete},
        now=now,
        days=kept.keep_days,
        weeks=kept.keep_weekly,
        months=kept.keep_monthly,
    )
    for name in names:
        place.remove(name)
    return names
