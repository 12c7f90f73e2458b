"""Makes the addresses of Hugo's pages: names as parts of a path, and permalinks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

_TOKEN = re.compile(r":([a-z]+)(?:\[(\d*)(:?)(\d*)\])?")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
NO_DATE = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Named:
    """What the tokens of a permalink stand for. `folders` are those that the file is in, `sections` those of
    them that are sections, `name` is the file's, or the folder's of a page that is a folder."""

    name: str
    folders: Sequence[str]
    sections: Sequence[str]
    title: str = ""
    slug: str = ""
    date: datetime = NO_DATE


def part(name: str) -> str:
    """A name as Hugo writes it in an address: with dashes for blanks and without most signs."""
    dashed = re.sub(r"\s", "-", name)
    return "".join(char for char in dashed if char in "./\\_#+~-@" or _is_kept(char))


def _is_kept(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "LM" or category == "Nd"


def expand(pattern: str, page: Named) -> str:
    """The pattern, such as `/:year/:slug/`, with what its tokens stand for on this page."""

    def value(found: re.Match[str]) -> str:
        token, first, colon, last = found.groups()
        if token in ("sections", "sectionslugs"):
            return "/".join(_slice(page.sections, first, colon, last))
        return _values(page).get(token, found[0])

    return re.sub(r"/{2,}", "/", _TOKEN.sub(value, pattern))


def _slice(sections: Sequence[str], first: str | None, colon: str | None, last: str | None) -> Sequence[str]:
    """`:sections[1:]` and the like; all without brackets."""
    if first is None:
        return sections
    start = int(first or 0)
    if not colon:
        return sections[start : start + 1]
    return sections[start : int(last) + 1 if last else None]


def _values(page: Named) -> Mapping[str, str]:
    title, slug = part(page.title), part(page.slug)
    section = page.sections[0] if page.sections else ""
    return {
        "year": f"{page.date.year:d}",
        "month": f"{page.date:%m}",
        "monthname": f"{page.date:%B}",
        "day": f"{page.date:%d}",
        "weekday": f"{page.date.isoweekday() % 7}",
        "weekdayname": f"{page.date:%A}",
        "yearday": f"{page.date.timetuple().tm_yday}",
        "section": section,
        "sectionslug": section,
        "title": title,
        "slug": slug or title,
        "slugorfilename": slug or part(page.name),
        "slugorcontentbasename": slug or part(page.name),
        "filename": part(page.name),
        "contentbasename": part(page.name),
    }


def read_date(value: str) -> datetime | None:
    """A date of front matter, of which only the day counts where it is not written as ISO 8601 has it."""
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        day = _DATE.match(value)
        if day is None:
            return None
        year, month, number = map(int, day.groups())
        try:
            found = datetime(year, month, number, tzinfo=UTC)
        except ValueError:
            return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
