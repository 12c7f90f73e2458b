"""Solves puzzles as a reader's browser does."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any


def number_of(puzzle: Mapping[str, Any]) -> int:
    tries = range(puzzle["maxnumber"] + 1)
    salt = puzzle["salt"]
    return next(n for n in tries if hashlib.sha256(f"{salt}{n}".encode()).hexdigest() == puzzle["challenge"])


def solve(puzzle: Mapping[str, Any], **otherwise: Any) -> str:
    """The solution as it is sent, with fields that are `otherwise`; those that are None are left out."""
    named = {name: puzzle[name] for name in ("algorithm", "challenge", "salt", "signature")}
    return encode({**named, "number": number_of(puzzle), **otherwise})


def encode(fields: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in fields.items() if value is not None}
    return base64.b64encode(json.dumps(kept).encode()).decode()
