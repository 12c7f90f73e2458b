"""What each process has spent on models in each hour, and what it may spend on without asking again.

A process writes rows of its own only. It is granted a slice under a lock, in view of everybody's rows, so
that all together never pass a budget. What a process holds counts while it gives signs of life, by the
database's clock; of one that died only what it had spent counts after a while.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, case, delete, func, select, text
from sqlalchemy.engine import CursorResult

from askdocs.db import tables
from askdocs.db.clock import database_clock
from askdocs.db.database import Session
from askdocs.db.statements import insert
from askdocs.types import NOTHING, Amount, BudgetScope, BudgetWindow, Caps, Refusal

LAPSE = 60.0
"""Seconds without a sign of life after which what a process holds is free again. Processes give one every few
seconds while they hold anything."""

_LOCK = 7_402_117_310
"""Of PostgreSQL's advisory locks: one process at a time is granted anything. It takes four statements, once
in some sixteen answers of a process."""

_SHARE = 4
"""A process gets at most this part of what is left, unless it needs more: others want some of it too."""

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)

_BUDGETS: Sequence[tuple[BudgetScope, BudgetWindow]] = (
    ("site", "hour"),
    ("site", "day"),
    ("deployment", "hour"),
    ("deployment", "day"),
)


@dataclass(frozen=True, slots=True)
class Account:
    """Of one process, for one hour: what it has spent, and what it holds to spend."""

    hour: datetime
    holder: str
    spent: Amount
    held: Amount


def extend(
    db: Session,
    site_id: str,
    *,
    account: Account,
    least: Amount,
    wanted: Amount,
    site: Caps,
    deployment: Caps,
) -> Amount | Refusal:
    """Grant the account more: as much as is `wanted`, at the least `least`, or nothing.

    Errors: `Conflict` when there is no such site any more.
    """
    if db.get_bind().dialect.name == "postgresql":  # on SQLite there is one writer at a time anyway
        db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    left, refusal = _left(db, site_id, account, least, {"site": site, "deployment": deployment})
    granted = NOTHING if refusal else least.most(wanted.least(left.shared(_SHARE)))
    note(
        db,
        site_id,
        account=Account(account.hour, account.holder, account.spent, account.held + granted),
    )
    return refusal or granted


def note(db: Session, site_id: str, *, account: Account) -> None:
    """Write down how the account is, which is a sign of life. Errors: `Conflict` as above."""
    row = tables.Spending
    key = {"hour": account.hour, "site_id": site_id, "holder": account.holder}
    values = {
        "spent_tokens": account.spent.tokens,
        "spent_micros": account.spent.micros,
        "held_tokens": account.held.tokens,
        "held_micros": account.held.micros,
        "seen_at": database_clock(),
    }
    db.execute(
        insert(db, row).values(**key, **values).on_conflict_do_update(index_elements=list(key), set_=values)
    )


def sweep(db: Session, *, before: datetime) -> int:
    """Forget the hours of all sites before this moment. Returns how many rows there were."""
    gone = db.execute(delete(tables.Spending).where(tables.Spending.hour < before))
    return cast("CursorResult[Any]", gone).rowcount


def _left(
    db: Session, site_id: str, account: Account, least: Amount, caps: Mapping[BudgetScope, Caps]
) -> tuple[Amount, Refusal | None]:
    """What the tightest of the budgets leaves beside all that is spent and held, and the budget, if any, that
    has less than `least`."""
    row, hour = tables.Spending, account.hour
    day = hour.replace(hour=0)
    now = cast("datetime", db.scalar(select(database_clock())))
    lapse = timedelta(seconds=LAPSE)
    lives = row.seen_at.between(now - lapse, now + lapse)
    tokens = row.spent_tokens + case((lives, row.held_tokens), else_=0)
    micros = row.spent_micros + case((lives, row.held_micros), else_=0)
    in_hour, of_site = row.hour == hour, row.site_id == site_id
    groups = (and_(of_site, in_hour), of_site, in_hour, None)
    sums = [part for group in groups for part in (_sum(tokens, group), _sum(micros, group))]
    own = and_(of_site, in_hour, row.holder == account.holder)
    found = [int(value or 0) for value in db.execute(select(*sums).where(row.hour >= day, ~own)).one()]
    mine = account.spent + account.held
    left: Amount | None = None
    ends = {"hour": hour + _HOUR, "day": day + _DAY}
    taken = [Amount(*found[at : at + 2]) + mine for at in range(0, 8, 2)]
    for (scope, window), used in zip(_BUDGETS, taken, strict=True):
        room = getattr(caps[scope], window) - used
        if not room.covers(least):
            return NOTHING, Refusal(scope, window, ends[window])
        left = room if left is None else left.least(room)
    return left or NOTHING, None


def _sum(column: ColumnElement[int], group: ColumnElement[bool] | None) -> ColumnElement[Any]:
    return func.sum(column if group is None else case((group, column), else_=0))
