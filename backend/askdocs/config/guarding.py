"""Settings of what protects a public chat from those who would use it up."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from askdocs.config.kinds import Count, Section
from askdocs.types import UNLIMITED, Amount, Caps

Money = Annotated[float, Field(ge=0, le=1_000_000_000)]


class Allowance(Section):
    """What models may take, of one site or of all together. Hours and days are those of UTC."""

    budget_per_hour: Money | None = Field(
        default=None,
        description="What models may cost within an hour, by estimate, in the currency of the prices; none: "
        "as much as within a day.",
    )
    budget_per_day: Money | None = Field(
        default=None, description="What models may cost within a day, by estimate; none: no bound."
    )
    tokens_per_hour: Count | None = Field(
        default=None, description="Tokens that models may read and write within an hour; none: no bound."
    )
    tokens_per_day: Count | None = Field(
        default=None, description="Tokens that models may read and write within a day; none: no bound."
    )

    @property
    def caps(self) -> Caps:
        return Caps(
            hour=_cap(self.tokens_per_hour, self.budget_per_hour),
            day=_cap(self.tokens_per_day, self.budget_per_day),
        )


def _cap(tokens: int | None, money: float | None) -> Amount:
    return Amount(
        UNLIMITED.tokens if tokens is None else tokens,
        UNLIMITED.micros if money is None else round(money * 1_000_000),
    )


class Guard(Allowance):
    """Of the whole deployment. A budget of its own can be set for each site."""

    budget_per_hour: Money | None = Field(
        default=2.0,
        description="What models may cost within an hour, all sites together, by estimate, in the currency "
        "of the prices; none: as much as within a day.",
    )
    budget_per_day: Money | None = Field(
        default=10.0,
        description="What models may cost within a day, all sites together, by estimate; none: no bound.",
    )
    repeats_per_session: Count = Field(
        default=6,
        description="How often a model answers the same question of one conversation within an hour; then "
        "it is quoted.",
    )
    repeats_per_hour: Count = Field(
        default=40,
        description="How often a model answers the same question, or nearly the same, on one site within an "
        "hour and in each process; then it is quoted.",
    )
    streams_per_session: Count = Field(
        default=2, description="Answers that a conversation gets at once; what is more is refused."
    )
    streams_per_client: Count = Field(
        default=20,
        description="Answers that a client's network gets at once from each process; what is more is "
        "refused.",
    )
    streams_per_process: Count = Field(
        default=250, description="Answers that a process gives at once; what is more is refused."
    )
    reader_sessions: Literal["always", "suspicious", "never"] = Field(
        default="suspicious",
        description="When a question needs a reader session, which clients get by themselves; suspicious: "
        "when more come without one than the next two allow.",
    )
    network_questions: Count = Field(
        default=20, description="Questions per minute that one network may ask without a reader session."
    )
    site_questions: Count = Field(
        default=200, description="Questions per minute that a site's readers may ask without a session."
    )
    network_sessions: int = Field(
        default=3,
        ge=0,
        description="Reader sessions that a network gets within 15 minutes without work; the more it asks "
        "for beyond, the more work each costs.",
    )
    site_sessions: int = Field(
        default=100,
        ge=0,
        description="Reader sessions per minute that a site gives without work.",
    )
    work: int = Field(
        default=100_000,
        ge=1_000,
        le=500_000,
        description="Tries that the first work costs a reader's browser at most, half of them on average; "
        "the hardest costs 16 times as many.",
    )


class Prices(Section):
    """Of a million tokens. List prices in US dollars are known of the usual models."""

    prompt: Money | None = Field(
        default=None,
        description="Price of a million tokens that the model reads, in any currency; none: the list price "
        "of the model, or that of the dearest known one.",
    )
    output: Money | None = Field(
        default=None, description="Price of a million tokens that the model writes; none: as above."
    )
    embedding: Money | None = Field(
        default=None,
        description="Price of a million tokens that are embedded; none: the list price, 0 for the local "
        "model.",
    )
