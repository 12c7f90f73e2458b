"""Keeps passwords as Argon2id hashes, and checks them in threads, a few at once."""

from __future__ import annotations

import asyncio
import base64
import secrets
import unicodedata
from typing import TYPE_CHECKING

from askdocs.errors import Busy, InputError

if TYPE_CHECKING:
    from pwdlib import PasswordHash

SHORTEST, LONGEST = 15, 256
"""Characters. NIST SP 800-63B-4 asks for 15 where nothing but a password lets in."""

_MEMORY, _PASSES = 19_456, 2
"""KiB and passes, with one thread: OWASP's smallest recommendation, 58 ms on one of our busy cores. The
library's own 64 MiB and four threads took 394 ms, and five at once would fill a small instance."""

_AT_ONCE = 2
"""What hashing takes of a process at most: two threads and 38 MiB."""

_WAITING = 20
"""Who may wait for that, some 0.6 s at most; whoever comes then is asked to try again."""


class Passwords:
    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._present = 0
        # Of nobody's password. It costs as much to check as one that somebody has.
        salt, digest = (_encoded(secrets.token_bytes(size)) for size in (16, 32))
        self._nobodys = f"$argon2id$v=19$m={_MEMORY},t={_PASSES},p=1${salt}${digest}"

    async def hash(self, password: str) -> str:
        """Raises `InputError` for one that is too short or too long."""
        check(password)
        return await asyncio.to_thread(lambda: _hasher().hash(_bytes(password)))

    async def verify(self, password: str, kept: str | None) -> bool:
        """Whether it is the one whose hash is kept; as much work where none is. Raises `Busy`."""
        if self._present >= _AT_ONCE + _WAITING:
            raise Busy("Too many people sign in at the moment.", retry_after=1)
        self._present += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(_verify, password, kept or self._nobodys)
        finally:
            self._present -= 1


def check(password: str) -> None:
    """Raises `InputError` for one that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError(
            f"A password has {SHORTEST} to {LONGEST} characters.", fix="Take some words, or let one be made."
        )


def generate() -> str:
    """A password of 120 random bits."""
    return secrets.token_urlsafe(15)


def _verify(password: str, kept: str) -> bool:
    return _hasher().verify(_bytes(password), kept)


def _hasher() -> PasswordHash:
    # Imported here, since it takes 60 ms that a server whose people do not sign in need not pay.
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    return PasswordHash((Argon2Hasher(time_cost=_PASSES, memory_cost=_MEMORY, parallelism=1),))


def _bytes(password: str) -> bytes:
    """The same for a letter with an accent however the keyboard sent it, as RFC 8265 asks."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).rstrip(b"=").decode()
