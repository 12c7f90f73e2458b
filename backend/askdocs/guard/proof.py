"""Work that a computer does for its reader: puzzles in the form of ALTCHA, version 1.

A puzzle is the SHA-256 of a salt and a secret number up to `maxnumber`, which is found by trying: half of
them on average, while to check one costs a single try. Nothing is stored of it: it is signed, and its salt
says when it expires.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from askdocs.errors import ProofRejected

ALGORITHM = "SHA-256"

LIFE = 300
"""Seconds in which a puzzle can be solved: a slow phone takes 20 for the hardest, unless it sleeps."""

MOST = 10_000_000
"""The largest number that is looked at; the hardest puzzle has fewer, and JSON would take any."""

LONGEST = 1024
"""Characters of a solution; they have some 350."""

_SALT = re.compile(r"[0-9a-f]{24}\?expires=(?P<expires>[0-9]{10})&")
"""The last sign keeps digits of the number from being taken for some of the time."""


@dataclass(frozen=True, slots=True)
class Puzzle:
    challenge: str
    salt: str
    signature: str
    maxnumber: int
    algorithm: str = ALGORITHM


def make(key: bytes, *, numbers: int, now: datetime) -> Puzzle:
    """One that takes `numbers` tries at most. `key` is of those alone who may solve it."""
    salt = f"{secrets.token_hex(12)}?expires={int(now.timestamp()) + LIFE}&"
    challenge = _digest(salt, secrets.randbelow(numbers + 1))
    return Puzzle(challenge, salt, _sign(key, challenge), numbers)


def check(solution: str, key: bytes, *, now: datetime) -> str:
    """What names the puzzle that was solved, so that each is taken once. Raises `ProofRejected`."""
    given = _read(solution)
    salt, number = given.get("salt"), given.get("number")
    form = _SALT.fullmatch(salt) if isinstance(salt, str) else None
    if (
        form is None
        or type(number) is not int
        or not 0 <= number <= MOST
        or given.get("algorithm") != ALGORITHM
    ):
        raise _rejected("is not a solution of our puzzles")
    challenge = _digest(form.string, number)
    is_right = _is(given.get("challenge"), challenge) & _is(given.get("signature"), _sign(key, challenge))
    if not is_right:
        raise _rejected("is wrong, or of a puzzle that was given to somebody else")
    if int(form["expires"]) <= now.timestamp():
        raise _rejected("came too late")
    return challenge


def _read(solution: str) -> dict[str, Any]:
    try:
        given = orjson.loads(base64.b64decode(solution, validate=True))
    except ValueError as error:
        raise _rejected("cannot be read: it is the base64 of a JSON object") from error
    return given if isinstance(given, dict) else {}


def _digest(salt: str, number: int) -> str:
    return hashlib.sha256(f"{salt}{number}".encode()).hexdigest()


def _sign(key: bytes, challenge: str) -> str:
    return hmac.digest(key, challenge.encode(), "sha256").hex()


def _is(given: object, expected: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def _rejected(what: str) -> ProofRejected:
    return ProofRejected(
        f"The solution {what}.", fix="Ask for a session without `altcha`, and solve the puzzle that comes."
    )
