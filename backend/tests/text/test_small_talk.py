"""Small talk gets a kind word, and no question is ever taken for it."""

from __future__ import annotations

import pytest

from askdocs.text import small_talk

HELLO = """
    hi|Hi!|hello there|Hey 👋|👋|good morning|Good evening!|hello, how are you?|hi team|yo|hallo
    Hallo zusammen!|Guten Tag|moin|servus|Grüß Gott|bonjour|hola|こんにちは|is anyone there?|hi docs
    HELLO
"""
THANKS = """
    thanks|thanks!|Thank you so much!!|thx|ty|ok thanks|great, thanks a lot|Thanks for your help!
    cheers mate|thanks, that worked!|that was helpful, thank you|perfect|danke|Danke schön für die Hilfe
    vielen Dank!|super, danke|alles klar, danke|merci|ありがとう|👍|🙏🙏|that’s great
    yes, got it, thanks
"""
FAREWELL = "bye|Goodbye!|see you|tschüss|auf Wiedersehen|have a nice day"
INTRODUCTION = """
    who are you?|hi, who are you?|What can you do?|are you a bot|are you an AI?|help|can you help me?
    wer bist du?|Was kannst du?|what’s your name?
"""
QUESTIONS = """
    hi, how do I deploy?|thanks for X config?|thanks for the config, where does it go|hello world
    hello world example|help command|testing|test|super|what is this|who are you integrating with?
    what can you do with plugins?|hi /docs/intro|thanks [1]|ok so how do I roll back
    danke, und wie deploye ich?|hallo, wie starte ich den Server?|good morning job schedule
    is anyone there using redis?|bye event handler|goodbye hook|👋 how do I wave?|???|…|yes|no
    and in TypeScript?|nice values in cron|cool down period|great circle distance|perfect forwarding
    hey api|hello.py|what are you indexing|help me deploy|how can you help with SSO?|ok status code
    it works on my machine|see you in production config|thank you page|thanks-for-nothing flag
    greetings template|ciao library|sup > 1
"""


def cases(text: str) -> list[str]:
    return [message.strip() for line in text.split("\n") for message in line.split("|") if message.strip()]


def kind(message: str) -> str:
    found = small_talk.read(message)
    return found.kind if found else ""


@pytest.mark.parametrize("message", cases(HELLO))
def test_greeting_is_greeted(message: str) -> None:
    assert kind(message) == "hello"


@pytest.mark.parametrize("message", cases(THANKS))
def test_thanks_are_answered_as_thanks(message: str) -> None:
    assert kind(message) == "thanks"


@pytest.mark.parametrize("message", cases(FAREWELL))
def test_farewell_is_answered_as_one(message: str) -> None:
    assert kind(message) == "farewell"


@pytest.mark.parametrize("message", cases(INTRODUCTION))
def test_question_about_the_assistant_is_answered_by_it(message: str) -> None:
    assert kind(message) == "introduction"


@pytest.mark.parametrize("message", cases(QUESTIONS))
def test_question_is_not_taken_for_small_talk(message: str) -> None:
    assert small_talk.read(message) is None


def test_long_message_is_never_small_talk() -> None:
    assert small_talk.read("thanks " * 9) is None


@pytest.mark.parametrize(
    ("message", "language"), [("hi", ""), ("danke", "de"), ("ok, danke", "de"), ("thanks", "")]
)
def test_language_of_the_message_is_known_where_its_words_tell(message: str, language: str) -> None:
    found = small_talk.read(message)

    assert found is not None
    assert found.language == language
