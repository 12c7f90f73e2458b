"""Which hosts a server may be sent to by others: decided on what it is given, without asking the network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal
from urllib.parse import urlsplit

from askdocs.errors import AddressRefused

Address = IPv4Address | IPv6Address
Reach = Literal["public", "private", "never"]
"""`private` may be opened by the operator; `never` holds whatever the operator says."""

_LONGEST = 2048
_CHARACTERS = re.compile(r"[!-\[\]-~]+")
_USUAL = {"https": 443, "http": 80}


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(one) for one in text.split())


_METADATA = _networks("169.254.0.0/16 100.100.100.200/32 168.63.129.16/32 fd00:ec2::254/128 fd20:ce::254/128")
"""Where clouds hand out the machine's credentials: Amazon, Google, Azure, Alibaba and others."""

_PRIVATE = _networks("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 127.0.0.0/8 100.64.0.0/10 fc00::/7 ::1/128")

_RESERVED = _networks(
    "0.0.0.0/8 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24"
    " 224.0.0.0/4 240.0.0.0/4 2001::/23 2001:db8::/32 2002::/16 3fff::/20"
)
"""From IANA's registries of special addresses, as what Python's `is_global` knows changes with its version.
With 6to4 and Teredo, which hold IPv4 addresses and which nobody uses any more."""

_GLOBAL = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")

_LOCAL_NAMES = ("localhost", "local", "internal", "localdomain", "home.arpa")
"""Never those of a public host: asking for `metadata.google.internal` is refused before it is looked up."""

_NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")
_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")


def reach(address: Address) -> Reach:
    """Who is behind an address. One that holds an IPv4 address counts as that."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return reach(address.ipv4_mapped)
        if address in _NAT64:
            return reach(IPv4Address(int(address) & 0xFFFFFFFF))
    if _within(address, _METADATA):
        return "never"
    if _within(address, _PRIVATE):
        return "private"
    if _within(address, _RESERVED) or (isinstance(address, IPv6Address) and address not in _GLOBAL):
        return "never"
    return "public"


def _within(address: Address, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    return any(address in network for network in networks if network.version == address.version)


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in its parts, so that whoever connects does not read it a second time."""

    scheme: str
    host: str
    port: int
    path: str
    """With the query."""

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _USUAL[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def parse(url: str) -> Target:
    """Raises `AddressRefused` for what programs do not read alike, whoever would answer there."""
    if len(url) > _LONGEST or not _CHARACTERS.fullmatch(url):
        raise AddressRefused("A URL has up to 2,048 characters of ASCII, no spaces and no backslashes.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused("This is no URL.") from error
    scheme, host = parts.scheme, parts.hostname or ""
    if scheme not in _USUAL or not host or port == 0:
        raise AddressRefused("A URL begins with https:// and a host.")
    if "@" in parts.netloc:
        raise AddressRefused("A URL must hold no user and no password.")
    if "[" in parts.netloc and ":" not in host:
        raise AddressRefused("Only addresses of IPv6 stand in brackets.")
    if literal(host) is None and (_NUMBER.fullmatch(host.rpartition(".")[2]) or not _NAME.fullmatch(host)):
        raise AddressRefused("Its host is neither a name nor an address in its usual form.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(scheme, host, port or _USUAL[scheme], path)


def literal(host: str) -> Address | None:
    """The address that a host is, in its one usual form: not 127.1, 0x7f000001, 2130706433 or 0177.0.0.1."""
    try:
        found = ip_address(host)
    except ValueError:
        return None
    return None if isinstance(found, IPv6Address) and found.scope_id else found


def is_local_name(host: str) -> bool:
    return any(host == name or host.endswith(f".{name}") for name in _LOCAL_NAMES)
