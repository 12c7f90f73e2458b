"""Each reader is counted by one address, however proxies and sockets write it."""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.api.clients import client, network
from askdocs.config import load
from tests.served import SITE, serve

PORTS = st.integers(0, 65535)


def scope(*forwarded: str, peer: str = "192.0.2.9") -> dict[str, object]:
    headers = [(b"x-forwarded-for", entry.encode()) for entry in forwarded]
    return {"type": "http", "client": (peer, 4711), "headers": headers}


@given(st.ip_addresses(v=4), PORTS)
def test_every_way_to_write_an_ipv4_address_is_one_reader(address: ipaddress.IPv4Address, port: int) -> None:
    written = [f"{address}", f" {address}:{port} ", f"::ffff:{address}", f"[::ffff:{address}]:{port}"]
    assert {network(entry) for entry in written} == {str(address)}


@given(st.ip_addresses(v=6), PORTS)
def test_every_way_to_write_an_ipv6_address_is_one_reader(address: ipaddress.IPv6Address, port: int) -> None:
    written = [f"{address}", address.exploded, f"[{address}]", f'"[{address}]:{port}"', f"{address}%eth0"]
    (found,) = {network(entry) for entry in written}
    assert found is not None
    assert address.ipv4_mapped or address in ipaddress.ip_network(found)


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_all_addresses_of_an_ipv6_network_are_one_reader(address: ipaddress.IPv6Address, host: int) -> None:
    neighbour = ipaddress.IPv6Address((int(address) >> 64 << 64) | host)
    if not address.ipv4_mapped and not neighbour.ipv4_mapped:
        assert network(f"{address}") == network(f"{neighbour}")


@given(st.text() | st.from_regex(r"\A[\[\]0-9a-f:.%\"]*\Z"))
def test_whatever_an_entry_says_it_is_an_address_or_nothing(entry: str) -> None:
    found = network(entry)
    assert found is None or ipaddress.ip_network(found)


@given(st.lists(st.text(st.characters(codec="latin-1"))), st.integers(0, 5))
def test_whatever_readers_send_they_are_counted_by_something(forwarded: list[str], hops: int) -> None:
    assert client(scope(*forwarded), proxy_hops=hops)


PEER = "192.0.2.9"
LAN = "2001:db8:1:2::/64"


@pytest.mark.parametrize(
    ("forwarded", "hops", "counted"),
    [
        # nobody is in front, so nobody is believed
        ([], 0, PEER),
        (["203.0.113.1"], 0, PEER),
        (["203.0.113.1, 198.51.100.1"], 0, PEER),
        (["127.0.0.1"], 0, PEER),
        # one proxy, which adds what it saw behind whatever it was sent
        (["203.0.113.1"], 1, "203.0.113.1"),
        (["10.0.0.1, 203.0.113.1"], 1, "203.0.113.1"),
        (["127.0.0.1, 203.0.113.1"], 1, "203.0.113.1"),
        (["203.0.113.1, 203.0.113.1"], 1, "203.0.113.1"),
        (["a, b, c, 203.0.113.1"], 1, "203.0.113.1"),
        ([", ,, 203.0.113.1"], 1, "203.0.113.1"),
        ([" 203.0.113.1 "], 1, "203.0.113.1"),
        (["203.0.113.1:4711"], 1, "203.0.113.1"),
        (["10.0.0.1:80,203.0.113.1:4711"], 1, "203.0.113.1"),
        # several header lines are one list
        (["10.0.0.1", "203.0.113.1"], 1, "203.0.113.1"),
        (["10.0.0.1, 10.0.0.2", "203.0.113.1"], 1, "203.0.113.1"),
        (["10.0.0.1", "203.0.113.1, 198.51.100.1"], 2, "203.0.113.1"),
        (["203.0.113.1", "198.51.100.1"], 2, "203.0.113.1"),
        # more proxies
        (["203.0.113.1, 198.51.100.1"], 2, "203.0.113.1"),
        (["10.0.0.1, 203.0.113.1, 198.51.100.1"], 2, "203.0.113.1"),
        (["10.0.0.1, 203.0.113.1, 198.51.100.1, 198.51.100.2"], 3, "203.0.113.1"),
        # too few entries: the request came round a proxy
        ([], 1, PEER),
        ([""], 1, PEER),
        (["203.0.113.1"], 2, PEER),
        (["203.0.113.1, 198.51.100.1"], 3, PEER),
        # IPv6
        (["2001:db8:1:2:3:4:5:6"], 1, LAN),
        (["2001:db8:1:2::1"], 1, LAN),
        (["[2001:db8:1:2::1]"], 1, LAN),
        (["[2001:db8:1:2::1]:443"], 1, LAN),
        (['"[2001:db8:1:2::1]:443"'], 1, LAN),
        (["203.0.113.1, 2001:DB8:1:2::1"], 1, LAN),
        (["2001:db8:1:2::1%eth0"], 1, LAN),
        (["::ffff:203.0.113.1"], 1, "203.0.113.1"),
        (["[::ffff:203.0.113.1]:443"], 1, "203.0.113.1"),
        # what is no address counts by the connection
        (["unknown"], 1, PEER),
        (["_hidden"], 1, PEER),
        (["203.0.113.1, unknown"], 1, PEER),
        (["203.0.113.1,"], 1, PEER),
        (["203.0.113.256"], 1, PEER),
        (["203.0.113"], 1, PEER),
        (["0x7f000001"], 1, PEER),
        (["for=203.0.113.1"], 1, PEER),
        (["203.0.113.1; 198.51.100.1"], 1, PEER),
        (["203.0.113.1\t198.51.100.1"], 1, PEER),
        (["' OR 1=1 --"], 1, PEER),
        (["9" * 5000], 1, PEER),
        (["[" * 500 + "]" * 500], 1, PEER),
    ],
)
def test_address_is_the_one_that_the_outermost_trusted_proxy_saw(
    forwarded: list[str], hops: int, counted: str
) -> None:
    assert client(scope(*forwarded), proxy_hops=hops) == counted


@pytest.mark.parametrize(
    "header", ["forwarded", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip", "via"]
)
@pytest.mark.parametrize("value", ["203.0.113.1", "for=203.0.113.1", 'for="[2001:db8::1]:4711";by=10.0.0.1'])
def test_other_headers_say_nothing_of_who_asks(header: str, value: str) -> None:
    asked = {**scope("198.51.100.7"), "headers": [(header.encode(), value.encode())]}
    assert client(asked, proxy_hops=1) == PEER
    asked["headers"] = [*asked["headers"], (b"x-forwarded-for", b"198.51.100.7")]  # type: ignore[misc]
    assert client(asked, proxy_hops=1) == "198.51.100.7"


@pytest.mark.parametrize(
    ("given", "service", "hops"),
    [(None, None, 0), (None, "", 0), (None, "docs", 1), (0, "docs", 0), (2, "docs", 2), (1, None, 1)],
)
def test_front_end_of_cloud_run_is_believed_unless_something_else_is_said(
    given: int | None, service: str | None, hops: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("K_SERVICE", raising=False)
    if service is not None:
        monkeypatch.setenv("K_SERVICE", service)
    assert load("test", server={"proxy_hops": given}).proxy_hops == hops


@pytest.mark.anyio
@pytest.mark.usefixtures("one_minute")
async def test_readers_of_ipv4_are_told_apart_on_a_socket_for_both(tmp_path: Path, sqlite_url: str) -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    asking = {"question": "How?"}
    async with serve(tmp_path, database_url=sqlite_url, host="::", rate_limit_requests=1) as served:
        statuses = []
        for address in ("127.0.0.1", "127.0.0.2", "127.0.0.2"):
            transport = httpx.AsyncHTTPTransport(local_address=address)
            async with httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{served.port}", transport=transport
            ) as reader:
                statuses.append((await reader.post(f"{SITE}/chat", json=asking)).status_code)
    assert statuses == [200, 200, 429]
