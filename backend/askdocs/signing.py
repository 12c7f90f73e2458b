"""Names chat sessions with tokens that only this server makes, and readers by what tells nobody of them."""

from __future__ import annotations

import base64
import hmac
import os
import re
import secrets
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import orjson

from askdocs.config import Settings
from askdocs.errors import ConfigError
from askdocs.observability.logging import log

_VERSION = "1"
_FORM = re.compile(_VERSION + r"\.(?P<random>[A-Za-z0-9_-]{24})\.(?P<signature>[A-Za-z0-9_-]{43})")


class SessionTokens:
    """Makes the tokens of chat sessions, and tells them from what others made up.

    A token is `1.{random}.{signature}`: the version of this form, 144 random bits, and an HMAC-SHA-256 over
    version, site and random bits, both in base64url. It holds nothing but characters that any header takes,
    and means nothing to whoever reads it.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, site_id: str) -> str:
        random = secrets.token_urlsafe(18)
        return f"{_VERSION}.{random}.{self._sign(site_id, random)}"

    def recognizes(self, token: str, site_id: str) -> bool:
        """Whether the token was made here, with this key, for this site."""
        form = _FORM.fullmatch(token)
        return form is not None and hmac.compare_digest(
            form["signature"], self._sign(site_id, form["random"])
        )

    def digest(self, token: str, kind: str, value: str) -> str:
        """By which a value is known again within the token's conversation. Without the token, of which nobody
        but its reader has more than a hash, nobody can try values on it."""
        signed = f"askdocs mark\n{token}\n{kind}\n{value}".encode("utf-8", "surrogatepass")
        return base64.urlsafe_b64encode(hmac.digest(self._key, signed, "sha256")[:9]).decode()

    def _sign(self, site_id: str, random: str) -> str:
        signed = f"askdocs chat session {_VERSION}\n{site_id}\n{random}"
        digest = hmac.digest(self._key, signed.encode(), "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class Pseudonyms:
    """Names to count readers by, from which nobody without this installation's secret can tell an address.

    Each day, of UTC, has names of its own, so that what is counted on two days cannot be put together.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def name(self, reader: str, *, now: datetime) -> str:
        """The same in every process for a day. `reader` is an address, a network or a user's digest."""
        day = now.astimezone(UTC).date().isoformat()
        return hmac.digest(self._key, f"askdocs reader\n{day}\n{reader}".encode(), "sha256")[:16].hex()


class Keys:
    """Keys for one purpose each, derived from this installation's secret; none tells anything of another."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def derive(self, purpose: str, *names: str) -> bytes:
        said = orjson.dumps(["askdocs key 1", purpose, *names])
        return hmac.digest(self._secret, said, "sha256")


def read_key(settings: Settings) -> bytes:
    """`secret_key`; without one, a random key that is kept in the home folder, for the next process too.

    Where nothing can be kept there the key lasts as long as this process, and what it signed with it. Raises
    `ConfigError` when the kept file holds no key.
    """
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value().encode()
    path = settings.home / "secret_key"
    try:
        if not path.exists():
            _keep(path, secrets.token_hex(32))
        kept = path.read_text(encoding="ascii").strip()
    except OSError as error:
        log.warning("secret_key_not_kept", path=str(path), error=str(error), fix="Set SECRET_KEY.")
        return secrets.token_bytes(32)
    except UnicodeDecodeError:
        kept = ""
    if len(kept) < 64:
        raise ConfigError(
            f"{path} does not hold the key that was written into it.",
            fix="Delete it: the next start makes a new one, and readers' open conversations begin anew.",
        )
    return kept.encode()


def _keep(path: Path, key: str) -> None:
    """Write the key at once and for this user alone; the first of several processes that start wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".secret_key.")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)
