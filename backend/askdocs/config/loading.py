"""Settings as a whole: read, checked, and refused in one line that names place, key and remedy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from askdocs.config.layers import Layer, leaves, nearest, read_layers, variable
from askdocs.config.settings import Settings
from askdocs.config.site_options import SiteSettings
from askdocs.errors import ConfigError

REQUIRED = ("secret_key", "database_url", "qdrant_url", "gemini_api_key")
"""What staging and production cannot run without; on Vertex AI there is no key."""

_EMBEDDED = ("secret_key", "database_url", "qdrant_url")
"""What the home folder stands in for, once somebody chose to have the vectors there."""


def load(environment: str | None = None, **overrides: Any) -> Settings:
    """The settings of an environment (by default the one that ASKDOCS_ENV names), fit to run with.

    Overrides are stronger than every file and variable; sections are given as dicts. Raises `ConfigError`
    with one line.
    """
    settings = read(environment, **overrides)
    check(settings)
    return settings


def read(environment: str | None = None, **overrides: Any) -> Settings:
    """The same without `check`: each setting is right by itself, but some that are needed may be missing."""
    if environment is not None:
        overrides["environment"] = environment
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        layers = read_layers(Settings, overrides.get("environment"))
        raise ConfigError(explain(error.errors(), layers)) from None
    settings._overrides.update(overrides)
    return settings


def explain(errors: Sequence[ErrorDetails], layers: Sequence[Layer]) -> str:
    """One line about the first error; secrets that were ill-typed are not repeated."""
    error = errors[0]
    key = ".".join(str(part) for part in error["loc"])
    place = place_of(key, layers)
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    if error["type"] == "extra_forbidden":
        return f"{place}: unknown key '{key}'; the nearest is '{nearest(key, valid_keys(key))}'{more}"
    reason = error["msg"].removeprefix("Value error, ")
    reason = reason[0].lower() + reason[1:]
    return f"{place}: {key}: {reason}{more}" if key else f"{place}: {reason}{more}"


def place_of(key: str, layers: Sequence[Layer]) -> str:
    """Where the key, or the nearest thing above it, was written last.

    A list is written as a whole: of one that a stronger layer holds, the items of a weaker one do not count.
    """
    lists = {name for name, field in leaves(Settings) if get_origin(field.annotation) is tuple}
    if key.partition(".")[0] in lists:
        layers = [layer for layer in layers if key.partition(".")[0] in layer.places][-1:]
    while key:
        for layer in reversed(layers):
            if key in layer.places:
                return layer.places[key]
        key = key.rpartition(".")[0]
    return "settings"


def valid_keys(key: str) -> list[str]:
    """The keys that may have been meant: all, and those of a list's item if the key lies in one."""
    keys = [name for name, _ in leaves(Settings)]
    head, _, rest = key.partition(".")
    if head == "sites" and rest:
        number = rest.partition(".")[0]
        return [f"sites.{number}.{name}" for name in SiteSettings.model_fields]
    return [*keys, *{name.partition(".")[0] for name in keys if "." in name}]


def check(settings: Settings, *, required: Sequence[str] = REQUIRED) -> None:
    """What no single key can tell: the keys `required` in staging and production, and what a provider or an
    engine needs, are there. Raises `ConfigError` with one line."""
    if settings.environment in ("staging", "production"):
        waived = _EMBEDDED if settings.vectors.engine == "embedded" else ()
        if settings.embeddings.provider == "local":
            waived = (*waived, "gemini_api_key")
        missing = [variable(key) for key in required if key not in waived and not _has(settings, key)]
        if missing:
            raise ConfigError(
                f"{settings.environment} needs {', '.join(missing)}",
                fix=f"Set {missing[0]}, or {missing[0]}_FILE to the path of a file that holds it.",
            )
    needs: Mapping[str, tuple[bool, str]] = {
        "vectors.engine": (settings.vectors.engine == "server", "qdrant_url"),
        "embeddings.provider": (settings.embeddings.provider == "gemini", "gemini_api_key"),
        "answers.provider": (settings.answers.provider == "gemini", "gemini_api_key"),
    }
    for key, (chosen, other) in needs.items():
        if chosen and not _has(settings, other):
            section, _, name = key.partition(".")
            value = getattr(getattr(settings, section), name)
            raise ConfigError(f"{key} is '{value}', which needs {variable(other)}")


def _has(settings: Settings, key: str) -> bool:
    return settings.has_gemini if key == "gemini_api_key" else bool(getattr(settings, key))
