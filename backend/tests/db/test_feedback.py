"""What readers found good."""

from __future__ import annotations

from dataclasses import replace

from askdocs.db import feedback
from askdocs.db.database import Database
from askdocs.db.feedback import LikedAnswer
from askdocs.types import Citation
from tests.builders import ANSWER, NOW, Chat

LINK = "/a#x"
GOOD = replace(
    ANSWER,
    status="answered",
    citations=[
        Citation(1, LINK, "A", "X", ""),
        Citation(1, LINK, "A", "X", ""),
        Citation(2, "/gone", "", "", ""),
    ],
    sources=[{"path": "a.md", "url": LINK}, {"url": "/old"}],
)


def test_liked_answers_are_listed_with_the_sections_that_they_cite(database: Database) -> None:
    chat = Chat.make(database)
    chat.open(1, question="How?")
    chat.close(1, GOOD)
    chat.vote(1)

    found = database.run_sync(feedback.liked, chat.site_id, since=NOW, limit=9)

    assert found == [LikedAnswer("How?", (("a.md", "x"),))]


def test_disliked_and_later_answers_are_not(database: Database) -> None:
    chat = Chat.make(database)
    for number in (1, 2):
        chat.open(number)
        chat.close(number, GOOD)
    chat.vote(1, vote="down")
    chat.vote(2)

    assert database.run_sync(feedback.liked, chat.site_id, since=NOW, limit=9) == []
