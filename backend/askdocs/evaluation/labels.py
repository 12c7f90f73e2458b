"""Holds the labels of questions against what is published: a place that is not there is never found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from askdocs.db import documents, sites
from askdocs.evaluation.questions import Place
from askdocs.runtime import Runtime
from askdocs.types import Site

_NAMED = 5
"""Places that a warning names: enough to see what they have in common, as a folder too many in front."""


async def astray(rt: Runtime, site: Site, places: Iterable[Place]) -> list[Place]:
    """Those of the places that the live revision does not have: the page, or the section on its page.

    Without a live revision there is none of them.
    """
    wanted = sorted(set(places))
    store = await rt.db.run(sites.store, site.id)
    if store.live_revision is None:
        return wanted
    paths = sorted({path for path, _ in wanted})
    found = await rt.db.run(
        documents.find, site.id, store_id=store.id, revision=store.live_revision, paths=paths
    )
    return [(path, anchor) for path, anchor in wanted if path not in found or not found[path].hash_of(anchor)]


def warning(lost: Sequence[Place], labels: int) -> str:
    """`labels` is how many places the questions name in all."""
    named = ", ".join(f"{path}#{anchor}" if anchor else path for path, anchor in lost[:_NAMED])
    more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    return (
        f"{len(lost)} of the {labels} places that `gold` names are not in the live revision, so they count "
        f'as not found: {named}{more}. `askdocs search "…" --json` shows each section\'s path and anchor.'
    )
