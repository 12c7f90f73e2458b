"""How deep a body may nest, whatever else it holds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from askdocs.api.body_limits import JSON_DEPTH, is_deep


def nested(depth: int, inner: Any = 1) -> Any:
    for number in range(depth):
        inner = [inner] if number % 2 else {'a"[\\': inner}
    return inner


@pytest.mark.parametrize("inside", ["", "]" * 200, "{" * 200, '"]\\"[' * 50, "\\", '\\"' * 9, "ä\u2028"])
@pytest.mark.parametrize(
    ("depth", "deep"), [(1, False), (JSON_DEPTH, False), (JSON_DEPTH + 1, True), (900, True)]
)
def test_depth_is_counted_outside_of_strings(depth: int, deep: bool, inside: str) -> None:
    assert is_deep(json.dumps(nested(depth, inside)).encode()) == deep
    assert is_deep(json.dumps([inside, nested(depth - 1, inside)], indent=1).encode()) == deep


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]" * 10_000, b"[" + b"[]," * 10_000 + b"1]", json.dumps([nested(20)] * 500).encode()],
)
def test_what_is_long_and_shallow_passes(body: bytes) -> None:
    assert not is_deep(body)
