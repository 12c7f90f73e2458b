"""What the scripts call: `python -m askdocs.rollout watch|change|choose|list`.

`change` and `choose` read a Cloud Run service as JSON from standard input. Exit codes are those of `askdocs`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from askdocs.errors import AskdocsError, Conflict, NotFound, Unavailable
from askdocs.rollout import releases
from askdocs.rollout.verdict import Thresholds
from askdocs.rollout.watch import Question, Watch

_BREACH = 3


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m askdocs.rollout", description=__doc__)
    commands = parser.add_subparsers(required=True)
    watch = commands.add_parser("watch", help="watch a release")
    watch.add_argument("url")
    watch.add_argument("--token-file", type=Path, required=True, help="what holds its METRICS_TOKEN")
    for name in ("seconds", "error-rate", "latency-p95", "time-to-first-token-p95", "fallback-share"):
        watch.add_argument(f"--{name}", type=float, required=True)
    for name in ("site", "origin", "question"):
        watch.add_argument(f"--{name}", default="")
    watch.set_defaults(run=_watch)
    change = commands.add_parser("change", help="print the service with other annotations")
    change.add_argument("--holder", required=True)
    change.add_argument("--lock", type=float, metavar="SECONDS")
    change.add_argument("--take-over", action="store_true")
    change.add_argument("--require-lock", action="store_true")
    change.add_argument("--unlock", action="store_true")
    change.add_argument("--put", type=json.loads, metavar="RECORD")
    change.add_argument("--serving", metavar="REVISION")
    change.add_argument("--replaced-is", default="replaced", metavar="STATE")
    change.add_argument("--sites", type=json.loads, metavar="JSON")
    change.set_defaults(run=_change)
    choose = commands.add_parser("choose", help="print the record of the release to go back to")
    choose.add_argument("--serving", required=True)
    choose.add_argument("--revision")
    choose.add_argument("--tables", type=json.loads, default={})
    choose.set_defaults(run=_choose)
    listing = commands.add_parser("list", help="print the releases as a table")
    listing.set_defaults(run=_list)
    return parser


def _watch(options: argparse.Namespace) -> int:
    allowed = Thresholds(
        options.error_rate, options.latency_p95, options.time_to_first_token_p95, options.fallback_share
    )
    question = Question(options.site, options.origin, options.question) if options.site else None
    watch = Watch(options.url, options.token_file.read_text().strip(), options.seconds, allowed, question)
    verdict = asyncio.run(watch.run())
    ours = f", {watch.asked} of them asked by this script" if watch.asked else ""
    if verdict.breaches:
        print(f"{verdict.requests} requests{ours}: {'; '.join(verdict.breaches)}.")
        return _BREACH
    told = "healthy" if verdict.is_founded else "too few to judge by, nothing wrong in them"
    print(f"{verdict.requests} requests{ours}: {told}.")
    return 0


def _change(options: argparse.Namespace) -> int:
    service: dict[str, Any] = json.load(sys.stdin)
    now = datetime.now(UTC)
    if options.require_lock:
        releases.require_lock(service, holder=options.holder)
    if options.lock is not None:
        releases.lock(
            service, holder=options.holder, now=now, seconds=options.lock, take_over=options.take_over
        )
    if options.put is not None:
        releases.put(service, options.put)
    if options.serving is not None:
        releases.succeed(service, options.serving, sites=options.sites, state=options.replaced_is)
    if options.unlock:
        releases.unlock(service, holder=options.holder)
    json.dump(service, sys.stdout)
    return 0


def _choose(options: argparse.Namespace) -> int:
    recorded = releases.read(json.load(sys.stdin))
    target = releases.choose(recorded, serving=options.serving, revision=options.revision)
    releases.check_tables(target, options.tables or releases.newest_tables(recorded))
    json.dump(target, sys.stdout)
    return 0


def _list(_: argparse.Namespace) -> int:
    row = "{:30} {:12} {:20} {:8} {:9} {}"
    print(row.format("REVISION", "STATE", "DEPLOYED (UTC)", "VERSION", "MIGRATION", "INDEX"))
    for one in releases.read(json.load(sys.stdin)):
        sites = " ".join(f"{name}={number}" for name, number in (one.get("sites") or {}).items())
        fields = (one.get(key) or "-" for key in ("revision", "state", "deployed_at", "version", "migration"))
        print(row.format(*fields, sites or "-").rstrip())
    return 0


def main() -> None:
    """Run the command that the arguments name."""
    options = _parser().parse_args()
    try:
        code: int = options.run(options)
    except AskdocsError as error:
        print(error, error.fix or "", sep="\n", end="\n" if error.fix else "", file=sys.stderr)
        codes = ((Unavailable, 4), (Conflict, 3), (NotFound, 2))
        code = next((code for kind, code in codes if isinstance(error, kind)), 1)
    sys.exit(code)


if __name__ == "__main__":
    main()
