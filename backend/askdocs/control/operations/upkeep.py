"""Snapshots of the vectors, and the end of a site."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from askdocs.control import snapshots
from askdocs.control.events import Event
from askdocs.control.lookup import find_site
from askdocs.runtime import Runtime
from askdocs.tenancy import sites as tenants
from askdocs.types import Actor


async def snapshot(
    rt: Runtime, *, collections: Sequence[str], scopes: Sequence[tuple[str, str, int]], folder: str
) -> AsyncGenerator[Event]:
    """One event {"result": …} with the fields of `snapshots.Taken`."""
    taken = await snapshots.take(rt.vectors, collections=collections, scopes=scopes, folder=Path(folder))
    yield {"result": taken.fields()}


async def delete_site(rt: Runtime, *, site: str, operator: str) -> AsyncGenerator[Event]:
    """One event {"result": {"is_whole": …}}: whether nothing of it is left, nor of a publish under way."""
    found = await find_site(rt, site)
    yield {"result": {"is_whole": await tenants.remove(rt, found, actor=Actor("operator", "", operator))}}
