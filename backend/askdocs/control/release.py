"""What is running: image, version, prompt, configuration, tables, and what each site answers from."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from askdocs import __version__
from askdocs.db import sites
from askdocs.db.database import Session, read_only
from askdocs.db.upgrades import Schema, current
from askdocs.runtime import Runtime
from askdocs.text import prompts
from askdocs.types import Site


class PublishedSite(BaseModel):
    """A site, and the live revision of its docs, which is None before the first publish. `prompt` is that of
    all sites, and the hash of this one's instructions if it has any."""

    key: str
    prompt: str
    origins: tuple[str, ...]
    revision: int | None
    published_at: datetime | None


class Release(BaseModel):
    """`config` changes whenever a setting does that answers depend on. `migration` is that of the tables,
    which may be newer than the program, and which programs from `compatible_from` on may use. `sites` are
    by name."""

    version: str
    image: str
    environment: str
    prompt: str
    config: str
    migration: str
    compatible_from: str
    sites: dict[str, PublishedSite]


async def describe(rt: Runtime) -> Release:
    """The release that this process is."""
    schema = await rt.db.run(_schema)
    return Release(
        version=__version__,
        image=rt.release["image"],
        environment=rt.settings.environment,
        prompt=prompts.VERSION,
        config=rt.release["config"],
        migration=schema.migration or "",
        compatible_from=schema.compatible_from or "",
        sites={
            site.name: PublishedSite(
                key=site.key,
                prompt=prompts.version(rt.options(site).instructions),
                origins=site.origins,
                revision=number,
                published_at=published_at,
            )
            for site, number, published_at in await rt.db.run(_published)
        },
    )


@read_only
def _schema(db: Session) -> Schema:
    return current(db.connection())


@read_only
def _published(db: Session) -> list[tuple[Site, int | None, datetime | None]]:
    live = sites.live_revisions(db)
    return [(site, *(live.get(site.name) or (None, None))) for site in sites.all_sites(db)]
