"""Addresses by which people are known."""

from __future__ import annotations

import re

from askdocs.errors import InputError

LONGEST = 254
"""Characters, as RFC 5321 leaves room for."""

_FORM = re.compile(r"[^@\s\x00-\x20\x7f-\x9f]+@[^@\s\x00-\x20\x7f-\x9f]+")


def read(address: str) -> str:
    """In lower case, so that a person is one however they write it. Raises `InputError`."""
    read = address.strip().lower()
    if len(read) > LONGEST or not _FORM.fullmatch(read) or not _is_text(read):
        raise InputError("This is no e-mail address.", fix="It is like ada@example.com.")
    return read


def _is_text(address: str) -> bool:
    """JSON may hold halves of characters."""
    try:
        address.encode()
    except UnicodeEncodeError:
        return False
    return True
