"""Charts as inline SVG. Their colours are CSS classes, so that they follow the page into the dark.

Each says in words what it shows, for those who do not see it; the numbers also stand in tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import sqrt

from askdocs.evaluation.bootstrap import Change

_WIDTH = 640


def stacked_bar(parts: Sequence[tuple[str, str, int]]) -> str:
    """Of (CSS class, label, count): one bar whose parts are as long as the counts."""
    total = sum(count for *_, count in parts) or 1
    marks, x = [], 0.0
    for name, label, count in parts:
        width = _WIDTH * count / total
        if count:
            marks.append(
                f'<rect class="fill-{name}" x="{x:.1f}" y="0" width="{max(1.0, width - 2):.1f}" height="28" '
                f'rx="4"><title>{escape(label)}: {count}</title></rect>'
            )
        x += width
    says = ", ".join(f"{count} {label}" for _, label, count in parts)
    return _svg("".join(marks), height=28, says=f"Outcomes: {says}.", stretch=True)


def columns(title: str, bars: Sequence[tuple[str, int]]) -> str:
    """Of (label, count): a column each; the last one is what is not wanted."""
    height, foot, top = 190, 26, 22
    most = max((count for _, count in bars), default=0) or 1
    step = _WIDTH / len(bars)
    marks = []
    for number, (label, count) in enumerate(bars):
        tall = (height - foot - top) * count / most
        x, y = number * step + step * 0.14, height - foot - tall
        kind = "bad" if number == len(bars) - 1 else "good"
        middle = number * step + step / 2
        marks.append(
            f'<rect class="fill-{kind}" x="{x:.1f}" y="{y:.1f}" width="{step * 0.72:.1f}" '
            f'height="{max(tall, 1):.1f}" rx="3"/>'
            f'<text class="value" x="{middle:.1f}" y="{y - 6:.1f}">{count}</text>'
            f'<text x="{middle:.1f}" y="{height - 8}">{escape(label)}</text>'
        )
    says = f"{title}: " + ", ".join(f"{label} {count}" for label, count in bars) + "."
    return _svg("".join(marks), height=height, says=says)


def confidences(above: Sequence[float], below: Sequence[float], threshold: float) -> str:
    """How sure the search was: answerable questions stand above the axis, others hang below it.

    Heights are square roots, since a good search is nearly certain of most questions.
    """
    height, middle, bins = 220, 118, 20
    up, down = _binned(above, bins), _binned(below, bins)
    step, unit = _WIDTH / bins, 84 / sqrt(max(*up, *down, 1))
    marks = [f'<line class="axis" x1="0" x2="{_WIDTH}" y1="{middle}" y2="{middle}"/>']
    for number in range(bins):
        for count, kind, sign in ((up[number], "good", -1), (down[number], "other", 1)):
            if count:
                tall = unit * sqrt(count)
                y = middle - tall - 1 if sign < 0 else middle + 1
                marks.append(
                    f'<rect class="fill-{kind}" x="{number * step + 2:.1f}" y="{y:.1f}" '
                    f'width="{step - 4:.1f}" height="{tall:.1f}" rx="2">'
                    f"<title>{number / bins:.2f} to {(number + 1) / bins:.2f}: {count}</title></rect>"
                )
    x = _WIDTH * threshold
    side, shift = ("end", -6) if threshold > 0.6 else ("start", 6)
    marks.append(
        f'<line class="threshold" x1="{x:.1f}" x2="{x:.1f}" y1="14" y2="{height - 18}"/>'
        f'<text class="{side}" x="{x + shift:.1f}" y="24">threshold {threshold:.2f}</text>'
    )
    marks += [
        f'<text x="{min(max(_WIDTH * tick / 4, 10), _WIDTH - 12):.0f}" y="{height - 3}">{tick / 4:g}</text>'
        for tick in range(5)
    ]
    says = (
        f"Confidence in {len(above)} answerable questions above the axis and {len(below)} others below it; "
        f"the threshold is {threshold:.2f}. Below it lie {sum(one < threshold for one in above)} and "
        f"{sum(one < threshold for one in below)}."
    )
    return _svg("".join(marks), height=height, says=says)


def bars(title: str, rows: Sequence[tuple[str, float, str]]) -> str:
    """Of (label, share, what stands beside it): a bar each, below each other."""
    line, left = 30, 130
    room = _WIDTH - left - 110
    marks = []
    for number, (label, share, beside) in enumerate(rows):
        y = number * line
        marks.append(
            f'<text class="label" x="{left - 10}" y="{y + 19}">{escape(label)}</text>'
            f'<rect class="track" x="{left}" y="{y + 6}" width="{room}" height="18" rx="4"/>'
            f'<rect class="fill-good" x="{left}" y="{y + 6}" width="{max(2, room * share):.1f}" height="18" '
            'rx="4"/>'
            f'<text class="start value" x="{left + room + 10}" y="{y + 19}">{escape(beside)}</text>'
        )
    says = f"{title}: " + ", ".join(f"{label} {beside}" for label, _, beside in rows) + "."
    return _svg("".join(marks), height=line * len(rows), says=says)


def changes(moved: Mapping[str, Change]) -> str:
    """Differences with their intervals: what lies clear of the middle line is more than chance."""
    line, right = 46, 76
    room = _WIDTH - right
    reach = max(max(abs(one.low), abs(one.high), abs(one.difference), 0.01) for one in moved.values())

    def place(value: float) -> float:
        return room / 2 + value / reach * (room / 2 - 8)

    marks = [f'<line class="axis" x1="{room / 2}" x2="{room / 2}" y1="0" y2="{line * len(moved)}"/>']
    for number, (label, change) in enumerate(moved.items()):
        y = number * line + 32
        kind = "same" if not change.certain else "good" if change.difference > 0 else "bad"
        marks.append(
            f'<text class="start" x="0" y="{y - 15}">{escape(label)}</text>'
            f'<line class="whisker stroke-{kind}" x1="{place(change.low):.1f}" x2="{place(change.high):.1f}" '
            f'y1="{y}" y2="{y}"/>'
            f'<circle class="fill-{kind}" cx="{place(change.difference):.1f}" cy="{y}" r="5"/>'
            f'<text class="end value" x="{_WIDTH}" y="{y + 5}">{change.difference:+.3f}</text>'
        )
    says = "; ".join(
        f"{label} {one.difference:+.3f}, 95 % interval {one.low:+.3f} to {one.high:+.3f}"
        for label, one in moved.items()
    )
    return _svg("".join(marks), height=line * len(moved), says=f"Changes: {says}.")


def _binned(values: Sequence[float], bins: int) -> list[int]:
    counts = [0] * bins
    for value in values:
        counts[min(bins - 1, int(value * bins))] += 1
    return counts


def _svg(marks: str, *, height: int, says: str, stretch: bool = False) -> str:
    aspect = ' preserveAspectRatio="none"' if stretch else ""
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}"{aspect} role="img" aria-label="{escape(says)}"'
        f"{' class=stretched' if stretch else ''}>{marks}</svg>"
    )
