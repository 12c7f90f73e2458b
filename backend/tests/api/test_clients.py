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


@pytest.mark.parametrize(
    ("forwarded", "hops", "counted"),
    [
        (["203.0.113.1"], 0, "192.0.2.9"),
        (["203.0.113.1"], 1, "203.0.113.1"),
        (["10.0.0.1, 203.0.113.1"], 1, "203.0.113.1"),
        (["10.0.0.1", "203.0.113.1, 198.51.100.1"], 2, "203.0.113.1"),
        (["203.0.113.1"], 2, "192.0.2.9"),
        (["unknown"], 1, "192.0.2.9"),
        ([], 1, "192.0.2.9"),
    ],
)
def test_address_is_the_one_that_the_outermost_trusted_proxy_saw(
    forwarded: list[str], hops: int, counted: str
) -> None:
    assert client(scope(*forwarded), proxy_hops=hops) == counted


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
