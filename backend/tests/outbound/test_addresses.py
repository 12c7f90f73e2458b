"""Which hosts others may send the server to."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from askdocs.errors import AddressRefused
from askdocs.outbound.addresses import is_local_name, parse, reach

PUBLIC = """8.8.8.8 1.1.1.1 93.184.216.34 100.63.255.255 100.128.0.1 172.15.255.255 172.32.0.1 169.253.0.1
    192.0.1.1 198.20.0.1 223.255.255.255 2606:4700:4700::1111 2a00:1450:4001:81b::200e 2001:4860:4860::8888
    ::ffff:8.8.8.8 64:ff9b::8.8.8.8"""

PRIVATE = """127.0.0.1 127.255.255.254 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1
    100.64.0.1 100.127.255.255 ::1 fc00::1 fd12:3456::1 ::ffff:127.0.0.1 ::ffff:10.1.2.3 ::ffff:7f00:1
    64:ff9b::10.0.0.1 64:ff9b::7f00:1"""

NEVER = """169.254.169.254 169.254.170.2 169.254.0.1 100.100.100.200 168.63.129.16 fd00:ec2::254 fd20:ce::254
    ::ffff:169.254.169.254 ::ffff:a9fe:a9fe 64:ff9b::169.254.169.254 64:ff9b::a9fe:a9fe 2002:a9fe:a9fe::1
    2002:7f00:1:: 2002:808:808:: 2001:0:4136:e378:8000:63bf:3fff:fdd2 0.0.0.0 0.1.2.3 255.255.255.255
    224.0.0.1 239.255.255.250 240.0.0.1 192.0.0.1 192.0.2.1 192.88.99.1 198.18.0.1 198.51.100.1 203.0.113.1
    :: ::127.0.0.1 ::7f00:1 ::8.8.8.8 fe80::1 febf::1 fec0::1 ff02::1 ff0e::1 100::1 64:ff9b:1::7f00:1
    2001:db8::1 2001:2::1 2001:10::1 3fff::1 5f00::1 4000::1 fe80::5efe:7f00:1"""


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (address, expected)
        for addresses, expected in ((PUBLIC, "public"), (PRIVATE, "private"), (NEVER, "never"))
        for address in addresses.split()
    ],
)
def test_only_what_everybody_reaches_is_public(address: str, expected: str) -> None:
    assert reach(ip_address(address)) == expected


@pytest.mark.parametrize(
    "url",
    [
        # Spellings of 127.0.0.1, of 169.254.169.254 and of others that systems' resolvers know.
        *("http://127.1/", "http://127.0.1/", "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/"),
        *("http://0177.0.0.1/", "http://017700000001/", "http://0x7f.0.0.0x1/", "http://00000177.0.0.1/"),
        *("http://2852039166/", "http://0xa9fea9fe/", "http://0251.0376.0251.0376/", "http://0/", "http://1/"),
        *("http://127.0.0.1.:80/", "http://256.256.256.256/", "http://1.2.3.4.5/", "http://example.1/"),
        *("http://example.0x7f/", "http://0x/", "http://127.0.0.01/"),
        # Characters that are made into others on the way.
        *("http://①②⑦.0.0.1/", "http://127。0。0。1/", "http://１２７.0.0.1/", "http://ⓛocalhost/", "http://exa\u00adample.com"),
        *("http://exa\tmple.com/", "http://example.com/\r\nhost: x", "http://example.com/ x", " http://example.com"),
        *("http://example.com\\@127.0.0.1/", "http:\\\\127.0.0.1/", "http://example.com\x00.internal/"),
        *("http://%31%32%37.0.0.1/", "http://127.0.0.1%2f@example.com/", "http://exam%70le.com/"),
        # Whoever reads users reads the host differently.
        *("http://example.com@127.0.0.1/", "http://user:word@example.com/", "http://@example.com/"),
        *("http://example.com:80@127.0.0.1/", "http://[::1]@example.com/"),
        # Addresses that are none, and zones.
        *("http://[::1/", "http://::1/", "http://[fe80::1%25eth0]/", "http://[fe80::1%eth0]/", "http://[v1.x]/"),
        *("http://[127.0.0.1]/", "http://[]/", "http://example..com/", "http://.example.com/", "http://-/@"),
        # Ports and schemes.
        *("http://example.com:99999/", "http://example.com:0/", "http://example.com:-1/", "http://example.com:x/"),
        *("file:///etc/passwd", "gopher://example.com/", "ftp://example.com/", "dict://example.com/"),
        *("jar:http://example.com!/", "data:text/plain,x", "javascript:1", "//example.com/", "http://", "http:///"),
        *("", "example.com", "http:example.com", "https:/example.com", f"https://example.com/{'x' * 2048}"),
    ],
)  # fmt: skip
def test_what_programs_read_differently_is_no_url(url: str) -> None:
    with pytest.raises(AddressRefused):
        parse(url)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com", "https://example.com/"),
        ("HTTPS://Example.COM:443/a/../b?c=d#e", "https://example.com/a/../b?c=d"),
        ("http://example.com:8080?x", "http://example.com:8080/?x"),
        ("https://[2606:4700::1]:8443/.well-known/openid-configuration",
         "https://[2606:4700::1]:8443/.well-known/openid-configuration"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
        ("https://login.my_tenant.example/", "https://login.my_tenant.example/"),
        ("https://8.8.8.8/%2e%2e/", "https://8.8.8.8/%2e%2e/"),
    ],
)  # fmt: skip
def test_a_url_is_read_once(url: str, expected: str) -> None:
    assert str(parse(url)) == expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        *((name, True) for name in ("localhost", "a.localhost", "metadata.google.internal", "printer.local")),
        *((name, True) for name in ("router.home.arpa", "internal", "localhost.localdomain")),
        *((name, False) for name in ("localhost.example.com", "notlocalhost", "internal.example.com")),
    ],
)
def test_names_that_no_public_host_has_are_known(host: str, expected: bool) -> None:
    assert is_local_name(host) == expected
