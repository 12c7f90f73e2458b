"""The report: one page that needs nothing else and shows whatever it is given."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

from askdocs.evaluation import comparison, report
from askdocs.evaluation.judge import judge
from askdocs.evaluation.questions import Question
from askdocs.evaluation.report import About
from askdocs.evaluation.result import Result
from askdocs.types import Turn
from tests.evaluation.observed import answer, observation

EVIL = "</script><img src=x onerror=alert(1)> \" & '"

KNOWN = Question("1", EVIL, frozenset({("a", "x")}), EVIL, facts=("pip", EVIL), turns=(Turn(EVIL, ""),))
UNKNOWN = Question("2", "Mobile app?", draft=True)
ABOUT = About(EVIL, "q.yaml", "today")


class Tags(HTMLParser):
    """All start tags with their attributes, and what is not closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def result(**changed: Any) -> dict[str, Any]:
    seen = observation(f"{EVIL}#x", "a#x", answer=answer(EVIL, "a#x"), **changed)
    return Result((judge(KNOWN, seen), judge(UNKNOWN, observation("a", confidence=0.2)))).as_json()


def test_page_is_well_formed_and_holds_nothing_foreign() -> None:
    page = report.render(result(), None, ABOUT)

    tags = Tags(page)

    assert tags.open == []
    assert not {"img", "link", "iframe", "object"} & {tag for tag, _ in tags.seen}
    assert not [attrs for _, attrs in tags.seen if {"src", "href", "onerror", "onclick"} & attrs.keys()]
    assert "url(" not in page
    assert "@import" not in page


def test_policy_lets_its_own_script_run_alone() -> None:
    page = report.render(result(), None, ABOUT)

    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in page


def test_every_question_is_there_what_went_wrong_first() -> None:
    tags = Tags(report.render(result(confidence=0.1), None, ABOUT))
    questions = [attrs for _, attrs in tags.seen if attrs.get("class") == "question"]

    assert [attrs["data-outcome"] for attrs in questions] == ["declined", "refused"]
    assert questions[0]["data-kind"] == EVIL


def test_every_chart_is_told_in_words() -> None:
    charts = [attrs for tag, attrs in Tags(report.render(result(), None, ABOUT)).seen if tag == "svg"]

    assert len(charts) >= 3
    assert all(attrs["role"] == "img" and len(attrs["aria-label"] or "") > 20 for attrs in charts)


def test_what_became_of_questions_is_shown() -> None:
    before, now = comparison.parse(result(confidence=0.1)), comparison.parse(result())

    page = report.render(result(), comparison.compare(before, now), ABOUT)

    assert "Newly answered: 1" in page
    assert "Broken: 0" in page
    assert '<span class="tag news">newly answered</span>' in page
