"""Which questions are the same question, however they are worded."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from askdocs.text import tokens

_MARKS = r"\s\"'“”‘’«»„,;:!?.()\[\]{}…，。：；！？、（）「」"
_WORD = re.compile(
    rf"--?[A-Za-z][\w-]*"  # an option
    rf"|(?:(?<!\S)[.!](?=\w))?[^{_MARKS}]+(?:[.:'’][^{_MARKS}]+)*"  # .env, v3.1, don't
)
_OPENING = re.compile(
    r"(?:(?:hi|hello|hey|please|pls)\b[\s,!.]*)*"
    r"(?P<how>how (?:(?:do|can|could|would|should|might) (?:i|we|you|one)|to)\b)?",
    re.IGNORECASE,
)
_FILLERS = frozenset(
    [
        "a",
        "an",
        "the",
        "please",
        "pls",
        "i",
        "me",
        "my",
        "we",
        "us",
        "our",
        "do",
        "does",
        "did",
        "is",
        "are",
        "am",
    ]
)
"""Words without which a question asks the same. No preposition, negation or question word is among them."""


def normalize(question: str) -> str:
    """Equal for questions that differ in case, punctuation, spacing, politeness and small words alone.

    Strict, since whoever asks gets what somebody else was answered. Nearness of embeddings cannot decide
    this: half of 579 labelled questions with one word turned round (with and without, client and server, 3
    and 4) have a cosine of .97 or more to what they were before, and so have three quarters of 3,538 harmless
    rewordings. Here none of the former are equal to what they were before, and 76 % of the latter are.
    Options keep their case: `-v` and `-V` are two.
    """
    return " ".join(_words(question))


def signature(question: str) -> str:
    """The same, and equal also for other forms of a word: *key* and *keys*, *rotate* and *rotating*.

    For answers that people wrote to a question: that the stem of *important* is *import* does no harm where
    all other words are the same as well.
    """
    return " ".join(word if word.startswith("-") else _stem(word) for word in _words(question))


def gist(question: str, knows: Callable[[str], bool]) -> frozenset[str]:
    """The terms of the question that the docs know: the same for questions to which a counter or some random
    letters were added, and however their words are ordered.

    To tell loops, not to share answers. On four labelled sets no two of 416 questions have the same, nor do
    two that leave out any one term of theirs. With a number, or with eight random letters or digits added,
    412 of them keep it.
    """
    words = " ".join(word for word in question.split() if not any(map(str.isdigit, word)))
    terms = frozenset(filter(knows, tokens.terms(words)))
    return terms or frozenset([normalize(question)])


def _stem(word: str) -> str:
    terms = tokens.terms(word)
    return terms[0] if len(terms) == 1 else word


def _words(question: str) -> list[str]:
    text = unicodedata.normalize("NFC", question).strip()
    opening = _OPENING.match(text)
    begun = opening.end() if opening else 0
    words = ["how"] if opening and opening["how"] else []
    for found in _WORD.findall(text[begun:]):
        word = found if found.startswith("-") else found.casefold()
        if word not in _FILLERS:
            words.append(word)
    return words
