"""The kinds of values that settings have, and what is refused of each."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ByteSize,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)

from askdocs import patterns

Seconds = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
Days = Annotated[int, Field(ge=0, le=36_500)]
Share = Annotated[float, Field(ge=0, le=1)]
LowerCase = BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)


def _check_scheme(*schemes: str) -> AfterValidator:
    def check(url: str | SecretStr) -> str | SecretStr:
        text = url.get_secret_value() if isinstance(url, SecretStr) else url
        scheme, separator, _ = text.partition("://")
        if not separator or scheme.partition("+")[0] not in schemes:
            raise ValueError(f"is a URL that starts with {' or '.join(f'{name}://' for name in schemes)}")
        try:
            _ = urlsplit(text).port
        except ValueError:
            # Without the error's own words, which may repeat a password.
            raise ValueError(
                "is no valid URL; in a password, characters such as / ? # [ ] @ are written as %2F %3F %23 …"
            ) from None
        return url

    return AfterValidator(check)


def _check_key(key: SecretStr) -> SecretStr:
    """A key travels in a header. Whoever refuses it there repeats it in the error, and so in a log."""
    text = key.get_secret_value().strip()
    if not text.isascii() or not text.isprintable():
        raise ValueError("holds characters that no key has")
    return SecretStr(text)


def _check_length(key: SecretStr) -> SecretStr:
    """Whoever holds what SECRET_KEY signed may try keys on that for as long as they like."""
    if len(key.get_secret_value()) < 32:
        raise ValueError("has less than 32 characters and might be guessed; `openssl rand -hex 32` makes one")
    return key


Pattern = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(patterns.check)]

Key = Annotated[SecretStr, AfterValidator(_check_key)]

AdminToken = Annotated[Key, AfterValidator(_check_length)]

SecretKey = Annotated[SecretStr, AfterValidator(_check_length)]

DatabaseUrl = Annotated[SecretStr, _check_scheme("postgresql", "postgres", "sqlite")]
RedisUrl = Annotated[SecretStr, _check_scheme("redis", "rediss")]
HttpUrl = Annotated[str, _check_scheme("http", "https")]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def refuse_switches_as_numbers(cls, values: Any) -> Any:
        return refuse_switches_as_numbers(cls, values)


def refuse_switches_as_numbers(model: type[BaseModel], values: Any) -> Any:
    """Pydantic would read `port: true` as port 1."""
    for name, value in values.items() if isinstance(values, dict) else ():
        field = model.model_fields.get(name)
        if isinstance(value, bool) and field is not None and field.annotation in (int, float, ByteSize):
            raise ValueError(f"{name} is a number, not {str(value).lower()}")
    return values
