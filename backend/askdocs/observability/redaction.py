"""Keeps secrets out of what is logged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, SecretStr
from structlog.typing import WrappedLogger

from askdocs.config import Settings


def secrets(settings: Settings) -> list[str]:
    """Every text that must not be logged: secrets, and the passwords inside secret URLs."""
    found = set()
    for secret in _all(settings):
        found.add(secret)
        if password := urlsplit(secret).password if "://" in secret else None:
            found |= {password, unquote(password)}
    return sorted((secret for secret in found if len(secret) >= 4), key=len, reverse=True)


def _all(section: BaseModel) -> Iterator[str]:
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, SecretStr):
            yield value.get_secret_value()
        elif isinstance(value, BaseModel):
            yield from _all(value)


def hide(secrets: Sequence[str]) -> Callable[[WrappedLogger, str, Any], str]:
    """A processor of structlog that stars the secrets in a rendered line."""

    def replace(_logger: WrappedLogger, _method: str, rendered: Any) -> str:
        line = str(rendered)
        for secret in secrets:
            if secret in line:
                line = line.replace(secret, "***")
        return line

    return replace
