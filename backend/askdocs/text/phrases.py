"""What answers say in words of their own, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

from askdocs.text.languages import primary


@dataclass(frozen=True, slots=True)
class Phrases:
    """`{0}` and `{1}` are filled in."""

    nothing: str
    nearest: str
    support: str
    cut: str
    hello: str
    thanks: str
    farewell: str
    introduction: str
    elsewhere: str
    since: str
    other_language: str
    budget: str
    repeated: str
    languages: dict[str, str]


_PHRASES = {
    "en": Phrases(
        nothing="I found nothing in the documentation that answers this.",
        nearest="The nearest pages are:",
        support="You can also [ask the people behind it]({0}).",
        cut="The answer reached its greatest length and was cut here. Ask for the part that is missing.",
        hello="Hello! What would you like to know?",
        thanks="You're welcome. Ask whenever something is unclear.",
        farewell="Goodbye, and good luck!",
        introduction="I answer questions from this documentation and link to the passages that my answers "
        "rest on. What would you like to know?",
        elsewhere="This is answered in version {0} only: {1}.",
        since="Available since version {0}: {1}.",
        other_language="These passages are in {0}: the documentation in your language does not answer this.",
        budget="This is quoted, not written: the allowance for written answers is used up for now.",
        repeated="This is quoted, not written: the same has been asked very often just now.",
        languages={"en": "English", "de": "German", "fr": "French", "es": "Spanish", "ja": "Japanese"},
    ),
    "de": Phrases(
        nothing="In der Dokumentation habe ich nichts gefunden, was das beantwortet.",
        nearest="Am nächsten kommen diese Seiten:",
        support="Sie können auch [die Menschen dahinter fragen]({0}).",
        cut="Die Antwort hat ihre größte Länge erreicht und wurde hier abgeschnitten. Fragen Sie nach dem, "
        "was fehlt.",
        hello="Hallo! Was möchten Sie wissen?",
        thanks="Gern geschehen. Fragen Sie, wenn etwas unklar ist.",
        farewell="Auf Wiedersehen und viel Erfolg!",
        introduction="Ich beantworte Fragen aus dieser Dokumentation und verweise auf die Stellen, auf denen "
        "die Antworten beruhen. Was möchten Sie wissen?",
        elsewhere="Das steht nur in Version {0}: {1}.",
        since="Verfügbar seit Version {0}: {1}.",
        other_language="Diese Stellen sind auf {0}: In Ihrer Sprache steht es nicht in der Dokumentation.",
        budget="Das ist zitiert, nicht verfasst: Das Kontingent für verfasste Antworten ist vorerst "
        "aufgebraucht.",
        repeated="Das ist zitiert, nicht verfasst: Dasselbe wurde gerade sehr oft gefragt.",
        languages={
            "en": "Englisch",
            "de": "Deutsch",
            "fr": "Französisch",
            "es": "Spanisch",
            "ja": "Japanisch",
        },
    ),
}


def of(*languages: str) -> Phrases:
    """Those of the first language that is known, such as `de-AT`; English if none is."""
    return next((_PHRASES[known] for known in map(primary, languages) if known in _PHRASES), _PHRASES["en"])
