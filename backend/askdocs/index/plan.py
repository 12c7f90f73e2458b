"""Decides what a publish has to do: old hashes and new hashes in, intents out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from askdocs.errors import SuspiciousShrinkage


@dataclass(frozen=True, slots=True)
class Plan:
    """Paths of documents by what happens to them, each sorted."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]

    @property
    def written(self) -> tuple[str, ...]:
        """Documents whose chunks are new in the revision."""
        return self.added + self.changed

    @property
    def closed(self) -> tuple[str, ...]:
        """Documents whose present chunks end with the revision before."""
        return self.changed + self.removed

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.changed or self.removed)


def diff(published: Mapping[str, str], read: Mapping[str, str], *, restate: bool = False) -> Plan:
    """Compare content hashes by path. With `restate` every document that stays is written anew, because
    what its vectors were computed from (model, chunker, length statistics) no longer holds."""
    stays = published.keys() & read.keys()
    changed = {path for path in stays if restate or published[path] != read[path]}
    return Plan(
        added=tuple(sorted(read.keys() - published.keys())),
        changed=tuple(sorted(changed)),
        removed=tuple(sorted(published.keys() - read.keys())),
        unchanged=tuple(sorted(stays - changed)),
    )


def check_shrinkage(plan: Plan, *, published: int, max_shrinkage: float) -> None:
    """Refuse a source that suddenly lost more than `max_shrinkage` (0 to 1) of its pages.

    A broken build must not empty the bot. Raises `SuspiciousShrinkage`.
    """
    lost = len(plan.removed)
    if not lost or lost <= published * max_shrinkage:
        return
    raise SuspiciousShrinkage(
        f"{lost} of {published} published pages are missing from the source: it looks like a broken build.",
        fix="Check the source. If the pages are meant to go, run the command again with --force.",
    )
