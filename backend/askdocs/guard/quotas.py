"""What a request counts against: its reader, its site, and all sites together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from askdocs.limits import Quota
from askdocs.runtime import Runtime
from askdocs.types import Site, token_hash

Kind = Literal["question", "search", "other"]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: the network, by its pseudonym of the day, and the signed user where the host application
    names one."""

    network: str
    user: bytes | None = None

    def own(self, rt: Runtime) -> tuple[str, str]:
        """The name of the quota that is this asker's own, and what it is counted by.

        Signed users are counted one by one, as many of them may share an address.
        """
        if self.user is None:
            return "client", self.network
        return "user", rt.pseudonyms.name(f"user {self.user.hex()}", now=rt.now())


def of_request(rt: Runtime, site: Site, kind: Kind, asker: Asker) -> Sequence[Quota]:
    """Every request counts for its asker; searches apart, so that to type a few words does not use up a
    reader's questions. Questions, which cost money, count for the site and for all sites besides."""
    options, name, key = rt.options(site), *asker.own(rt)
    if kind == "search":
        amount = options.rate_limit_searches or rt.settings.rate_limit_searches
        return (Quota(f"{name}-searches", f"search:{site.id}:{key}", amount),)
    own = Quota(name, f"{site.id}:{key}", options.rate_limit_requests or rt.settings.rate_limit_requests)
    if kind == "other":
        return (own,)
    of_site = options.rate_limit_site or rt.settings.rate_limit_site
    return (
        own,
        Quota("site", f"site:{site.id}", of_site),
        Quota("all-sites", "all sites", rt.settings.rate_limit_all_sites),
    )


def of_conversation(rt: Runtime, site: Site, token: str) -> Quota:
    """A loop in a page asks in one conversation, be it from one address or from many."""
    amount = rt.options(site).rate_limit_session or rt.settings.rate_limit_session
    return Quota("session", f"session:{site.id}:{token_hash(token).hex()}", amount)


def of_stranger(rt: Runtime, what: str, network: str) -> Quota:
    """Of what is asked before there is a site to ask: guesses of keys, and preflights."""
    return Quota("client", f"{what}:{network}", rt.settings.rate_limit_requests)
