"""How far a publish has come, for whoever watches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Progress:
    """`wait` is for the publisher that was taken over to stop, in seconds; the others count pages. `send`
    is told by whoever sends them to a server."""

    phase: Literal["wait", "read", "send", "embed", "verify"]
    done: int
    total: int


Report = Callable[[Progress], None]
