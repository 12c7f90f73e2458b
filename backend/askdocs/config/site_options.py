"""What each site may have otherwise than the others, and the sites that are configured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError

from askdocs.config.guarding import Allowance
from askdocs.config.kinds import Count, Days, Pattern

Suggestion = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class SiteOptions(Allowance):
    """Of one site; whatever is not said of it holds as its default says."""

    access: Literal["public", "members"] = Field(
        default="public",
        description="Who may ask: everybody whose page may, or only users for whom the host application has "
        "signed.",
    )
    support_url: str = Field(
        default="",
        pattern=r"^(?:https?://\S+|mailto:\S+@\S+)?$",
        description="Where readers whose question was not answered can ask people.",
    )
    search_url: str = Field(
        default="",
        pattern=r"^(?:https?://\S+)?$",
        description="The site's search, for readers whom an answer did not help; {question} stands for the "
        "question.",
    )
    privacy_url: str = Field(
        default="", pattern=r"^(?:https?://\S+)?$", description="The site's privacy policy."
    )
    consent: Literal["none", "required"] = Field(
        default="none",
        description="Whether readers must consent before their browser keeps anything of a conversation.",
    )
    suggested_questions: Annotated[tuple[Suggestion, ...], Field(max_length=6)] = Field(
        default=(), description="Up to 6 questions to begin with, of at most 200 characters each."
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
    masking_patterns: Annotated[tuple[Pattern, ...], Field(max_length=8)] = Field(
        default=(),
        description="What is masked besides, such as CUST-[0-9]{6}: up to 8 regular expressions of RE2.",
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


def merge(configured: SiteOptions, given: Mapping[str, Any]) -> SiteOptions:
    """What is configured for a site, but for what was set for it.

    What another version of the program has set, and this one does not take, is passed over.
    """
    known = {name: value for name, value in given.items() if name in SiteOptions.model_fields}
    values = configured.model_dump(include=set(SiteOptions.model_fields), exclude_unset=True)
    try:
        return SiteOptions.model_validate({**values, **known})
    except ValidationError as error:
        wrong = {item["loc"][0] for item in error.errors() if item["loc"]}
        right = {name: value for name, value in known.items() if name not in wrong}
        return SiteOptions.model_validate({**values, **right}) if wrong else configured
