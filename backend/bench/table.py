"""What was measured, as rows, and the one table they are printed in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Figure:
    """A quantity: the middle of what was measured and, of many samples, what 95 in 100 stay under."""

    p50: float
    unit: str
    p95: float | None = None

    @classmethod
    def of(cls, samples: Iterable[float], unit: str) -> Self:
        ordered = sorted(samples)
        if not ordered:
            raise ValueError("There are no samples.")
        return cls(quantile(ordered, 0.5), unit, quantile(ordered, 0.95))

    def __str__(self) -> str:
        tail = "" if self.p95 is None else f" / {_digits(self.p95)}"
        return f"{_digits(self.p50)}{tail} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Row:
    """A measurement; `base` is the same of something to compare with, which `than` names."""

    group: str
    name: str
    ours: Figure
    base: Figure | None = None
    than: str = ""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.ours.p50 / self.base.p50 if self.base and self.base.p50 else None

    def fields(self) -> dict[str, Any]:
        """For scripts."""
        base = {"p50": self.base.p50, "p95": self.base.p95, "of": self.than} if self.base else None
        return {
            "group": self.group,
            "name": self.name,
            "ratio": self.ratio,
            "p50": self.ours.p50,
            "p95": self.ours.p95,
            "unit": self.ours.unit,
            "base": base,
            "note": self.note,
        }


def quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest of the sorted values that `share` of them do not exceed."""
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def render(rows: Sequence[Row]) -> str:
    """One table, a part per group, ratios in front."""
    heads = ("ratio", "", "askdocs", "compared with", "difference", "")
    cells = [_cells(row) for row in rows]
    widths = [max(len(line[column]) for line in (heads, *cells)) for column in range(len(heads))]
    lines = [_align(heads, widths)]
    for group, members in groupby(zip(rows, cells, strict=True), key=lambda member: member[0].group):
        lines += ["", group, *(_align(line, widths) for _, line in members)]
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, ...]:
    if row.base is None:
        return ("", row.name, str(row.ours), "", "", row.note)
    difference = row.ours.p50 - row.base.p50
    return (
        "" if row.ratio is None else f"×{_digits(row.ratio)}",
        row.name,
        str(row.ours),
        f"{row.base} {row.than}",
        f"{'+' if difference >= 0 else '−'}{_digits(abs(difference))} {row.ours.unit}",
        row.note,
    )


def _align(line: Sequence[str], widths: Sequence[int]) -> str:
    ratio, *rest = line
    cells = [
        ratio.rjust(widths[0]),
        *(cell.ljust(width) for cell, width in zip(rest, widths[1:], strict=True)),
    ]
    return "  ".join(cells).rstrip()


def _digits(value: float) -> str:
    """Three significant digits, and whole numbers as they are."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
