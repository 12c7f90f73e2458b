"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "wrong", "skipped"]
"""`wrong`: readers get no answer, or will not for long. `warning`: they do, but not as they should."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. `mend` is the command or the edit that mends it, "" where nothing has to be mended."""

    check: str
    state: State
    said: str
    mend: str = ""


def ok(check: str, said: str) -> Finding:
    return Finding(check, "ok", said)


def warning(check: str, said: str, mend: str) -> Finding:
    return Finding(check, "warning", said, mend)


def wrong(check: str, said: str, mend: str) -> Finding:
    return Finding(check, "wrong", said, mend)


def skipped(check: str, said: str, mend: str = "") -> Finding:
    return Finding(check, "skipped", said, mend)
