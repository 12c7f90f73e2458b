"""Drafts of labelled questions, for people to review: from the docs' headings, and from what readers asked.

Drafts from headings are easy, since they say what the docs say; they hold the place of what a reader would
ask. Equal docs and logs give equal drafts, in the same order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import yaml

from askdocs.db.feedback import LikedAnswer
from askdocs.types import Page, Section

Draft = Mapping[str, Any]

_HEAD = """\
# Drafts of questions with labels. Of each: reword it as your readers would, check `gold` (path#anchor of
# every section that answers it; none if the docs do not), name in `facts` what a right answer must hold, and
# take `draft` away. Questions of readers may hold names and secrets: look before you share this file.
#
# thresholds:
#   min_section_recall: 0.85
#   min_facts: 0.9
"""

_TELLING = """
    add allow ask build change check choose configure connect create customize debug define delete deploy
    disable embed enable export find fix get handle host import index install limit load make manage measure
    migrate move open pin protect publish read remove rename replace restore rotate run search send serve set
    share show start stop style test translate try tune turn undo update upgrade use verify work write
"""
_VERBS = frozenset(_TELLING.split())
"""Words that a heading begins with which tells how to do something."""


def from_headings(pages: Iterable[Page], *, limit: int) -> list[Draft]:
    """At most `limit` drafts: the first heading of each page, then the second of each, and so on.

    A heading that several pages have tells nothing by itself and is passed over, as is one without text.
    """
    of_pages = [(page, [section for section in page.sections if section.blocks]) for page in pages]
    titles = Counter(_title(page, section) for page, sections in of_pages for section in sections)
    columns = [
        [(page, section) for section in sections if titles[_title(page, section)] == 1]
        for page, sections in of_pages
    ]
    turns = (pair for row in zip_longest(*columns) for pair in row if pair is not None)
    return [_of_heading(*pair) for pair, _ in zip(turns, range(limit), strict=False)]


def from_log(unanswered: Iterable[str], liked: Sequence[LikedAnswer]) -> list[Draft]:
    """What the docs did not answer, most often asked first, and what readers were glad to be told."""
    counted = Counter(" ".join(question.split()) for question in unanswered)
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    drafts: list[Draft] = [
        {"id": f"unanswered-{number}", "question": question, "kind": "unanswered", "gold": [], "draft": True}
        for number, (question, _) in enumerate(ordered, 1)
    ]
    seen = set(counted)
    for answer in sorted(liked, key=lambda answer: answer.question):
        question = " ".join(answer.question.split())
        if question not in seen and answer.places:
            seen.add(question)
            gold = [_place(*place) for place in answer.places]
            number = len(drafts) - len(ordered) + 1
            drafts.append(
                {"id": f"liked-{number}", "question": question, "kind": "liked", "gold": gold, "draft": True}
            )
    return drafts


def render(drafts: Sequence[Draft]) -> str:
    """As a file of questions that `askdocs eval` reads."""
    tree = {"questions": [dict(draft) for draft in drafts]}
    return f"{_HEAD}\n{yaml.safe_dump(tree, allow_unicode=True, sort_keys=False, width=110)}"


def _of_heading(page: Page, section: Section) -> Draft:
    place = _place(page.path, section.anchor)
    return {
        "id": place,
        "question": _question(page, section),
        "kind": "heading",
        "gold": [place],
        "draft": True,
    }


def _question(page: Page, section: Section) -> str:
    """A question where the heading tells how to do something in English; else the words that lead there."""
    title = _title(page, section)
    if title.endswith("?"):
        return title
    first, _, rest = title.partition(" ")
    if first.lower() in _VERBS and not rest[:1].isupper():  # "Build Options" are options
        return f"How do I {title[0].lower()}{title[1:]}?"
    return f"{page.title}: {title}" if section.heading else title


def _title(page: Page, section: Section) -> str:
    return section.heading[-1] if section.heading else page.title


def _place(path: str, anchor: str) -> str:
    return f"{path}#{anchor}" if anchor else path
