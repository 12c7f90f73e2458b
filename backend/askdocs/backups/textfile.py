"""Metrics of what runs now and then, as a file that Prometheus' node exporter reads."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from askdocs.errors import InputError


def write(folder: Path, name: str, metrics: Mapping[str, tuple[float, str]]) -> None:
    """Replace the file `name`.prom in one step. `metrics` are value and meaning by name."""
    lines = [
        line
        for metric, (value, meaning) in metrics.items()
        for line in (f"# HELP {metric} {meaning}", f"# TYPE {metric} gauge", f"{metric} {value:.3f}")
    ]
    draft = folder / f".{name}.prom.{os.getpid()}"
    try:
        draft.write_text("\n".join(lines) + "\n")
        draft.chmod(0o644)  # another user's exporter reads it
        draft.rename(folder / f"{name}.prom")
    except OSError as error:
        raise InputError(
            f"The metrics cannot be written into {folder}: {error.strerror}.",
            fix="Check METRICS_TEXTFILE_DIR.",
        ) from error
