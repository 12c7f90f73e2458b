"""Keeps secrets out of what is logged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr
from structlog.typing import WrappedLogger

from askdocs.config import Settings


def secrets(settings: Settings) -> list[str]:
    """Every text that must not be logged: secrets, and the passwords inside secret URLs."""
    found = []
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if not isinstance(value, SecretStr):
            continue
        secret = value.get_secret_value()
        if "://" not in secret:
            found.append(secret)
        elif password := urlsplit(secret).password:
            found += [password, unquote(password)]
    return sorted({secret for secret in found if len(secret) >= 4}, key=len, reverse=True)


def hide(secrets: Sequence[str]) -> Callable[[WrappedLogger, str, Any], str]:
    """A processor of structlog that stars the secrets in a rendered line."""

    def replace(_logger: WrappedLogger, _method: str, rendered: Any) -> str:
        line = str(rendered)
        for secret in secrets:
            if secret in line:
                line = line.replace(secret, "***")
        return line

    return replace
