"""Which backups may go: a decision on their names and times alone."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from datetime import datetime, timedelta


def expired(
    backups: Mapping[str, datetime], *, now: datetime, days: int, weeks: int, months: int
) -> list[str]:
    """The names of those that nothing keeps, oldest first.

    Kept are all that are younger than `days`; the newest one of each of the `weeks` newest weeks that have
    any, and of each of the `months` newest months; and the newest one of all, however old it is. What lies
    in the future, because a clock was wrong, is kept.
    """
    newest_first = sorted(backups, key=lambda name: backups[name], reverse=True)
    kept = set(newest_first[:1])
    kept |= {name for name in newest_first if now - backups[name] < timedelta(days=days)}
    kept |= _newest_of_each(((name, backups[name].isocalendar()[:2]) for name in newest_first), weeks)
    kept |= _newest_of_each(
        ((name, (backups[name].year, backups[name].month)) for name in newest_first), months
    )
    return [name for name in reversed(newest_first) if name not in kept]


def _newest_of_each(newest_first: Iterable[tuple[str, Hashable]], periods: int) -> set[str]:
    first: dict[Hashable, str] = {}
    for name, period in newest_first:
        first.setdefault(period, name)
    return set(list(first.values())[:periods])
