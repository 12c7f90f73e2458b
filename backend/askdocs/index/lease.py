"""The right to publish to a store: taken, kept by a heartbeat, and given back however the publish ends."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, ParamSpec, TypeVar

from askdocs.db import leases, revisions
from askdocs.db.database import Session
from askdocs.db.leases import Build
from askdocs.db.revisions import Publication
from askdocs.errors import AskdocsError, ShardLocked, Unavailable
from askdocs.index.progress import Progress, Report
from askdocs.observability.logging import log
from askdocs.runtime import Runtime
from askdocs.tasks import Tasks
from askdocs.types import Revision, Site, Store

Also = Callable[[Session, Revision], None]
"""What is done in the transaction that makes a revision live."""

P = ParamSpec("P")
T = TypeVar("T")

_BEATS = 3
"""Heartbeats within the time that a lease outlives its last one: two may be lost on the way."""

_SETTLING = 15.0
"""Seconds for own changes that were under way to be done, as long as a statement may take by default."""

_ASK_EVERY = 0.2
"""Seconds between two looks at whether the former publisher has stopped."""


class Lease:
    """A lease that is held, or was. `number` is the revision to build, `base` the live one it is built on (0:
    none), `former` the build that was taken over."""

    def __init__(self, rt: Runtime, site: Site, store: Store) -> None:
        self.number = self.base = 0
        self.former: Build | None = None
        self._rt, self._site, self._store = rt, site, store
        self._owner = f"process {os.getpid()} on {socket.gethostname()}, run {rt.new_id()[:12]}"
        self._seconds = rt.settings.index.lease_seconds
        self._renewed = time.monotonic()
        self._unfinished = Tasks()
        """Own changes to the database and the vector store, none of which is cut half-way."""
        self._heart: asyncio.Task[None] | None = None
        self._has_written = self._has_ended = False

    async def write(self, work: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Await `work(…)`, which writes to the vector store, as the holder of the lease.

        When the caller is cancelled it goes on to its end, for which undoing waits. Raises `Conflict` if the
        lease is lost.
        """
        await self._renew()
        self._has_written = True

        async def whole() -> T:
            return await work(*args, **kwargs)

        return await self._unfinished.finish(whole())

    async def publish(self, publication: Publication, *, also: Also | None = None) -> Revision:
        """Make the revision live and end the lease; what is `also` to be done, in the same transaction.

        Raises `Conflict` if another was made live meanwhile."""

        def publish(db: Session) -> Revision:
            revision = revisions.publish(
                db,
                self._site.id,
                store_id=self._store.id,
                owner=self._owner,
                publication=publication,
                now=self._rt.now(),
            )
            if also is not None:
                also(db, revision)
            return revision

        return await self._end(self._rt.db.run(publish))

    async def discard(self) -> None:
        """End the lease without a trace: nothing is to be published."""
        await self._end(
            self._rt.db.run(leases.discard, self._site.id, store_id=self._store.id, owner=self._owner)
        )

    async def undo(self) -> None:
        """Forget what crashed, failed and withdrawn revisions wrote after the one this is built on.

        Raises `Conflict` if another is live by now.
        """
        used = await self._rt.db.run(
            revisions.forget_after, self._site.id, store_id=self._store.id, live=self.base
        )
        for collection in used:
            await self._rt.vectors.undo(collection, self._store.id, live=self.base)

    async def _take(self, collection: str, source: str, *, take_over: bool) -> None:
        embedder = self._rt.embedder
        taken = await self._rt.db.run(
            leases.take,
            self._site.id,
            store_id=self._store.id,
            collection=collection,
            model=embedder.model,
            dimensions=embedder.dimensions,
            source=source,
            owner=self._owner,
            now=self._rt.now(),
            lease_seconds=self._seconds,
            take_over=take_over,
        )
        self.number, self.base, self.former = taken.number, taken.base, taken.former
        self._renewed = time.monotonic()

    async def _wait_for_former(self, former: Build, report: Report) -> None:
        """Wait until the publisher that was taken over has stopped, and has left the vector store to us.

        What it was writing when it lost its lease would otherwise come to lie among what we write. If it
        lives, its next heartbeat or write tells it; if not, its own lease says when that is certain.
        """
        log.warning("lease_taken_over", site=self._site.name, revision=self.number, former=str(former))
        begun = time.monotonic()
        while not await self._rt.db.run(
            leases.has_stopped, self._site.id, store_id=self._store.id, number=former.number
        ):
            report(Progress("wait", round(time.monotonic() - begun), round(self._seconds)))
            await asyncio.sleep(_ASK_EVERY)
        begun = time.monotonic()
        while await self._is_locked_out() and time.monotonic() - begun < self._seconds:  # noqa: ASYNC110
            await asyncio.sleep(_ASK_EVERY)  # it is another process, which tells nobody

    async def _is_locked_out(self) -> bool:
        """Whether a process that stops has not closed the embedded engine yet."""
        try:
            await self._rt.vectors.ping()
        except ShardLocked:
            return True
        return False

    async def _renew(self) -> None:
        asked = time.monotonic()
        await self._rt.db.run(leases.renew, self._site.id, store_id=self._store.id, owner=self._owner)
        self._renewed = asked

    @asynccontextmanager
    async def _beating(self) -> AsyncIterator[None]:
        """Renew the lease during the block, which is cancelled and raises `Conflict` when it is lost."""
        with _first_error():
            async with asyncio.TaskGroup() as group:
                self._heart = group.create_task(self._beat())
                yield
                self._heart.cancel()

    async def _beat(self) -> None:
        """Raises `Conflict` when the lease is lost, and what keeps the database away when that lasts for so
        long that the lease may be lost."""
        while True:
            await asyncio.sleep(self._seconds / _BEATS)
            try:
                await self._renew()
            except Unavailable as error:
                if time.monotonic() - self._renewed >= self._seconds:
                    raise
                log.warning("heartbeat_failed", revision=self.number, error=str(error))

    async def _end(self, work: Coroutine[Any, Any, T]) -> T:
        """Await the one change that ends the lease. It is not cut half-way: its outcome would be unknown."""

        async def end() -> T:
            result = await work
            self._has_ended = True
            self._rt.live.forget(self._site.id)
            return result

        if self._heart is not None:
            self._heart.cancel()  # it would take the end for a loss
        return await self._unfinished.finish(end())

    async def _give_up(self, reason: str) -> None:
        """Undo what was written, unless it is live or another's to undo, and free the store.

        Cancelled, which is to hurry, it leaves the undoing to the next publish.
        """
        try:
            is_whole = await self._unfinished.close(within=_SETTLING)
            if is_whole and self._has_written and not self._has_ended:
                async with self._beating():
                    await self.write(self.undo)
        except AskdocsError as error:
            log.warning("undo_left_to_next_publish", revision=self.number, error=str(error))
            # Who took the lease over meanwhile waits for this to be done, too.
            await self._unfinished.close(within=_SETTLING)
        except asyncio.CancelledError:
            await self._unfinished.close(within=0)
            raise
        finally:
            if not self._has_ended:
                await self._free(reason)

    async def _free(self, reason: str) -> None:
        try:
            await self._rt.db.run(
                leases.give_up, self._site.id, store_id=self._store.id, owner=self._owner, error=reason
            )
        except AskdocsError as error:
            log.warning("lease_left_to_lapse", revision=self.number, error=str(error))


@asynccontextmanager
async def hold(
    rt: Runtime,
    site: Site,
    store: Store,
    *,
    collection: str,
    source: str,
    take_over: bool = False,
    report: Report = lambda _: None,
) -> AsyncIterator[Lease]:
    """Hold the store's lease within the block, which is to end it by `publish` or `discard`.

    Whatever ends the block early is undone, also when that is Ctrl-C. When the lease is lost, the block is
    cancelled, and `Conflict` is raised. Raises `PublishInProgress` while another's lease is fresh, and is not
    to be taken over.
    """
    lease = Lease(rt, site, store)
    try:
        await lease._unfinished.finish(lease._take(collection, source, take_over=take_over))
        async with lease._beating():
            if lease.former is not None:
                await lease._wait_for_former(lease.former, report)
            yield lease
    except BaseException as error:
        was_stopped = isinstance(error, asyncio.CancelledError | KeyboardInterrupt)
        reason = "It was stopped before it was complete." if was_stopped else str(error)
        await rt.tasks.finish(lease._give_up(reason or type(error).__name__))
        raise


@contextmanager
def _first_error() -> Iterator[None]:
    """Raise the first of the errors that a group of tasks ended with."""
    error: BaseException | None = None
    try:
        yield
    except BaseExceptionGroup as group:
        error = group.exceptions[0]
    if error is not None:
        raise error
