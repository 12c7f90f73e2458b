"""Chat sessions, messages and feedback, on every kind of database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from askdocs.db import feedback, messages, sessions, sites, tables, user_keys, visitors
from askdocs.db.database import Database, Session
from askdocs.errors import Conflict, NotTheLastExchange
from askdocs.types import AnswerStatus, Excerpt, Turn, UserKey, token_hash
from tests.builders import ANSWER, NOW, TOKEN, Chat


@pytest.fixture
def chat(database: Database) -> Chat:
    return Chat.make(database)


def test_first_turn_makes_the_session(chat: Chat) -> None:
    session, history = chat.open(1)

    assert (session.turns, session.created_at, history) == (1, NOW, [])
    assert chat.db.run_sync(sessions.exists, chat.site_id, token=TOKEN)


def test_question_and_reserved_answer_are_stored_before_it_is_given(chat: Chat) -> None:
    chat.open(1)

    asked, answer = chat.log().messages

    assert (asked.id, asked.role, asked.text, asked.status) == ("question 1", "user", "Question 1?", None)
    assert (answer.id, answer.role, answer.text, answer.status) == ("answer 1", "assistant", "", "streaming")


def test_closed_answer_is_logged_with_all_that_belongs_to_it(chat: Chat) -> None:
    chat.open(1)
    chat.close(1)

    answer = chat.log().messages[1]

    assert (answer.text, answer.status, answer.mode) == (ANSWER.text, "answered", "model")
    assert answer.confidence == 0.75
    assert list(answer.citations) == list(ANSWER.citations)
    assert list(answer.sources) == list(ANSWER.sources)


def test_closed_answer_stays_as_it_is(chat: Chat) -> None:
    chat.open(1)
    chat.close(1)

    chat.close(1, replace(ANSWER, status="aborted", text="Run"))

    assert chat.log().messages[1].status == "answered"


def test_closing_an_erased_answer_does_nothing(chat: Chat) -> None:
    chat.open(1)
    chat.erase()

    chat.close(1)

    assert not chat.db.run_sync(sessions.exists, chat.site_id, token=TOKEN)


def test_history_holds_answered_turns_oldest_first(chat: Chat) -> None:
    statuses: list[AnswerStatus] = ["answered", "failed", "answered", "unanswered", "aborted"]
    for number, status in enumerate(statuses, 1):
        chat.open(number)
        chat.close(number, replace(ANSWER, text=f"Answer {number}.", status=status))

    session, history = chat.open(6)

    assert session.turns == 6
    cited = tuple(citation.url for citation in ANSWER.citations)
    assert history == [Turn(f"Question {number}?", f"Answer {number}.", cited) for number in (1, 3)]


def test_history_is_as_long_as_asked_for(chat: Chat) -> None:
    for number in range(1, 5):
        chat.open(number)
        chat.close(number, replace(ANSWER, text=f"Answer {number}."))

    assert [turn.answer for turn in chat.open(5, turns=2)[1]] == ["Answer 3.", "Answer 4."]
    assert chat.open(6, turns=0)[1] == []


def test_turns_of_one_session_may_overlap(chat: Chat) -> None:
    with ThreadPoolExecutor(4) as threads:
        opened = list(threads.map(chat.open, range(1, 9)))

    assert sorted(session.turns for session, _ in opened) == list(range(1, 9))
    assert len({session.id for session, _ in opened}) == 1
    assert [message.role for message in chat.log().messages] == ["user", "assistant"] * 8


def test_log_keeps_the_order_of_the_turns(chat: Chat) -> None:
    for number in (1, 2, 3):
        chat.open(number, now=NOW - timedelta(minutes=number))

    assert [message.id for message in chat.log().messages if message.role == "user"] == [
        "question 1",
        "question 2",
        "question 3",
    ]


def test_unknown_session_is_not_there(chat: Chat) -> None:
    assert chat.db.run_sync(messages.conversation, chat.site_id, token="other") is None
    assert not chat.db.run_sync(sessions.exists, chat.site_id, token="other")
    assert not replace(chat, token="other").erase()


def test_token_itself_is_stored_nowhere(sqlite_url: str) -> None:
    db = Database(sqlite_url)
    Chat.make(db).open(1)
    db.close()

    assert TOKEN.encode() not in Path(sqlite_url.removeprefix("sqlite:///")).read_bytes()


def test_deleted_session_leaves_nothing(chat: Chat) -> None:
    chat.open(1)
    chat.close(1)
    chat.vote(1)

    assert chat.erase()

    assert chat.db.run_sync(rows_left) == [0, 0, 0]


def test_sweep_erases_sessions_in_which_nothing_was_asked_lately(chat: Chat) -> None:
    chat.open(1, now=NOW - timedelta(days=100))
    chat.vote(1)
    recent = replace(chat, token="recent")
    recent.open(2, now=NOW - timedelta(days=100))
    recent.open(3, now=NOW)

    assert chat.db.run_sync(sessions.sweep, older_than=NOW - timedelta(days=90), most=9) == 1

    assert chat.db.run_sync(rows_left) == [1, 4, 0]
    assert len(recent.log().messages) == 4


def test_answers_of_a_dead_process_are_closed_as_failed(chat: Chat) -> None:
    chat.open(1, now=NOW - timedelta(hours=2))
    chat.open(2, now=NOW)

    assert chat.db.run_sync(messages.abandon, older_than=NOW - timedelta(hours=1), most=9) == 1

    assert [message.status for message in chat.log().messages] == [None, "failed", None, "streaming"]


def test_replaced_exchange_is_forgotten_and_marked(chat: Chat) -> None:
    for number in (1, 2):
        chat.open(number)
        chat.close(number, replace(ANSWER, text=f"Answer {number}."))

    _, history = chat.open(3, replaces="answer 2")

    assert [turn.answer for turn in history] == ["Answer 1."]
    assert [message.replaced_by for message in chat.log().messages] == [None] * 2 + ["answer 3"] * 2 + [
        None
    ] * 2


def test_replacing_what_was_replaced_last_replaces_its_replacement(chat: Chat) -> None:
    """As who lost the connection before the new answer began does, who knows nothing of that."""
    for number, replaces in ((1, ""), (2, "answer 1"), (3, "answer 1"), (4, "answer 1")):
        chat.open(number, replaces=replaces)
        chat.close(number)

    assert [message.replaced_by for message in chat.log().messages] == ["answer 4"] * 6 + [None] * 2
    assert [turn.question for turn in chat.open(5)[1]] == ["Question 4?"]
    with pytest.raises(NotTheLastExchange):
        chat.open(6, replaces="answer 1")


@pytest.mark.parametrize("replaces", ["answer 1", "question 2", "answer 3", "answer 9"])
def test_replacing_any_other_exchange_changes_nothing(chat: Chat, replaces: str) -> None:
    chat.open(1)
    chat.open(2)

    with pytest.raises(NotTheLastExchange):
        chat.open(3, replaces=replaces)

    assert [message.replaced_by for message in chat.log().messages] == [None] * 4
    assert chat.open(4)[0].turns == 3


def test_excerpt_is_kept_with_its_question_and_remembered(chat: Chat) -> None:
    chat.open(1, excerpt=Excerpt("rotate \0", "sh"))
    chat.close(1)

    _, (turn,) = chat.open(2)

    assert turn.excerpt == Excerpt("rotate \ufffd", "sh")
    assert [message.excerpt for message in chat.log().messages] == [turn.excerpt, None, None, None]


def test_unanswered_questions_are_listed_newest_first(chat: Chat) -> None:
    for number in range(1, 5):
        chat.open(number, now=NOW + timedelta(minutes=number))
        chat.close(number, replace(ANSWER, status="answered" if number == 3 else "unanswered"))

    listed = chat.db.run_sync(messages.unanswered, chat.site_id, since=NOW + timedelta(minutes=2), limit=10)
    one = chat.db.run_sync(messages.unanswered, chat.site_id, since=NOW, limit=1)

    assert [question.question for question in listed] == ["Question 4?", "Question 2?"]
    assert one == listed[:1]
    assert (one[0].page_url, one[0].version, one[0].locale) == ("/page", "2.0", "en")
    assert one[0].asked_at == NOW + timedelta(minutes=4)


def test_vote_is_logged_with_the_answer(chat: Chat) -> None:
    chat.open(1)

    assert chat.vote(1, vote="down", reason="wrong", comment="It is npm.")

    vote = chat.log().messages[1].feedback
    assert vote is not None
    assert (vote.vote, vote.reason, vote.comment, vote.created_at) == ("down", "wrong", "It is npm.", NOW)


def test_second_vote_replaces_the_first(chat: Chat) -> None:
    chat.open(1)
    chat.vote(1, vote="down", reason="wrong", comment="No.")

    assert chat.vote(1, vote="up")

    vote = chat.log().messages[1].feedback
    assert vote is not None
    assert (vote.vote, vote.reason, vote.comment) == ("up", None, "")


def test_only_answers_can_be_voted_on(chat: Chat) -> None:
    chat.open(1)

    assert not chat.vote(2)
    assert not chat.db.run_sync(
        feedback.give,
        chat.site_id,
        message_id="question 1",
        vote="up",
        reason=None,
        comment="",
        now=NOW,
    )


@pytest.mark.parametrize(
    ("question", "stored"),
    [
        ("Where is \0 in C?", "Where is \ufffd in C?"),
        ("half an emoji \ud83d", "half an emoji \ufffd"),
        ("שלום 👩‍👩‍👧 \u200b'; DROP TABLE sites; --", "שלום 👩‍👩‍👧 \u200b'; DROP TABLE sites; --"),
        ("%s %(x)s :name \\", "%s %(x)s :name \\"),
        ("x" * 100_000, "x" * 100_000),
    ],
)
def test_any_text_can_be_stored(chat: Chat, question: str, stored: str) -> None:
    chat.open(1, question=question)
    chat.close(1, replace(ANSWER, text=question, usage={question[:50]: [question]}))
    chat.vote(1, comment=question)

    asked, answer = chat.log().messages

    assert asked.text == answer.text == stored
    assert answer.feedback is not None
    assert answer.feedback.comment == stored


def test_ids_and_tokens_may_be_any_text(chat: Chat) -> None:
    assert not chat.db.run_sync(sessions.exists, chat.site_id, token="\0\ud800")
    assert chat.db.run_sync(sites.by_key, "pk_\0") is None
    assert not chat.db.run_sync(
        feedback.give, chat.site_id, message_id="\0", vote="up", reason=None, comment="", now=NOW
    )


def rows_left(db: Session) -> list[int]:
    counted = (tables.ChatSession, tables.Message, tables.Feedback)
    return [db.scalar(select(func.count()).select_from(table)) or 0 for table in counted]


# signed users


def test_session_of_a_user_is_found_by_that_user_alone(chat: Chat) -> None:
    ada, bob = replace(chat, user=b"ada"), replace(chat, user=b"bob")
    ada.open(1)

    for other in (chat, bob):
        named: dict[str, Any] = {"token": TOKEN, "user": other.user}
        assert not chat.db.run_sync(sessions.exists, chat.site_id, **named)
        assert chat.db.run_sync(messages.conversation, chat.site_id, **named) is None
        assert not replace(other, token=TOKEN).erase()
    assert len(ada.log().messages) == 2


def test_session_of_nobody_is_no_users(chat: Chat) -> None:
    chat.open(1)

    assert not chat.db.run_sync(sessions.exists, chat.site_id, token=TOKEN, user=b"ada")
    assert chat.db.run_sync(sessions.listing, chat.site_id, user=b"ada", limit=9) == []


def test_user_lists_reads_and_erases_what_is_theirs_on_one_site(chat: Chat) -> None:
    others = Chat.make(chat.db, "another site")
    readers = [
        replace(chat, user=b"ada", token="1"),
        replace(chat, user=b"ada", token="2"),
        replace(chat, user=b"bob", token="3"),
        replace(others, user=b"ada", token="4"),
        replace(chat, user=None, token="5"),
    ]
    for number, reader in enumerate(readers):
        reader.open(number, now=NOW + timedelta(minutes=number))
    readers[0].open(9, now=NOW + timedelta(hours=1))

    def listed() -> list[sessions.UserSession]:
        return chat.db.run_sync(sessions.listing, chat.site_id, user=b"ada", limit=9)

    assert [(one.last_question, one.questions) for one in listed()] == [
        ("Question 9?", 2),
        ("Question 1?", 1),
    ]
    ids: dict[str, Any] = {"user": b"ada", "session_id": listed()[0].id}
    read = chat.db.run_sync(messages.conversation_of_user, chat.site_id, **ids)
    assert read
    assert [message.text for message in read.messages][::2] == ["Question 0?", "Question 9?"]
    assert chat.db.run_sync(messages.conversation_of_user, others.site_id, **ids) is None

    found = chat.db.run_sync(visitors.of_user, chat.site_id, user=b"ada")
    erased = chat.db.run_sync(visitors.erase, chat.site_id, session_ids=[one.id for one in found])

    assert erased == 2
    assert sorted(one.token_hash for one in found) == sorted(map(token_hash, ("1", "2")))
    assert listed() == []
    assert chat.db.run_sync(rows_left) == [3, 6, 0]


def test_keys_of_a_site_are_added_listed_and_removed(chat: Chat) -> None:
    other = Chat.make(chat.db, "another site")
    ending = UserKey("b", "ES256", "PEM", NOW, NOW + timedelta(days=1))
    shared = UserKey("a", "HS256", "", NOW + timedelta(minutes=1))
    for key in (ending, shared):
        chat.db.run_sync(user_keys.add, chat.site_id, key=key)

    with pytest.raises(Conflict):
        chat.db.run_sync(user_keys.add, chat.site_id, key=replace(ending, algorithm="RS256"))
    chat.db.run_sync(user_keys.add, other.site_id, key=shared)

    assert chat.db.run_sync(user_keys.listing, chat.site_id) == [ending, shared]
    assert chat.db.run_sync(user_keys.remove, chat.site_id, kid="a")
    assert not chat.db.run_sync(user_keys.remove, chat.site_id, kid="a")
    assert chat.db.run_sync(user_keys.listing, chat.site_id) == [ending]
    assert chat.db.run_sync(user_keys.listing, other.site_id) == [shared]
