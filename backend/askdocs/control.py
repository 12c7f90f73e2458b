"""Operations on an index by name, here or in the process that owns it.

The embedded engine belongs to one process. While a server is up, commands hand their work to it: over
loopback, found through `server.json` in the home folder, with a token that only its owner can read. Each
operation is a stream of JSON events, the last of which is its result.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import json
import os
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from askdocs import errors
from askdocs.answer import chat, retrieve
from askdocs.config import Settings
from askdocs.db import sites
from askdocs.errors import AskdocsError, NotFound, Unavailable
from askdocs.index import run
from askdocs.index.publish import Progress
from askdocs.runtime import Runtime, open_runtime
from askdocs.sources import open_source
from askdocs.types import Answered, AnswerFailed, AnswerText, Ask, Chunk, Hit, Site, SourcesFound, Started

Event = dict[str, Any]
Operation = Callable[..., AsyncGenerator[Event]]

_SERVER_FILE = "server.json"


async def index(
    rt: Runtime, *, site: str, source: str, base_url: str = "", force: bool = False
) -> AsyncGenerator[Event]:
    """Events {"progress": {…}} and at the end {"result": summary}."""
    found = await find_site(rt, site)
    opened = await asyncio.to_thread(open_source, Path(source), base_url=base_url)
    reports: asyncio.Queue[Progress | None] = asyncio.Queue()
    work = asyncio.create_task(run.index(rt, found, opened, force=force, report=reports.put_nowait))
    work.add_done_callback(lambda _: reports.put_nowait(None))
    try:
        while (progress := await reports.get()) is not None:
            yield {"progress": asdict(progress)}
        yield {"result": asdict(await work)}
    finally:
        work.cancel()
        await asyncio.wait([work])


async def search(
    rt: Runtime, *, site: str, question: str, limit: int = 10, version: str = "", locale: str = ""
) -> AsyncGenerator[Event]:
    """One event {"result": {"hits": […], "confidence": …, "revision": …}}; each hit for `revive_hit`."""
    found = await find_site(rt, site)
    retrieval = await retrieve.search(rt, found, question, version=version, locale=locale, limit=limit)
    if retrieval.revision is None:
        raise _unpublished(site)
    yield {
        "result": {
            "hits": [asdict(hit) for hit in retrieval.hits],
            "confidence": retrieval.confidence,
            "revision": retrieval.revision.number,
        }
    }


async def ask(
    rt: Runtime, *, site: str, question: str, version: str = "", locale: str = ""
) -> AsyncGenerator[Event]:
    """Events {"sources": […]}, {"text": …}, and at the end {"result": answer}."""
    found = await find_site(rt, site)
    store = await rt.db.run(sites.store, found.id)
    if store.live_revision is None:
        raise _unpublished(site)
    sources: list[dict[str, Any]] = []
    text: list[str] = []
    question_asked = Ask(question, version=version, locale=locale)
    async with aclosing(chat.answer(rt, found, question_asked)) as events:
        async for event in events:
            match event:
                case Started():
                    pass
                case SourcesFound(hits):
                    sources = [hit_fields(hit) for hit in hits]
                    yield {"sources": sources}
                case AnswerText(delta):
                    text.append(delta)
                    yield {"text": delta}
                case AnswerFailed(message=message, cause=cause):
                    raise Unavailable(f"The answer broke off. {cause}" if cause else message)
                case Answered():
                    yield {"result": {"answer": "".join(text), "sources": sources, **asdict(event)}}


OPERATIONS: Mapping[str, Operation] = {"index": index, "search": search, "ask": ask}


def hit_fields(hit: Hit) -> dict[str, Any]:
    """A hit as scripts see it."""
    chunk = hit.chunk
    return {
        "path": chunk.path,
        "url": chunk.link,
        "anchor": chunk.anchor,
        "title": chunk.title,
        "heading": " > ".join(chunk.heading),
        "version": chunk.version,
        "locale": chunk.locale,
        "score": round(hit.score, 4),
        "text": chunk.text,
    }


def revive_hit(fields: Mapping[str, Any]) -> Hit:
    """The hit that an operation sent as fields, perhaps through JSON."""
    chunk = fields["chunk"]
    return Hit(Chunk(**{**chunk, "heading": tuple(chunk["heading"])}), fields["score"])


async def find_site(rt: Runtime, name: str) -> Site:
    found = await rt.db.run(sites.by_name, name)
    if found is None:
        known = ", ".join(site.name for site in await rt.db.run(sites.all_sites)) or "none"
        raise NotFound(
            f"There is no site named {name}. Sites: {known}.",
            fix=f"Run: askdocs site add {name} --origin URL",
        )
    return found


def _unpublished(site: str) -> NotFound:
    return NotFound(f"{site} has nothing published yet.", fix=f"Run: askdocs index PATH --site {site}")


# The process that serves


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, as its file describes it."""

    pid: int
    url: str
    token: str


@contextmanager
def announce(home: Path, url: str) -> Iterator[str]:
    """Announce this process as the server of `home` and yield the token commands must show.

    The file is locked for as long as the process lives, so that one left behind by a crash is told apart.
    Raises `ShardLocked` if another server has `home`, `ConfigError` if it cannot be written to.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(home / _SERVER_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unfit(home, error) from error
    with os.fdopen(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise errors.ShardLocked(
                f"Another askdocs server already runs on {home}.",
                fix="Stop it, or set ASKDOCS_HOME to another folder.",
            ) from error
        server = Server(os.getpid(), url, secrets.token_urlsafe(24))
        try:
            os.fchmod(descriptor, 0o600)  # it may have been made by somebody else, as by restoring a backup
            file.truncate()
            os.write(descriptor, json.dumps(asdict(server)).encode())
        except OSError as error:
            raise _unfit(home, error) from error
        try:
            yield server.token
        finally:
            file.truncate(0)


def _unfit(home: Path, error: OSError) -> AskdocsError:
    if error.errno == errno.ENOSPC:
        return errors.DiskFull(f"The disk of {home} is full.", fix="Free some space and try again.")
    return errors.ConfigError(
        f"The folder {home} cannot be used: {error.strerror}.",
        fix="Set ASKDOCS_HOME to a folder that this user may write to.",
    )


def serving(home: Path) -> Server | None:
    """The server that owns `home` now, if there is one and its file can be read."""
    try:
        with (home / _SERVER_FILE).open("r") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return Server(**json.load(file))
    except (OSError, ValueError, TypeError):
        pass  # what is wrong with the folder is said by whatever opens the index itself
    return None


# Commands

Run = Callable[..., AsyncGenerator[Event]]
"""`run(operation, **arguments)`"""


@asynccontextmanager
async def connect(settings: Settings) -> AsyncIterator[Run]:
    """Run operations where the index is: in the server that is up, else here."""
    server = serving(settings.home) if settings.vector_engine == "embedded" else None
    if server is not None:
        yield partial(_run_there, server)
        return
    async with open_runtime(settings) as rt:
        yield partial(_run_here, rt)


async def _run_here(rt: Runtime, operation: str, **arguments: Any) -> AsyncGenerator[Event]:
    async with aclosing(OPERATIONS[operation](rt, **arguments)) as events:
        async for event in events:
            yield event


async def _run_there(server: Server, operation: str, **arguments: Any) -> AsyncGenerator[Event]:
    request = {"operation": operation, "arguments": arguments}
    headers = {"authorization": f"Bearer {server.token}"}
    try:
        async with (
            httpx.AsyncClient(timeout=httpx.Timeout(10, read=None), trust_env=False) as client,
            client.stream("POST", f"{server.url}/internal/run", json=request, headers=headers) as response,
        ):
            if response.is_error:
                raise Unavailable(
                    f"The server (process {server.pid}) refused the command (status {response.status_code}).",
                    fix="If this repeats, stop the server and start it again.",
                )
            async for line in response.aiter_lines():
                event = json.loads(line)
                if "error" in event:
                    raise revive(event["error"])
                yield event
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable(
            f"The server (process {server.pid}) stopped answering: {error}.", fix="Look at its log and retry."
        ) from error


def describe(error: AskdocsError) -> Event:
    """The event that ends an operation which failed."""
    return {"error": {"kind": type(error).__name__, "message": str(error), "fix": error.fix}}


def revive(described: Mapping[str, str]) -> AskdocsError:
    """The error that `describe` described, its kind kept so that exit codes are."""
    kind = getattr(errors, described["kind"], AskdocsError)
    error: AskdocsError = kind.__new__(kind)
    AskdocsError.__init__(error, described["message"], fix=described["fix"])
    return error
