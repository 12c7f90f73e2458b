"""Operations on a site by name: each is a stream of JSON events, the last of which is its result."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from importlib import import_module

from askdocs.control.events import Event

Operation = Callable[..., AsyncGenerator[Event]]
"""`operation(rt, **arguments)`"""

MODULES = {
    "index": "publishing",
    "search": "asking",
    "ask": "asking",
    "observe": "evaluating",
    "explain": "evaluating",
    "astray": "evaluating",
    "pin": "pinning",
    "snapshot": "upkeep",
    "delete_site": "upkeep",
}
"""Of this package, by the operation that each holds. A command imports what it runs: none needs a parser of
documents to list sites."""


def named(name: str) -> Operation:
    found: Operation = getattr(import_module(f"{__name__}.{MODULES[name]}"), name)
    return found
