"""A budget for models: each call reserves the most that it can take, and says afterwards what it took.

Reserving costs nothing but a look at memory: a process holds a slice of each budget, which the database
grants it in view of what all processes spent and hold. What they spend therefore never passes the budget by
more than estimates are wrong. Slices are small beside a budget, and given back when nothing is asked.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime

from askdocs.db import spending
from askdocs.db.database import Database, Session
from askdocs.db.spending import LAPSE, Account
from askdocs.errors import AskdocsError, Conflict
from askdocs.observability.logging import log
from askdocs.observability.metrics import Metrics
from askdocs.tasks import Tasks
from askdocs.types import NOTHING, Amount, Caps, Refusal

_SLICE = 16
"""Answers that a process may give before it asks the database again, if each takes all that it can; they take
about half of that."""

_BEAT = 5.0
"""Seconds between two notes of what was spent, as long as there is news. A process that is killed takes along
what it spent since the last one, which is less than its slice."""

_ASSURED = LAPSE / 3
"""Seconds for which a slice is good after it was noted last; it lapses well after that."""

_AGAIN = 1.0
"""Seconds until the database is asked again after a refusal: others may have given something back."""


@dataclass(slots=True)
class _Ledger:
    """A site's hour in this process. `granted` is all that was granted so far; of it `spent` is gone, and
    `open` is reserved."""

    site_id: str
    hour: datetime
    granted: Amount = NOTHING
    spent: Amount = NOTHING
    open: Amount = NOTHING
    noted: tuple[Amount, Amount] = (NOTHING, NOTHING)
    noted_at: float = float("-inf")
    refused_until: float = float("-inf")
    waiting: int = 0
    is_used: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def free(self) -> Amount:
        return self.granted - self.spent - self.open

    @property
    def is_empty(self) -> bool:
        return self.granted == self.spent

    def account(self, holder: str) -> Account:
        return Account(self.hour, holder, self.spent, self.granted - self.spent)

    def is_noted(self, now: float) -> bool:
        """Whether the database knows all of it, and will for a while."""
        known = self.noted == (self.spent, self.granted)
        return known and (self.is_empty or now - self.noted_at < _ASSURED)


class Reservation:
    """The right to spend so much. Whoever has it says once what was spent."""

    def __init__(self, need: Amount, ledger: _Ledger | None, count: Callable[[Amount], None]) -> None:
        self._need, self._ledger, self._count = need, ledger, count
        self._is_open = True

    def settle(self, used: Amount) -> None:
        """What was reserved beyond that is free again. A second time counts for nothing."""
        if not self._is_open:
            return
        self._is_open = False
        self._count(used)
        if self._ledger is not None:
            self._ledger.open -= self._need
            self._ledger.spent += used


class Budget:
    """The budgets of a deployment and of its sites, as far as this process may spend of them.

    `usual` is the most that an answer takes.
    """

    def __init__(
        self,
        db: Database,
        tasks: Tasks,
        metrics: Metrics,
        *,
        deployment: Caps,
        usual: Amount,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db, self._tasks, self._metrics, self._clock = db, tasks, metrics, clock
        self._deployment, self._usual = deployment, usual
        self._holder = uuid.uuid4().hex
        self._ledgers: dict[tuple[str, datetime], _Ledger] = {}
        self._noting: asyncio.Task[None] | None = None
        self._refusal: Refusal | None = None

    async def reserve(self, site_id: str, need: Amount, *, caps: Caps, now: datetime) -> Reservation | None:
        """The right to spend `need`; None when the site's budget, of `caps`, or the deployment's has less.

        None, too, while the database cannot be asked: what others spent is not known then.
        """
        if caps.is_unlimited and self._deployment.is_unlimited:
            return Reservation(need, None, self._count)
        ledger = self._ledger(site_id, now.replace(minute=0, second=0, microsecond=0))
        if not self._take(ledger, need) and not await self._extend(ledger, need, caps):
            return None
        if self._noting is None or self._noting.done():
            self._noting = self._tasks.start(self._keep_noting())
        return Reservation(need, ledger, self._count)

    def spent_until(self, now: datetime) -> datetime | None:
        """When there is money for the deployment again, None while there is."""
        refusal = self._refusal
        is_spent = refusal is not None and refusal.scope == "deployment" and now < refusal.until
        return refusal.until if refusal and is_spent else None

    async def close(self) -> None:
        """Note what was spent, and give back what is held."""
        for ledger in self._ledgers.values():
            ledger.is_used = False
        await self._note()

    def _ledger(self, site_id: str, hour: datetime) -> _Ledger:
        found = self._ledgers.get((site_id, hour))
        if found is None:
            past = [key for key, ledger in self._ledgers.items() if key[1] < hour and _is_over(ledger)]
            for key in past:
                del self._ledgers[key]
            found = self._ledgers[site_id, hour] = _Ledger(site_id, hour)
        return found

    def _take(self, ledger: _Ledger, need: Amount) -> bool:
        if not self._is_assured(ledger) or not ledger.free.covers(need):
            return False
        ledger.open += need
        ledger.is_used = True
        return True

    def _is_assured(self, ledger: _Ledger) -> bool:
        """Whether what is held surely has not lapsed."""
        return self._clock() - ledger.noted_at < LAPSE / 2

    async def _extend(self, ledger: _Ledger, need: Amount, caps: Caps) -> bool:
        """Have more granted, once for all who wait for it."""
        ledger.waiting += 1
        try:
            async with ledger.lock:
                if self._take(ledger, need):
                    return True
                if self._clock() < ledger.refused_until:
                    return False
                if not self._is_assured(ledger):  # others may have it by now
                    ledger.granted = ledger.spent + ledger.open
                least = (need - ledger.free).most(NOTHING)
                wanted = self._usual.most(need).times(max(_SLICE, ledger.waiting))
                if await self._ask(ledger, least, wanted, caps):
                    return self._take(ledger, need)
                ledger.refused_until = self._clock() + _AGAIN
                return False
        finally:
            ledger.waiting -= 1

    async def _ask(self, ledger: _Ledger, least: Amount, wanted: Amount, caps: Caps) -> bool:
        began, account = self._clock(), ledger.account(self._holder)
        try:
            granted = await self._db.run(
                spending.extend,
                ledger.site_id,
                account=account,
                least=least,
                wanted=wanted,
                site=caps,
                deployment=self._deployment,
            )
        except AskdocsError as error:
            log.warning("budget_unknown", error=str(error))
            return False
        ledger.noted_at = began
        if isinstance(granted, Refusal):
            if granted != self._refusal:
                log.warning("budget_spent", scope=granted.scope, window=granted.window, until=granted.until)
            self._refusal = granted
            return False
        ledger.granted += granted
        ledger.noted = account.spent, ledger.granted
        self._refusal = None
        return True

    async def _keep_noting(self) -> None:
        while True:
            await asyncio.sleep(_BEAT)
            await self._note()
            now = self._clock()
            if all(
                ledger.is_noted(now) and ledger.granted == ledger.spent for ledger in self._ledgers.values()
            ):
                return

    async def _note(self) -> None:
        """Write down what is new, in one transaction, and give back what no question asked for lately."""
        async with AsyncExitStack() as stack:
            due = []
            for ledger in list(self._ledgers.values()):
                await stack.enter_async_context(ledger.lock)
                if not ledger.is_used:
                    ledger.granted = ledger.spent + ledger.open
                ledger.is_used = False
                if not ledger.is_noted(self._clock()):
                    due.append(ledger)
            if not due:
                return
            try:
                await self._write(due)
            except Conflict:  # one of the sites has been deleted
                for ledger in due:
                    await self._write_alone(ledger)
            except AskdocsError as error:
                log.warning("spending_not_noted", error=str(error))

    async def _write(self, ledgers: Sequence[_Ledger]) -> None:
        began = self._clock()
        accounts = [(ledger.site_id, ledger.account(self._holder)) for ledger in ledgers]
        await self._db.run(_note_all, accounts)
        for ledger, (_, account) in zip(ledgers, accounts, strict=True):
            ledger.noted, ledger.noted_at = (account.spent, account.spent + account.held), began

    async def _write_alone(self, ledger: _Ledger) -> None:
        try:
            await self._write([ledger])
        except AskdocsError:
            self._ledgers.pop((ledger.site_id, ledger.hour), None)

    def _count(self, used: Amount) -> None:
        self._metrics.cost.inc(used.micros / 1_000_000)


def _is_over(ledger: _Ledger) -> bool:
    return ledger.open == NOTHING and ledger.is_empty and ledger.noted[0] == ledger.spent


def _note_all(db: Session, accounts: Sequence[tuple[str, Account]]) -> None:
    for site_id, account in accounts:
        spending.note(db, site_id, account=account)
