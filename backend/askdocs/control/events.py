"""What operations tell whoever runs them: JSON values, one a line on the way through a socket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from askdocs import errors
from askdocs.errors import AskdocsError

Event = dict[str, Any]

LONGEST_LINE = 64_000_000
"""Bytes. The longest event is that of a search: 50 hits of some kilobytes each."""


def describe(error: AskdocsError) -> Event:
    """The event that ends an operation which failed."""
    return {"error": {"kind": type(error).__name__, "message": str(error), "fix": error.fix}}


def revive(described: Mapping[str, str]) -> AskdocsError:
    """The error that `describe` described, its kind kept so that exit codes are."""
    kind = getattr(errors, described["kind"], AskdocsError)
    error: AskdocsError = kind.__new__(kind)
    AskdocsError.__init__(error, described["message"], fix=described["fix"])
    return error
