"""What each site may have otherwise than the others, and the sites that are configured."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from askdocs.config.guarding import Allowance
from askdocs.config.kinds import Count, Days


class SiteOptions(Allowance):
    """Of one site; whatever is not said of it holds as its default says."""

    support_url: str = Field(
        default="",
        pattern=r"^(?:https?://\S+|mailto:\S+@\S+)?$",
        description="Where readers whose question was not answered can ask people.",
    )
    instructions: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] = Field(
        default="", description="What the model is told about tone and product."
    )
    reader_sessions: Literal["always", "suspicious", "never"] | None = Field(
        default=None, description="When a question needs a reader session; none: as guard.reader_sessions."
    )
    retention_days: Days | None = Field(
        default=None,
        description="Conversations are deleted this many days after their last question; 0: nothing of them "
        "is stored; none: as for all sites.",
    )
    rate_limit_requests: Count | None = Field(
        default=None, description="Requests per minute and client; none: as for all sites."
    )
    rate_limit_searches: Count | None = Field(
        default=None, description="Searches per minute and client; none: as for all sites."
    )
    rate_limit_session: Count | None = Field(
        default=None, description="Questions per minute in one conversation; none: as for all sites."
    )
    rate_limit_site: Count | None = Field(
        default=None, description="Questions per minute of all its readers; none: as for all sites."
    )


class SiteSettings(SiteOptions):
    name: str = Field(min_length=1, description="The site's name.")
    key: str = Field(pattern=r"^[A-Za-z0-9_-]{4,64}$", description="The site's public key.")
    origins: tuple[Annotated[str, Field(pattern=r"^https?://[^/\s]+$")], ...] = Field(
        default=(), description="Web origins whose pages may ask."
    )
