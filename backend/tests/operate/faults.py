"""Tries every alert by causing what it warns of, on a stack that runs, and prints how long each one took.

From `backend/`: `python -m tests.operate.faults [ALERT…]`, or `make test-alerts`. It takes some minutes.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests import services
from tests.operate.watched import Stack, Told, until, watching

_PATIENCE = 120.0
"""Seconds for an alert to fire: sites are looked at once a minute, and what was before has to be over."""

Cause = Callable[[Stack], AbstractContextManager[Callable[[], object]]]


@dataclass(frozen=True)
class Fault:
    """`cause` makes it for the time of its block, and gives what is to be done meanwhile, again and again."""

    alert: str
    what: str
    cause: Cause
    receiver: str
    labels: dict[str, str]


FAULTS: list[Fault] = []


def fault(alert: str, what: str, receiver: str = "tickets", **labels: str) -> Callable[[Cause], Cause]:
    def add(cause: Cause) -> Cause:
        FAULTS.append(Fault(alert, what, cause, receiver, labels))
        return cause

    return add


def _nothing() -> None:
    pass


@fault("AskdocsDown", "both servers are stopped", "pager")
@contextmanager
def all_down(stack: Stack) -> Iterator[Callable[[], object]]:
    for server in stack.servers:
        server.stop()
    yield _nothing
    for server in stack.servers:
        server.start()


@fault("AskdocsTargetDown", "one of two servers is killed")
@contextmanager
def one_down(stack: Stack) -> Iterator[Callable[[], object]]:
    process = stack.servers[1].process
    assert process is not None
    process.kill()
    process.wait()
    yield _nothing
    stack.servers[1].start()


@fault("AskdocsErrorRateHigh", "searches in Qdrant fail, while it answers otherwise", "pager")
@contextmanager
def errors(stack: Stack) -> Iterator[Callable[[], object]]:
    faults = f"{stack.qdrant.url}/_faults"
    httpx.post(faults, json={"kind": "status", "status": 500, "path": "/points/query"}, trust_env=False)
    yield lambda: stack.ask(5)
    httpx.delete(faults, trust_env=False)


@fault("AskdocsLatencyHigh", "Gemini writes slowly")
@contextmanager
def slow(stack: Stack) -> Iterator[Callable[[], object]]:
    stack.script_gemini(pause=0.7, text="one two three four five six seven eight nine ten eleven twelve")
    yield lambda: stack.ask(30)
    stack.script_gemini()


@fault("AskdocsFirstTokenSlow", "Gemini begins late")
@contextmanager
def late(stack: Stack) -> Iterator[Callable[[], object]]:
    stack.script_gemini(first=0.9)
    yield lambda: stack.ask(30)
    stack.script_gemini()


@fault("AskdocsFallbackShareHigh", "Gemini blocks every prompt", without="text")
@contextmanager
def unwritten(stack: Stack) -> Iterator[Callable[[], object]]:
    stack.script_gemini(blocked="SAFETY")
    yield lambda: stack.ask(10)
    stack.script_gemini()


@fault("AskdocsFallbackShareHigh", "Gemini embeds no question", without="embedding")
@contextmanager
def unembedded(stack: Stack) -> Iterator[Callable[[], object]]:
    stack.script_gemini(status=503, to="embeddings")
    yield lambda: stack.ask(10)
    stack.script_gemini()


@fault("AskdocsUnansweredShareHigh", "readers ask for what the docs do not have")
@contextmanager
def unanswered(stack: Stack) -> Iterator[Callable[[], object]]:
    yield lambda: stack.ask(20, "Who won the cup in Lima, {number}?")


def _stopped(pick: Callable[[Stack], services.Server]) -> Cause:
    @contextmanager
    def cause(stack: Stack) -> Iterator[Callable[[], object]]:
        pick(stack).stop()
        yield _nothing
        pick(stack).start()

    return cause


_DOWN = "AskdocsDependencyDown"
fault(_DOWN, "PostgreSQL is stopped", "pager", dependency="database")(_stopped(lambda stack: stack.postgres))
fault(_DOWN, "Qdrant is stopped", "pager", dependency="vectors")(_stopped(lambda stack: stack.qdrant))
fault(_DOWN, "Redis is stopped", dependency="cache")(_stopped(lambda stack: stack.redis))


@fault(_DOWN, "PostgreSQL stands still", "pager", dependency="database")
@contextmanager
def frozen(stack: Stack) -> Iterator[Callable[[], object]]:
    with stack.postgres.standing_still():
        yield _nothing


@fault(_DOWN, "Gemini has no quota left", dependency="model")
@contextmanager
def no_model(stack: Stack) -> Iterator[Callable[[], object]]:
    stack.script_gemini(status=429)
    yield lambda: stack.ask(2)
    stack.script_gemini()


@fault("AskdocsConnectionPoolExhausted", "a transaction locks the table of messages", "pager")
@contextmanager
def locked(stack: Stack) -> Iterator[Callable[[], object]]:
    url = services.at(stack.postgres.url, "askdocs")
    with services.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE messages")
        yield lambda: stack.ask(20)


@fault("AskdocsMemoryHigh", "a server may take 50 MB, and takes more")
@contextmanager
def cramped(stack: Stack) -> Iterator[Callable[[], object]]:
    server = stack.servers[1]
    usual = server.command
    server.stop()
    server.command = ["env", f"ASKDOCS_SERVER__MEMORY_LIMIT={50 * 2**20}", *usual]
    server.start()
    yield _nothing
    server.stop()
    server.command = usual
    server.start()


@fault("AskdocsPublishFailing", "`askdocs index` of a build that lost most of its pages", site="docs")
@contextmanager
def broken_publish(stack: Stack) -> Iterator[Callable[[], object]]:
    assert stack.publish(pages=2).returncode == 3
    yield _nothing
    assert stack.publish().returncode == 0
    assert stack.askdocs("index", str(stack.folder / "docs"), "--site", "docs").returncode == 0


@fault("AskdocsIndexTooOld", "the live revision is dated 31 days back", site="docs")
@contextmanager
def old_index(stack: Stack) -> Iterator[Callable[[], object]]:
    url = services.at(stack.postgres.url, "askdocs")
    services.execute(url, "UPDATE revisions SET published_at = published_at - interval '31 days'")
    yield _nothing
    services.execute(url, "UPDATE revisions SET published_at = published_at + interval '31 days'")


def _metric(name: str, hours_ago: float | None) -> Cause:
    @contextmanager
    def cause(stack: Stack) -> Iterator[Callable[[], object]]:
        stack.write_metric(name, None if hours_ago is None else time.time() - hours_ago * 3600)
        yield _nothing
        stack.write_metric(name, time.time())

    return cause


_BACKUP = "askdocs_backup_last_success_timestamp_seconds"
_DRILL = "askdocs_restore_drill_last_success_timestamp_seconds"
fault("AskdocsBackupTooOld", "the last backup was 27 hours ago")(_metric(_BACKUP, 27))
fault("AskdocsRestoreDrillTooOld", "the last drill was nine days ago")(_metric(_DRILL, 9 * 24))
fault("AskdocsMetricsMissing", "the drill's metric is gone", metric=_DRILL)(_metric(_DRILL, None))


@dataclass(frozen=True)
class Fired:
    """How long it took, in seconds, until the alert fired and until somebody was told."""

    fault: Fault
    seconds: float
    told_after: float
    summary: str


def try_one(stack: Stack, one: Fault) -> Fired:
    """Cause the fault and wait until its alert fires and somebody is told; then undo it."""
    until(
        lambda: stack.firing(one.alert, **one.labels) is None,
        within=_PATIENCE,
        meanwhile=lambda: stack.ask(5),
    )
    with one.cause(stack) as meanwhile:
        begun = time.monotonic()
        stack.messages.clear()
        alert: Any = until(
            lambda: stack.firing(one.alert, **one.labels), within=_PATIENCE, meanwhile=meanwhile
        )
        seconds = time.monotonic() - begun
        told: Told = until(lambda: _told(stack, one, alert["annotations"]["runbook_url"]), within=_PATIENCE)
    return Fired(one, seconds, told.at - begun, alert["annotations"]["summary"])


def _told(stack: Stack, one: Fault, page: str) -> Told | None:
    """The message that it fires, at the right address, with what it is about and the page to read."""
    wanted = ("FIRING", one.alert, page, *one.labels.values())
    found = (told for told in stack.messages if told.receiver == one.receiver)
    return next((told for told in found if all(word in told.text for word in wanted)), None)


def main(names: list[str]) -> None:
    chosen = [one for one in FAULTS if not names or one.alert in names]
    row = "{:32} {:56} {:>6} {:>6}  {}"
    with (
        tempfile.TemporaryDirectory(prefix="askdocs-alerts-") as folder,
        watching(Path(folder), servers=2) as stack,
    ):
        print(row.format("Alert", "Fault", "fired", "told", "It said"), flush=True)
        for one in chosen:
            fired = try_one(stack, one)
            seconds = (f"{fired.seconds:.1f}", f"{fired.told_after:.1f}")
            print(row.format(one.alert, one.what, *seconds, fired.summary), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
