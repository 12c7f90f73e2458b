"""What models take, and how much of it they may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Amount:
    """Tokens, and what they are estimated to cost in millionths of the currency of the prices."""

    tokens: int = 0
    micros: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.tokens + other.tokens, self.micros + other.micros)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(self.tokens - other.tokens, self.micros - other.micros)

    def times(self, number: int) -> Amount:
        return Amount(self.tokens * number, self.micros * number)

    def shared(self, number: int) -> Amount:
        return Amount(self.tokens // number, self.micros // number)

    def least(self, other: Amount) -> Amount:
        """The lesser of both, of each part."""
        return Amount(min(self.tokens, other.tokens), min(self.micros, other.micros))

    def most(self, other: Amount) -> Amount:
        return Amount(max(self.tokens, other.tokens), max(self.micros, other.micros))

    def covers(self, other: Amount) -> bool:
        return self.tokens >= other.tokens and self.micros >= other.micros


NOTHING = Amount()
UNLIMITED = Amount(2**62, 2**62)


@dataclass(frozen=True, slots=True)
class Caps:
    """What may be spent within an hour and within a day, both of UTC."""

    hour: Amount = UNLIMITED
    day: Amount = UNLIMITED

    @property
    def is_unlimited(self) -> bool:
        return self.hour == self.day == UNLIMITED


BudgetScope = Literal["site", "deployment"]
BudgetWindow = Literal["hour", "day"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Whose budget is spent, and until when."""

    scope: BudgetScope
    window: BudgetWindow
    until: datetime
