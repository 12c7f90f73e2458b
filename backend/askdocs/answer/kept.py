"""Answers that the cache keeps for when the same is asked of the same passages."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import orjson
from pydantic import TypeAdapter, ValidationError

from askdocs.observability.logging import log
from askdocs.text import prompts
from askdocs.text.prompts import Material
from askdocs.types import Citation, Scope, Support

SCHEMA: Literal[3] = 3
"""Of the entries. It is part of their keys too, so that processes of two releases do not overwrite each
other's: change it with any change of `KeptAnswer`."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What the model said. The passages that it cites are those of the material in the key."""

    text: str
    citations: tuple[Citation, ...]
    model: str
    support: Support


@dataclass(frozen=True, slots=True)
class _Entry:
    schema: Literal[3]
    answer: KeptAnswer


_ENTRIES = TypeAdapter(_Entry)


def key(scope: Scope, model: str, material: Material) -> str:
    parts = [SCHEMA, scope, model, prompts.digest(material)]
    return f"answer:{hashlib.sha256(orjson.dumps(parts)).hexdigest()}"


def dump(answer: KeptAnswer) -> bytes:
    return orjson.dumps(_Entry(SCHEMA, answer))


def load(entry: bytes | None) -> KeptAnswer | None:
    """The answer that an entry of this schema holds. Any other entry is as good as none."""
    if entry is None:
        return None
    try:
        return _ENTRIES.validate_json(entry, strict=True).answer
    except ValidationError as error:
        log.warning("kept_answer_unreadable", faults=error.error_count())
        return None
