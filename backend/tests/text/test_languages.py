"""A text's own words tell its language, and its words are cut as that language cuts them."""

from __future__ import annotations

import pytest

from askdocs.text import languages


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How do I change the port?", "en"),
        ("Wie ändere ich den Port?", "de"),
        ("Comment changer le port ?", "fr"),
        ("¿Cómo cambio el puerto?", "es"),
        ("Come cambio la porta?", "it"),
        ("Как изменить порт и адрес?", "ru"),
        ("rollback", ""),
        ("", ""),
        ("設定を変更する", ""),
    ],
)
def test_language_is_that_of_the_function_words(text: str, language: str) -> None:
    assert languages.guess(text) == language


def test_words_that_languages_share_tell_nothing() -> None:
    assert languages.guess("in an on de") == ""


def test_words_are_stemmed_in_their_language() -> None:
    assert languages.stem("sessions", "en") == "session"
    assert languages.stem("konfigurationen", "de") == languages.stem("konfiguration", "de")
    assert languages.stem("meetings", "vi") == "meetings"


def test_latin_words_in_other_scripts_are_english() -> None:
    assert languages.stem("plugins", "ja") == languages.stem("plugins", "ru") == "plugin"


@pytest.mark.parametrize(("tag", "primary"), [("de-AT", "de"), ("zh_Hans", "zh"), ("EN", "en"), ("", "")])
def test_primary_subtag(tag: str, primary: str) -> None:
    assert languages.primary(tag) == primary
