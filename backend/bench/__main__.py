"""`python -m bench`: measure everything, print one table."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

import orjson

from askdocs.config import load
from askdocs.observability.logging import configure_logging
from bench import (
    abuse,
    budget,
    chat,
    cold_start,
    indexing,
    queries,
    resuming,
    sites,
    slow_readers,
    stage,
    streams,
    table,
)
from bench.stage import Stage
from bench.table import Row

Scale = TypeVar("Scale")
Measurement = Callable[[], Iterator[Row]]

FULL: Mapping[str, Measurement] = {
    "chat": lambda: staged(chat.measure, chat.FULL),
    "streams": lambda: staged(streams.measure, streams.FULL),
    "resuming": lambda: resuming.measure(resuming.FULL),
    "budget": lambda: budget.measure(budget.FULL),
    "abuse": lambda: abuse.measure(abuse.FULL),
    "slow_readers": lambda: staged(slow_readers.measure, slow_readers.FULL),
    "queries": lambda: queries.measure(queries.FULL),
    "sites": lambda: sites.measure(sites.FULL),
    "indexing": lambda: indexing.measure(indexing.FULL),
    "cold_start": lambda: cold_start.measure(cold_start.FULL),
}
QUICK: Mapping[str, Measurement] = {
    "chat": lambda: staged(chat.measure, chat.QUICK),
    "streams": lambda: staged(streams.measure, streams.QUICK),
    "resuming": lambda: resuming.measure(resuming.QUICK),
    "budget": lambda: budget.measure(budget.QUICK),
    "abuse": lambda: abuse.measure(abuse.QUICK),
    "slow_readers": lambda: staged(slow_readers.measure, slow_readers.QUICK),
    "queries": lambda: queries.measure(queries.QUICK),
    "sites": lambda: sites.measure(sites.QUICK),
    "indexing": lambda: indexing.measure(indexing.QUICK),
    "cold_start": lambda: cold_start.measure(cold_start.QUICK),
}

_PAGES = 40
"""Pages that the chats are about."""

_SETTINGS = ("ASKDOCS_", "GEMINI_", "QDRANT_", "DATABASE_", "REDIS_", "SECRET_", "BACKUP_", "DEBUG")
"""What variables begin with that would make what is measured another program."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything, in a minute")
    parser.add_argument("--only", action="append", choices=FULL, help="this group; may be repeated")
    parser.add_argument("--json", action="store_true", help="for scripts")
    arguments = parser.parse_args()
    for name in [name for name in os.environ if name.startswith(_SETTINGS)]:
        del os.environ[name]
    configure_logging(load("test"))
    began = time.monotonic()
    rows = list(run(QUICK if arguments.quick else FULL, arguments.only or list(FULL)))
    conditions = describe(time.monotonic() - began)
    if arguments.json:
        print(orjson.dumps({"conditions": conditions, "rows": [row.fields() for row in rows]}).decode())
    else:
        print(f"{table.render(rows)}\n\n{conditions}")


def run(measurements: Mapping[str, Measurement], names: list[str]) -> Iterator[Row]:
    for name, measure in measurements.items():
        if name in names:
            print(f"Measuring {name} …", file=sys.stderr, flush=True)
            yield from measure()


def staged(measure: Callable[[Stage, Scale], Iterator[Row]], scale: Scale) -> Iterator[Row]:
    with stage.opened(pages=_PAGES) as opened:
        yield from measure(opened, scale)


def describe(seconds: float) -> str:
    """How to take the numbers: on what machine, and how busy it was."""
    version = ".".join(map(str, sys.version_info[:3]))
    return (
        f"Times are p50 / p95. Measured in {seconds:.0f} s with Python {version} on {os.cpu_count()} cores "
        f"at a load average of {os.getloadavg()[1]:.1f}. The more that is above what a run alone makes, "
        "the less times say, and the more ratios and CPU do."
    )


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
