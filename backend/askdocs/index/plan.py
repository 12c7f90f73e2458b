"""Decides what a publish has to do: old hashes and new hashes in, intents out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

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


def diff(published: Mapping[str, str], read: Mapping[str, str]) -> Plan:
    """Compare content hashes by path."""
    stays = published.keys() & read.keys()
    changed = {path for path in stays if published[path] != read[path]}
    return Plan(
        added=tuple(sorted(read.keys() - published.keys())),
        changed=tuple(sorted(changed)),
        removed=tuple(sorted(published.keys() - read.keys())),
        unchanged=tuple(sorted(stays - changed)),
    )


def restated(plan: Plan) -> Plan:
    """Have every document that stays written anew, because what its vectors were computed from (model,
    chunker, length statistics) no longer holds."""
    return replace(plan, changed=tuple(sorted(plan.changed + plan.unchanged)), unchanged=())


def check_shrinkage(
    plan: Plan, published: Mapping[str, str], *, sources: Collection[str], max_shrinkage: float
) -> None:
    """Refuse a source that suddenly lost more than `max_shrinkage` (0 to 1) of its pages, and one that is to
    go altogether. `published` names the source of each page, and `sources` those that are there now.

    A broken build must not empty the bot, nor one source take the place of another. Raises
    `SuspiciousShrinkage`.
    """
    had, lost = Counter(published.values()), Counter(published[path] for path in plan.removed)
    for source, gone in lost.items():
        name = f"the source {source}" if source else "the source"
        if source not in sources:
            raise SuspiciousShrinkage(
                f"T{name[1:]} is published with {had[source]} pages, and is no longer named.",
                fix="Name it in askdocs.yaml again. If its pages are meant to go, use --force; to publish "
                "some sources and leave the others as they are, use --only.",
            )
        if gone > had[source] * max_shrinkage:
            raise SuspiciousShrinkage(
                f"{gone} of {had[source]} published pages are missing from {name}: it looks like a broken "
                "build, or like another source.",
                fix="Check the source. If the pages are meant to go, run the command again with --force. If "
                "these are further docs of the site, give them a name of their own: --name NAME.",
            )
