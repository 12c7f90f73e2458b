"""Who asks: the address that rate limits count by."""

from __future__ import annotations

import ipaddress
import re

from starlette.datastructures import Headers
from starlette.types import Scope

from askdocs.runtime import Runtime

_BRACKETED = re.compile(r"\[([^\[\]]*)\](?::\d*)?")
_WITH_PORT = re.compile(r"([^:]*):\d*")


def pseudonym(scope: Scope, rt: Runtime) -> str:
    """What the reader's network is counted by. The address itself goes no further than this."""
    return rt.pseudonyms.name(client(scope, proxy_hops=rt.settings.proxy_hops), now=rt.now())


def client(scope: Scope, *, proxy_hops: int) -> str:
    """The reader's address as trusted proxies tell it; of IPv6 its /64, all of which is one reader's.

    The last `proxy_hops` entries of X-Forwarded-For are the proxies' own, one each; whatever stands before
    them the reader may have made up. Where they tell no address, that of the connection counts.
    """
    peer = scope["client"][0] if scope.get("client") else ""
    forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")
    told = forwarded[-proxy_hops] if 0 < proxy_hops <= len(forwarded) else ""
    return network(told) or network(peer) or "unknown"


def network(entry: str) -> str | None:
    """What an entry counts as: an IPv4 address, an IPv6 network, None if it is no address.

    Proxies write `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]` and `[2001:db8::1]:4711`. An
    IPv4 address that arrived on an IPv6 socket (`::ffff:192.0.2.1`) is an IPv4 address.
    """
    entry = entry.strip().strip('"')
    if bracketed := _BRACKETED.fullmatch(entry) or _WITH_PORT.fullmatch(entry):
        entry = bracketed[1]
    try:
        address = ipaddress.ip_address(entry.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), 64), strict=False))
