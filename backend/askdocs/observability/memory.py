"""How much memory the container lets this process have."""

from __future__ import annotations

import os
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_FILES = ("memory.max", "memory/memory.limit_in_bytes")
"""Of the second version of control groups, and of the first."""


def container_limit(cgroups: Path = _CGROUPS) -> int | None:
    """Bytes, None without a limit, which is written as `max` or as more than the machine has."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for name in _FILES:
        try:
            limit = int((cgroups / name).read_text())
        except (OSError, ValueError):
            continue
        return limit if limit < machine else None
    return None
