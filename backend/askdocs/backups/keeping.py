"""Opens the place that backups are in, and deletes from it what nothing keeps."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from askdocs.backups import manifest, retention
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
    """The name of a backup. "latest" is the newest one but those of what a restore replaced: a restore
    that is run again must not restore what it was to replace. Errors: `NotFound`."""
    if name != "latest":
        return name
    for made in place.listing().complete:
        if not manifest.is_replaced(made.name):
            return made.name
    raise NotFound(f"There is no backup in {place.name}.", fix="Give --to another place.")


def prune(settings: Settings, place: Place, *, now: datetime) -> list[str]:
    """Delete the backups that the settings do not keep; what cannot be read is left alone, and what a restore
    replaced is kept for the days alone. Returns their names."""
    kept = settings.backups
    complete = place.listing().complete
    names = retention.expired(
        {made.name: made.taken_at for made in complete if not manifest.is_replaced(made.name)},
        now=now,
        days=kept.keep_days,
        weeks=kept.keep_weekly,
        months=kept.keep_monthly,
    )
    days = timedelta(days=kept.keep_days)
    names += [
        made.name for made in complete if manifest.is_replaced(made.name) and now - made.taken_at >= days
    ]
    for name in names:
        place.remove(name)
    return names
