"""The details in which a claim must agree with what it rests on: numbers, versions, options, negations.

Words may differ between a claim and the sentence that supports it; these may not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

Terms = Callable[[str], Sequence[str]]
Number = tuple[str, str]
"""A value, and its unit or "" where none is known."""

_UNIT_NAMES = (
    "ms millisecond milliseconds millisekunde millisekunden",
    "s sec secs second seconds sekunde sekunden",
    "min m minute minutes mins minuten",
    "h hr hrs hour hours stunde stunden",
    "d day days tag tage tagen",
    "w week weeks woche wochen",
    "month months monat monate monaten",
    "y year years jahr jahre jahren",
    "% percent prozent",
    "byte bytes",
    "kb kilobyte kilobytes",
    "mb megabyte megabytes",
    "gb gigabyte gigabytes",
    "tb terabyte terabytes",
    "kib mib gib px em rem",
)
_UNITS = {unit: names.split()[0] for names in _UNIT_NAMES[:-1] for unit in names.split()} | {
    unit: unit for unit in _UNIT_NAMES[-1].split()
}
_NUMERALS = (
    "zero",
    "one ein eine einem einen einer",
    "two zwei",
    "three drei",
    "four vier",
    "five fünf",
    "six sechs",
    "seven sieben",
    "eight acht",
    "nine neun",
    "ten zehn",
)
_VALUES = {word: str(value) for value, words in enumerate(_NUMERALS) for word in words.split()}

# Not the 8 of UTF-8, nor digits within a word; but the -1 that stands alone, and both ends of 1-5.
_NUMBER = re.compile(r"(?<![\w.])(?<![^\W\d]-)v?(\d+(?:[.,_]\d+)*)(?:\s?(%|[a-z]{1,12}\b))?", re.IGNORECASE)
_COUNTED = re.compile(rf"(?<![\w.,])({'|'.join(_VALUES)}|\d+)\s+([^\W\d_]+)", re.IGNORECASE)
_NOUN = 4
"""Letters by which two nouns are the same: hour and hours, Stunde and Stunden."""

_OPTION = re.compile(r"(?<![\w.-])(?:--[a-z][\w-]*|-[a-z](?:[\w-]*\.[\w.-]*\w)?(?![\w-]))", re.IGNORECASE)

_CLAUSE = re.compile(
    r"[;:()—–]+\s|,\s|[.!?]\s"
    r"|\b(?:but|if|unless|while|although|because|since|when|aber|wenn|weil|sondern)\b",
    re.IGNORECASE,
)
_NOT = (
    r"n['’]t\b|\b(?:not|never|cannot|no|none|neither|nor|without|nothing"
    r"|nicht|kein\w*|niemals|nie|ohne|nichts)\b"
)
_NEGATION = re.compile(_NOT, re.IGNORECASE)
_LIKE_NEGATION = re.compile(
    rf"{_NOT}|\b(?:only|except|unless|instead|rather|avoid|disab|prevent|skip|ignor|omit|exclu|fail|refus"
    r"|reject|remov|forbid|den(?:y|ies)|block|drop|lack|miss|stop|deprecat|unsupport|impossib|invalid|false|off\b|out\b"
    r"|nur|außer|statt|deaktiv|un[a-z]{5}|non-)",
    re.IGNORECASE,
)
_OPPOSITES = tuple(
    (re.compile(rf"\b(?:{one})", re.IGNORECASE), re.compile(rf"\b(?:{other})", re.IGNORECASE))
    for one, other in (
        (r"true\b", r"false\b"),
        (r"enabl|turn(?:s|ed)? on\b", r"disabl|turn(?:s|ed)? off\b"),
        ("includ", "exclud"),
        ("minim|at least|mindestens", "maxim|at most|höchstens"),
        (r"before\b|vor\b", r"after\b|nach\b"),
        (r"always\b|immer\b", r"never\b|nie(?:mals)?\b"),
        (r"required\b|mandatory", r"optional\b"),
        ("increas", "decreas"),
        (r"allow|permit", r"forbid|den(?:y|ies)|disallow"),
    )
)
_ANY_OPPOSITE = re.compile(
    "|".join(pattern.pattern for pair in _OPPOSITES for pattern in pair), re.IGNORECASE
)
_CLAUSE_SHARED = 0.6
"""Share of a negated clause's terms that a claim repeats when it says the opposite."""


@dataclass(frozen=True, slots=True)
class Details:
    """`numbers` are those in digits, `counts` what is counted: a value and the beginning of a noun."""

    numbers: frozenset[Number]
    counts: frozenset[Number]
    options: frozenset[str]

    @property
    def said(self) -> frozenset[Number]:
        """The numbers, in digits or in words."""
        return self.numbers | {(value, _UNITS.get(noun, "")) for value, noun in self.counts}


@lru_cache(maxsize=1 << 12)
def of(text: str) -> Details:
    options = frozenset(_OPTION.findall(text))
    return Details(frozenset(_numbers(text)), frozenset(_counted(text)), options)


def missing(claim: Details, given: Details) -> frozenset[str]:
    """What the claim states and the given text does not: numbers, with their units, and options.

    A number in words need not be said, since what is listed can be counted; but it must not be another.
    """
    numbers = (f"{value}{unit}" for value, unit in claim.numbers if not _is_said(value, unit, given))
    counts = (f"{value} {noun}" for value, noun in claim.counts if _is_another(value, noun, given))
    return frozenset((*numbers, *counts, *(claim.options - given.options)))


def contradict(claim: str, given: str, terms: Terms) -> bool:
    """Whether one denies what the other says: a negation that the other lacks, or an opposite."""
    has_opposite = _ANY_OPPOSITE.search(claim) and _ANY_OPPOSITE.search(given)
    for one, other in _OPPOSITES if has_opposite else ():
        for first, second in ((one, other), (other, one)):
            is_first = first.search(claim) and not second.search(claim)
            if is_first and second.search(given) and not first.search(given):
                return True
    if _NEGATION.search(claim):
        return not _LIKE_NEGATION.search(given)
    return not _LIKE_NEGATION.search(claim) and _denies(given, claim, terms)


def _denies(given: str, claim: str, terms: Terms) -> bool:
    """Whether the clause that comes nearest to the claim is a negated one."""
    claimed = frozenset(terms(claim))
    nearest, is_negated = 0.0, False
    for clause in _CLAUSE.split(given):
        said = frozenset(terms(clause))
        share = len(said & claimed) / len(said) if said else 0.0
        negated = _NEGATION.search(clause) is not None
        if len(said & claimed) > 1 and (share > nearest or (share == nearest and not negated)):
            nearest, is_negated = share, negated
    return is_negated and nearest >= _CLAUSE_SHARED


def _numbers(text: str) -> Iterator[Number]:
    for value, unit in _NUMBER.findall(text):
        yield _plain(value), _UNITS.get(unit.lower(), "")


def _counted(text: str) -> Iterator[Number]:
    for word, noun in _COUNTED.findall(text):
        value, unit = _VALUES.get(word.lower(), word), _UNITS.get(noun.lower())
        if unit or value != "1":  # "one plugin" is rather any plugin
            yield value, unit or noun.lower()[:_NOUN]


def _plain(value: str) -> str:
    """1,000 and 1_000 are 1000, and 5.0 is 5."""
    value = re.sub(r"(?<=\d)[,_](?=\d{3}(?!\d))", "", value)
    return re.sub(r"(?:\.0)+\Z", "", value)


def _is_said(value: str, unit: str, given: Details) -> bool:
    return any(value == other and (not unit or not its or unit == its) for other, its in given.said)


def _is_another(value: str, noun: str, given: Details) -> bool:
    others = {other for other, its in given.counts if its == noun}
    return bool(others) and value not in others
