"""Cloud Logging as `gcloud logging read` asks it: a filter of comparisons, an order, a page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from tests.fakes.google_cloud.state import Json

_COMPARISON = re.compile(r'([\w.]+)(>=|=)"?([^"]*)"?')
_SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL")


def entries(log: Iterable[Json], asked: Json) -> Json:
    """What `entries:list` answers."""
    comparisons = [_COMPARISON.fullmatch(one.strip(" ()")) for one in asked["filter"].split(" AND ")]
    assert all(comparisons), asked["filter"]
    found = [entry for entry in log if all(_holds(entry, *one.groups()) for one in comparisons if one)]
    found.sort(key=lambda entry: str(entry["timestamp"]), reverse=asked["orderBy"] == "timestamp desc")
    return {"entries": found[: asked["pageSize"]]}


def _holds(entry: Json, path: str, comparison: str, value: str) -> bool:
    has: Any = entry
    for key in path.split("."):
        has = (has or {}).get(key)
    if path == "severity":
        return _SEVERITIES.index(has) >= _SEVERITIES.index(value)
    return str(has) >= value if comparison == ">=" else has == value
