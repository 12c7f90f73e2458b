"""Languages: which one a text is written in, and how its words are cut to their stems."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

import snowballstemmer  # type: ignore[import-untyped]  # it ships no types

ENGLISH = "en"

_STEMMERS: Mapping[str, str] = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "tr": "turkish",
}
"""Snowball's, by the primary subtag. A language without one keeps its words as they are."""

_OTHER_SCRIPTS = ("ar", "bg", "el", "fa", "he", "hi", "hy", "ja", "ka", "ko", "ru", "th", "uk", "zh")
"""Words in Latin letters are English there."""

_WORDS_BY_LANGUAGE = """
    en: a and are as at be by can do does for from have how i in is it my not of on or that the this
        to what when where which why will with you
    de: aber als auch auf aus bei das dem den der des die durch ein eine einen einer fur hat ich im
        in ist kann keine mein mit nach nicht oder sich sie sind uber um und vom von wann warum was
        welche wenn werden wie wird wo zu zum zur
    fr: a au aux avec ce ces comment dans de des du elle en est et il je la le les mais ne ou ou par
        pas peut pour pourquoi quand que quel quelle qui sans se son sont sur un une vous
    es: a al como con cual cuando de del donde el en es esta este la las lo los mi no o para pero
        por porque puede que se ser si sin son su un una y
    it: a che come con da dal del della di dove e gli il in la le lo ma mi nel non o per perche piu
        puo quale quando questo se si sono su un una
    nl: aan als bij dat de deze die dit door een en er hebben het hoe ik in is kan maar met mijn
        naar niet of om op te van voor waar waarom wat welke wordt ze zijn
    pl: ale co czy dla do gdzie i jak jest jezeli juz kiedy ktora ktory lub mozna na nie od oraz po
        przez sie sa tego ten to w z za ze
    pt: a ao as com como da das de do dos e em esta este eu isso mas na nao no o onde os ou para
        pela pelo por porque quando que se sem ser sua uma um voce
    ru: а без бы в для до если и из или как какие какои когда можно на не но о от по почему при с
        что чтобы это я
    sv: att av av den det detta du eller en ett for fran hur i inte jag kan med men min nar och om
        pa som till vad var varfor vid vilken
    tr: ama bir bu da daha de icin ile ise mi mu nasil ne neden nerede olarak su var ve veya yok
"""
FUNCTION_WORDS: Mapping[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in re.findall(r"(\w\w):([^:]+)(?=\s\w\w:|$)", _WORDS_BY_LANGUAGE)
}
"""Words that are in nearly every sentence, without accents."""

_LANGUAGES_OF = {
    word: frozenset(name for name, words in FUNCTION_WORDS.items() if word in words)
    for words in FUNCTION_WORDS.values()
    for word in words
}

_WORD = re.compile(r"[^\W\d_]+")
_ACCENT = re.compile("[\u0300-\u036f]+")
_LOOKED_AT = 4000
"""Characters of a text that are enough to tell."""

_LEAST = 2
"""Function words below which nothing is said: one may be a name, as *die* or *on*."""


def guess(text: str) -> str:
    """The language whose function words a text holds most of, "" if that is not clear."""
    plain = _ACCENT.sub("", unicodedata.normalize("NFKD", text[:_LOOKED_AT].lower()))
    counts = dict.fromkeys(FUNCTION_WORDS, 0)
    for word in _WORD.findall(plain):
        for name in _LANGUAGES_OF.get(word, ()):
            counts[name] += 1
    second, best = sorted(counts, key=lambda name: counts[name])[-2:]
    return best if counts[best] >= _LEAST and counts[best] > counts[second] else ""


def primary(tag: str) -> str:
    """`de` of `de-AT`, "" of ""."""
    return re.split("[-_]", tag, maxsplit=1)[0].lower()


@lru_cache(maxsize=1 << 16)
def stem(word: str, language: str) -> str:
    """What is left of a word in lower case without its endings; the word where no stemmer is known."""
    name = _STEMMERS.get(ENGLISH if language in _OTHER_SCRIPTS and word.isascii() else language)
    if name is None:
        return word
    # A stemmer keeps the word it works on in itself, so threads must not share one; making one costs little.
    stem: str = snowballstemmer.stemmer(name).stemWord(word)
    return stem
