"""Reader sessions: who asks much without one has to get one, and who gets many has to work for them.

A session is a signed token, of which nothing is stored. It is good for one site and for pages of one origin.
It is not bound to a network, since phones change theirs while somebody reads: its own questions are counted
instead, wherever they come from. A puzzle is bound to the network that it was given to, for the few seconds
that it takes.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from askdocs.config.guarding import Guard
from askdocs.errors import ProofRejected, RateLimited, ReaderSessionRequired
from askdocs.guard import proof
from askdocs.guard.proof import Puzzle
from askdocs.limits import Quota
from askdocs.runtime import Runtime
from askdocs.types import Site

HEADER = "X-Askdocs-Reader"

LIFE = 900
"""Seconds that a session lasts, and over which a network's are counted."""

_HARDEST = 16
"""How many times as hard as the first puzzle the hardest one is: a company's readers behind one address wait
for it too."""

_FORM = re.compile(r"r1\.(?P<expires>[0-9]{10})\.(?P<random>[A-Za-z0-9_-]{16})\.(?P<signature>[0-9a-f]{64})")
_GUESTS = frozenset({"guests", "all-guests"})


@dataclass(frozen=True, slots=True)
class Session:
    token: str
    expires_in: int = LIFE


@dataclass(frozen=True, slots=True)
class Claim:
    """On what a question without a signed user rests: the site, the page's origin, the network, the token."""

    site: Site
    origin: str
    network: str
    token: str = ""


def quotas(rt: Runtime, claim: Claim) -> Sequence[Quota]:
    """What a question counts against besides: that of its session or, without a valid one, those of guests.

    A calm site's guests stay below theirs, so that its readers need no session.
    """
    named = read(rt, claim)
    if named is not None:
        amount = rt.options(claim.site).rate_limit_session or rt.settings.rate_limit_session
        return (Quota("reader", f"reader:{named}", amount),)
    match _when(rt, claim.site):
        case "never":
            return ()
        case "always":
            raise _required("This site answers readers with a session alone.")
        case _:
            guard = rt.settings.guard
            return (
                Quota("guests", f"guests:{claim.site.id}:{claim.network}", guard.network_questions),
                Quota("all-guests", f"guests:{claim.site.id}", guard.site_questions),
            )


def explain(refusal: RateLimited) -> Exception:
    """What a refused request has to do: guests get a session rather than wait."""
    if refusal.policy not in _GUESTS:
        return refusal
    return _required("Many questions have come without a session in the last minute.")


def _when(rt: Runtime, site: Site) -> Literal["always", "suspicious", "never"]:
    return rt.options(site).reader_sessions or rt.settings.guard.reader_sessions


def _required(what: str) -> ReaderSessionRequired:
    return ReaderSessionRequired(
        what, fix=f"POST {{}} to …/session, and send the token that it gives in the header {HEADER}."
    )


async def open_session(rt: Runtime, claim: Claim) -> Session | Puzzle:
    """A session, or the puzzle that comes before it where the network, or the site, has had many lately."""
    of_network, of_site = await asyncio.gather(
        rt.limiter.count(f"sessions:{claim.site.id}:{claim.network}", seconds=LIFE),
        rt.limiter.count(f"sessions:{claim.site.id}", seconds=60),
    )
    tries = work(rt.settings.guard, of_network=of_network, of_site=of_site)
    if not tries:
        return _issue(rt, claim)
    return proof.make(_puzzle_key(rt, claim), numbers=tries, now=rt.now())


async def redeem(rt: Runtime, claim: Claim, solution: str) -> Session:
    """A session for a solved puzzle. Raises `ProofRejected`, also for one that was redeemed before."""
    solved = proof.check(solution, _puzzle_key(rt, claim), now=rt.now())
    if await rt.limiter.count(f"proof:{solved}", seconds=proof.LIFE) > 1:
        raise ProofRejected(
            "This solution was used before.",
            fix="Ask for a session without `altcha`, and solve the puzzle that comes.",
        )
    return _issue(rt, claim)


def work(guard: Guard, *, of_network: int, of_site: int) -> int:
    """How many tries a session costs at most, which grows with what the network asked for lately; 0: none."""
    free = guard.network_sessions
    if of_network <= free and of_site <= guard.site_sessions:
        return 0
    return guard.work * min(_HARDEST, max(1, of_network // max(1, free)))


def read(rt: Runtime, claim: Claim) -> str | None:
    """What names the session in whose token the claim rests; None where that is not valid."""
    form = _FORM.fullmatch(claim.token)
    if form is None or int(form["expires"]) <= rt.now().timestamp():
        return None
    signature = _sign(rt, claim, f"{form['expires']}.{form['random']}")
    return form["random"] if hmac.compare_digest(signature, form["signature"]) else None


def _issue(rt: Runtime, claim: Claim) -> Session:
    signed = f"{_after(rt.now())}.{base64.urlsafe_b64encode(secrets.token_bytes(12)).decode()}"
    return Session(f"r1.{signed}.{_sign(rt, claim, signed)}")


def _after(now: datetime) -> int:
    return int(now.timestamp()) + LIFE


def _sign(rt: Runtime, claim: Claim, signed: str) -> str:
    key = rt.keys.derive("reader session", claim.site.id, claim.origin)
    return hmac.digest(key, signed.encode(), "sha256").hex()


def _puzzle_key(rt: Runtime, claim: Claim) -> bytes:
    return rt.keys.derive("puzzle", claim.site.id, claim.origin, claim.network)
