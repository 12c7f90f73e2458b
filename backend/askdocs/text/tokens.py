"""Text to search terms, the same for documents and questions, and a rough count of model tokens.

A word becomes its stem in the language of the text. An identifier counts as itself and as its parts, whatever
that language is, so that `showLineNumbers`, `show-line-numbers` and "line numbers" find each other. Scripts
that are written without spaces fall to bigrams. Everything is linear in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from askdocs.text import languages
from askdocs.text.languages import ENGLISH

TOKENIZER = "2"
"""Changes whenever `terms` or `particles` do: sparse vectors of different tokenizers do not match."""

LONGEST_TERM = 80
"""Longer runs without a space are data (base64, minified code), which nobody asks for by name."""

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"  # CJK
)
# Vowel signs and points are not word characters to `re`, yet words of these scripts hold them.
_MARKS = "\u0591-\u05c7\u064b-\u065f\u0900-\u0dff"
_LETTER = rf"(?:[^\W{_UNSPACED}]|[{_MARKS}])"
_RUN = re.compile(
    rf"(?P<unspaced>[{_UNSPACED}]+)"
    r"|(?P<sign>(?<!\w)(?:[A-Za-z](?:\+\+|\#)|-[A-Za-z])(?![\w+-]))"  # C++, C#, -p
    rf"|(?P<name>{_LETTER}+(?:[-./:@]{{1,3}}{_LETTER}+)*)"
)
_INVISIBLE = dict.fromkeys(
    (0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF)
)
_ACCENT = re.compile("[\u0300-\u036f]+")
_LETTERS = str.maketrans(
    {"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE"}
    | {"ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ł": "l", "Ł": "L", "ı": "i"}
)
"""Letters that no decomposition takes apart."""
_CONTRACTION = re.compile(r"(?<=[A-Za-z])['’](?:(?=t(?!\w))|(?:s|d|m|re|ve|ll)(?!\w))")  # don't, it's
_VERSION = re.compile(r"v?(\d+)((?:\.\d+)+)", re.IGNORECASE)
_JOINT = re.compile(r"[./:@]+")
_SEAM = re.compile(r"[-_]+")
_BREAK = re.compile(r"[-_./:@]+")
_PART = re.compile(rf"[A-Z]{{2,}}s(?![a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|(?:[^\W\d_A-Za-z]|[{_MARKS}])+")

_STOP_WORDS = """
    a about after again all also always am an and any anybody anyone anything are arent as at be because
    been before being but by can cant cannot could couldnt did didnt do does doesnt doing dont done each
    either else ever every everything for from gets getting given go goes going gone got had has hasnt
    have havent having he her here hers him his how however i if in instead into is isnt it its itself
    just know let like lot make makes making many may maybe me might mine more most much must my myself
    need needs neither never no nor not nothing now of on once one only onto or other our ours out over
    own per please possible question rather really same say says see seem seems shall she should shouldnt
    since so some somebody somehow someone something still such supposed than thanks that the their theirs
    them then there these they thing things this those though through to together too toward try trying
    until up upon us very want wanted wants was wasnt way we well were werent what whatever when where
    whether which while who whose why will with within wont would wouldnt yes yet you your yours e.g i.e
    etc
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())

_PARTICLES = frozenset(
    {"up", "not", "or", "if", "from", "with", "without", "all", "any", "each", "no", "only", "last"}
)
_LOWER_WORD = re.compile(r"(?<![\w-])[a-z]+(?![\w-])")


def terms(text: str, language: str = ENGLISH) -> list[str]:
    """The terms of a text in reading order, repetitions kept. `language` is its primary subtag, as `de`."""
    if not text.isascii():
        text = _plain(text)
    text = _CONTRACTION.sub("", text)
    found: list[str] = []
    for run in _RUN.finditer(text):
        if run.lastgroup == "name":
            short = len(run[0]) <= LONGEST_TERM
            found.extend(_name_terms(run[0], language) if short else _long_terms(run[0], language))
        elif run.lastgroup == "unspaced":
            found.extend(_bigrams(run[0]))
        else:
            found.append(run[0].lower())
    return found


def particles(text: str) -> list[str]:
    """Stop words that may be what is meant, as the metric `up` or `yield from`; they are no `terms`."""
    return [word for word in _LOWER_WORD.findall(text) if word in _PARTICLES]


def estimate(text: str) -> int:
    """About how many tokens a model counts: a quarter of the ASCII characters and most of the others."""
    plain = len(text.encode("ascii", "ignore"))
    return (plain + 3) // 4 + (len(text) - plain) * 3 // 4


def _plain(text: str) -> str:
    """Compatibility forms unified, accents and invisible characters gone.

    Only the general accents go: a Japanese voicing mark or a Korean vowel makes another letter, and the
    final composition puts those back.
    """
    decomposed = unicodedata.normalize("NFKD", text.translate(_INVISIBLE))
    return unicodedata.normalize("NFC", _ACCENT.sub("", decomposed)).translate(_LETTERS)


def _bigrams(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


def _long_terms(run: str, language: str) -> list[str]:
    names = [name for name in _BREAK.split(run) if name and len(name) <= LONGEST_TERM]
    return [term for name in names for term in _name_terms(name, language)]


@lru_cache(maxsize=1 << 16)
def _name_terms(name: str, language: str) -> tuple[str, ...]:
    """What a run such as `@scope/some-package`, `app.useState` or `v3.1.0` counts as, each term once.

    The run as a whole, each name between dots and slashes without its hyphens and underscores, and the
    words within. Those of an identifier are English whatever the text is.
    """
    found: list[str] = []
    whole = name.lower().strip("_")
    if _JOINT.search(name) and whole not in STOP_WORDS:
        found.append(whole)
    for version in _VERSION.finditer(name):
        found += [version[1] + version[2], version[1]]
    for one in _JOINT.split(_VERSION.sub(".", name)):
        joined, parts = _SEAM.sub("", one), _PART.findall(one)
        if joined.isdigit():
            found += parts
        else:
            spoken = language if one == name and _are_words(one, parts) else ENGLISH
            words = [joined, *(part for part in parts if not part.isdigit())]
            found += [languages.stem(word, spoken) for word in map(str.lower, words) if _tells(word, spoken)]
    return tuple(dict.fromkeys(found))


def _are_words(name: str, parts: Sequence[str]) -> bool:
    """Whether a name is a word, or some that hyphens join."""
    return name == "-".join(parts) and name.replace("-", "").isalpha()


def _tells(word: str, language: str) -> bool:
    """Single letters tell nothing in English; in another script one may be a word."""
    stop_words = STOP_WORDS if language == ENGLISH else languages.FUNCTION_WORDS.get(language, frozenset())
    return word not in stop_words and (len(word) > 1 or (word != "" and not word.isascii()))
