"""Settings of answers: who writes them, within which bounds, and what each site adds."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from askdocs.config.kinds import Count, Seconds, Section, Share


class Answers(Section):
    provider: Literal["auto", "gemini", "extractive"] = Field(
        default="auto",
        description="Who answers; auto: gemini with a key or on Vertex AI, else quoted passages.",
    )
    model: str = Field(default="gemini-2.5-flash", description="Gemini's model that writes answers.")
    fallback_after: Seconds = Field(
        default=8.0, description="Quote passages instead when the model has not begun after this, in seconds."
    )
    idle_timeout: Seconds = Field(
        default=20.0, description="Give the model up when it says nothing for longer than this, in seconds."
    )
    max_seconds: Seconds = Field(
        default=120.0,
        description="End an answer that takes longer than this, in seconds: a model that drips words would "
        "hold its reader for hours.",
    )
    max_chars: Count = Field(
        default=40_000,
        description="End an answer that is longer than this, in characters, whatever was asked for: 1024 "
        "tokens are some 4,000.",
    )
    temperature: float = Field(default=0.2, ge=0, le=2, description="The model's temperature.")
    max_output_tokens: Count = Field(default=1024, description="Longest answer, in the model's tokens.")
    thinking_budget: int = Field(
        default=0,
        ge=-1,
        description="Tokens the model may think before it answers; -1 lets the model decide.",
    )
    passages: Count = Field(
        default=12,
        description="Passages that an answer may draw on. Sections beside them fill the room that they leave "
        "in a prompt.",
    )
    prompt_tokens: int = Field(
        default=6000,
        ge=1000,
        description="Most tokens of the whole prompt: rules, question, passages, earlier exchanges.",
    )
    history_turns: int = Field(
        default=4, ge=0, description="Earlier exchanges of the session that the model sees."
    )
    min_confidence: Share | None = Field(
        default=None,
        description="Below this probability that the docs answer a question nothing is answered, only pages "
        "offered; none: that of the calibration, which depends on the embedding model.",
    )
    cache_ttl: int = Field(
        default=3600, ge=0, description="How long an answer is reused, in seconds; 0: never."
    )
    max_question_chars: Count = Field(default=4000, description="Longest question, in characters.")
    max_excerpt_chars: Count = Field(
        default=4000,
        description="Longest text that a reader marks on a page to ask about it, in characters.",
    )

    @model_validator(mode="after")
    def leave_room_for_the_question(self) -> Self:
        least = self.least_prompt_tokens()
        if self.prompt_tokens < least:
            raise ValueError(
                f"prompt_tokens is {self.prompt_tokens}, but rules, a passage and a question of "
                f"max_question_chars ({self.max_question_chars}) take up to {least}"
            )
        return self

    def least_prompt_tokens(self, instructions: int = 0) -> int:
        """What a prompt takes with a site's instructions of so many characters. A letter outside ASCII counts
        as three quarters of a token; 1000 hold the rules and a passage."""
        return 1000 + (self.max_question_chars + instructions) * 3 // 4
