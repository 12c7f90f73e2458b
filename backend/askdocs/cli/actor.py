"""Who gives commands, for the audit log."""

from __future__ import annotations

import getpass
import os

from askdocs.types import Actor


def operator() -> Actor:
    """Whoever runs this command, by the account on the machine."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):  # a container may run under a number that nobody has named
        name = f"user {os.getuid()}"
    return Actor("operator", "", name)
