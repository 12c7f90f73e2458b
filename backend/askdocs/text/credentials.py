"""Finds keys, tokens and passwords in a text: by the forms that services give them, and by what is said of
them.

Commands and settings of documentation are full of names, placeholders and hashes; those stay.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

Found = tuple[int, int, str]
"""Where it begins and ends, and what it is."""


def find(text: str) -> Iterator[Found]:
    """All that is found, in no order; some may lie within others. Takes time in proportion to the text's
    length: of most texts only the words that are long, or that speak of keys, are looked at closely."""
    for long in _LONG.finditer(text):
        for match in _KNOWN.finditer(text, long.start(), long.end()):
            if not _is_shown(match[0]):
                yield match.start(), match.end(), "secret"
    if "PRIVATE KEY" in text:
        for match in _PEM.finditer(text):
            yield match.start(), match.end(), "secret"
    if "://" in text:
        yield from _of_urls(text)
    places = sorted(_mentions(text))
    for place in places:
        yield from _assigned(text, place)
        yield from _told(text, place)
    if places or "asic" in text:
        yield from _of_headers(text)


# by their form

_LONG = re.compile(r"\S{16,}")
_KNOWN = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}"  # Amazon
    r"|gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255}|gl(?:pat|dt|ptt|soat|rt|cbt)-[\w-]{20,}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{20,}"  # Slack
    r"|https://hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/]{20,}"
    r"|https://(?:ptb\.|canary\.)?discord(?:app)?\.com/api/webhooks/\d+/[\w-]{40,}"
    r"|[sr]k_live_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{24,}"  # Stripe
    r"|AIza[\w-]{35}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,}"  # Google
    r"|sk-(?:proj|svcacct|admin|ant|or)-[\w-]{20,}|sk-[A-Za-z0-9]{32,}|gsk_[A-Za-z0-9]{40,}"
    r"|hf_[A-Za-z]{30,}|r8_[A-Za-z0-9]{37,}|npm_[A-Za-z0-9]{36}|pypi-AgE[\w-]{40,}|dckr_[po]at_[\w-]{20,}"
    r"|SG\.[\w-]{16,}\.[\w-]{32,}|key-[0-9a-f]{32}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|sq0(?:atp|csp)-[\w-]{22,}"
    r"|dop_v1_[0-9a-f]{64}|hv[sb]\.[\w-]{20,}|dp\.pt\.[A-Za-z0-9]{40,}|lin_api_[A-Za-z0-9]{32,}"
    r"|secret_[A-Za-z0-9]{40,}|ntn_[A-Za-z0-9]{40,}|figd_[\w-]{32,}|PMAK-[0-9a-f]{24}-[0-9a-f]{34}"
    r"|AGE-SECRET-KEY-1[A-Z0-9]{50,}|rubygems_[0-9a-f]{48}|tskey-[a-z]+-[\w-]{16,}|sntrys_[\w=/+-]{40,}"
    r"|askdocs_[A-Za-z0-9]{46}"
    r"|[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,45}"  # Discord
    r"|\d{8,10}:AA[\w-]{32,35}"  # Telegram
    r"|eyJ[\w-]{10,}\.eyJ[\w-]{10,}(?:\.[\w-]{10,})?"  # JSON web tokens
    r")(?![A-Za-z0-9])"
)
_PEM_ENDS = r"[A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
_PEM = re.compile(rf"-----BEGIN {_PEM_ENDS}[A-Za-z0-9+/=\s:,]{{0,8000}}(?:-----END {_PEM_ENDS})?")
_EXAMPLES = ("EXAMPLE", "eyJzdWIiOiIxMjM0NTY3ODkwIi")
"""In the keys that Amazon shows, and in the token of jwt.io."""


def _is_shown(value: str) -> bool:
    """Whether documentation shows it in the place of a real one."""
    return any(example in value for example in _EXAMPLES) or _is_placeholder(value)


_PLACEHOLDER = re.compile(
    r"(?i)your|my[_-]|example|placeholder|changeme|change[_-]me|dummy|sample|insert|replace|redacted|xxxx"
    r"|\*\*\*|\.\.\.|…|<|\$|\{|%\(|1234567|abcdef|deadbeef|process\.env|sk_test_|pk_"
)
_USUAL = frozenset(
    (
        *("password", "passwd", "pass", "pwd", "pw", "postgres", "secret", "admin", "root", "user"),
        *("guest", "test", "default", "public", "token", "key", "none", "null", "true", "false"),
        *("letmein", "password1", "redis", "mysql", "mongo", "mongodb", "hunter2", "minio"),
        *("minioadmin", "password123", "passw0rd", "p@ssw0rd", "secret123", "admin123", "test123"),
        *("x-oauth-basic", "x-access-token", "oauth2", "string", "bearer"),
    )
)


def _is_placeholder(value: str) -> bool:
    return _PLACEHOLDER.search(value) is not None or value.lower() in _USUAL or len(set(value)) < 4


# in addresses

_URL = re.compile(r"://([^\s/?#@:'\"<>\[\]]{0,100})(?::([^\s/?#@'\"<>]{1,200}))?@")


def _of_urls(text: str) -> Iterator[Found]:
    for match in _URL.finditer(text):
        user, password = match[1], match[2]
        if password and not _is_placeholder(password) and password != user:
            yield match.start(2), match.end(2), "secret"
        elif not password and len(user) >= 16 and _is_random(user) and not _is_placeholder(user):
            yield match.start(1), match.end(1), "secret"


# in headers and assignments

_HEADER = re.compile(r"\b(?:Bearer|Basic|Token)[ \t]+([\w.~+/-]{12,4000}={0,2})", re.IGNORECASE)


def _of_headers(text: str) -> Iterator[Found]:
    for match in _HEADER.finditer(text):
        if _is_random(match[1]) and not _is_shown(match[1]):
            yield match.start(1), match.end(1), "secret"


_STEMS = (
    "passw",
    "passphrase",
    "pwd",
    "pw",
    "kennwort",
    "contraseña",
    "mot de passe",
    "secret",
    "token",
    "key",
)
_MORE_STEMS = ("credential", "auth", "schlüssel", "geheimnis", "bearer")
_LOWERED = {ord(upper): upper.lower() for upper in "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÜÑ"}
_BEFORE = 24
"""Characters before a stem that may say what kind of key it is."""
_OF_OTHERS = re.compile(
    r"(?:public[_ -]?(?:key)?|primary|foreign|partition|cache|sort|index|object|hot|site)[_ -]?\Z",
    re.IGNORECASE,
)
_NO_SECRET_KEY = re.compile(
    r"(?:api|access|account|private|secret|auth|signing|encryption|master)[_ -]?\Z", re.I
)


def _mentions(text: str) -> set[int]:
    """Where words for passwords, tokens and keys begin, but for keys of other kinds."""
    lowered, places = text.translate(_LOWERED), set()
    for stem in (*_STEMS, *_MORE_STEMS):
        place = lowered.find(stem)
        while place >= 0:
            before = text[max(0, place - _BEFORE) : place]
            is_key = stem != "key" or _NO_SECRET_KEY.search(before)
            if is_key and not _OF_OTHERS.search(before):
                places.add(place)
            place = lowered.find(stem, place + len(stem))
    return places


_ASSIGNED = re.compile(r"[\w-]{2,40}[\"'`]?[ \t]{0,3}(?::=|=>|[:=])[ \t]{0,3}[\"'`]?([^\s\"'`,;&|]{8,500})")
_PASSWORD = re.compile(r"passw|pwd|pw|kennwort|contraseña|mot de passe|passphrase", re.IGNORECASE)
_CALL = re.compile(r"[A-Za-z_][\w.]*(?:\(|\[)|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$")


def _assigned(text: str, place: int) -> Iterator[Found]:
    match = _ASSIGNED.match(text, place)
    if match is None:
        return
    value = match[1].rstrip(".)]}>")
    if _CALL.match(value) or _is_shown(value):
        return
    if _is_random(value) or (_PASSWORD.match(match[0]) and _is_password(value)):
        yield match.start(1), match.start(1) + len(value), "secret"


_TOLD = re.compile(
    r"[\w-]{2,40}[\"'`:]?[ \t]{1,3}(?:(?:is|ist|was|war|lautet|called|=|:)[ \t]{1,3})?[\"'`]?"
    r"([^\s\"'`,;<>()]{8,500})"
)
_IS = re.compile(r"(?:is|ist|was|war|lautet|=|:)[ \t]+[\"'`]?\Z", re.IGNORECASE)


def _told(text: str, place: int) -> Iterator[Found]:
    """In a sentence a password is only what somebody says it is; a key shows itself besides."""
    match = _TOLD.match(text, place)
    if match is None:
        return
    value = match[1].rstrip(".!?:")
    if _CALL.match(value) or _is_shown(value):
        return
    before = match[0][: match.start(1) - match.start()]
    is_said = _IS.search(before) is not None and _PASSWORD.match(match[0]) is not None
    if is_said and _is_password(match[1]):
        yield match.start(1), match.end(1), "secret"
    elif len(value) >= 20 and _is_random(value):
        yield match.start(1), match.start(1) + len(value), "secret"


# what looks random

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_HEX = re.compile(r"(?:0x)?[0-9a-fA-F]{16,}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_LEAST_BITS = 3.0
"""Of entropy in a character. Names in code have 2.5 to 3.7, keys of 20 characters 3.7 and more."""
_LONGEST_WORDS = 4.0
"""Letters that runs of one case have on average, from which on they are words."""


def _is_random(value: str) -> bool:
    """Whether somebody drew it rather than named it: letters and digits mixed in short runs."""
    if len(value) < 16:
        return False
    if _HEX.fullmatch(value):
        return len(set(value)) > 7
    if value.startswith(("http", "/", "./", "@")) or not re.search(r"\d", value):
        return False
    runs = _WORDS.findall(value)
    letters = [run for run in runs if run.isalpha()]
    if not letters or sum(map(len, letters)) / len(letters) >= _LONGEST_WORDS:
        return False
    return entropy(value) >= _LEAST_BITS


def _is_password(value: str) -> bool:
    """Letters with digits, or with signs that no name has."""
    has_letter, has_digit = re.search(r"[^\W\d_]", value), re.search(r"\d", value)
    return (
        bool(has_letter and has_digit) and len(value) >= 8 and not value.startswith(("http", "/", "$", "<"))
    )


def entropy(value: str) -> float:
    """Bits a character, after Shannon."""
    return -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())
