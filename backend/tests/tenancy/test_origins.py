"""Which pages may ask a site: what is written down, what browsers send, and what others try."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.datastructures import Headers

from askdocs.api.origins import admits
from askdocs.config import load
from askdocs.errors import InputError
from askdocs.tenancy import origins
from askdocs.types import Site

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TEST = load("test")

READ = [
    ("https://docs.example.com", "https://docs.example.com"),
    ("https://docs.example.com/", "https://docs.example.com"),
    ("HTTPS://Docs.Example.COM", "https://docs.example.com"),
    ("https://docs.example.com:443", "https://docs.example.com"),
    ("http://docs.example.com:80", "http://docs.example.com"),
    ("https://docs.example.com:8443", "https://docs.example.com:8443"),
    ("http://localhost:3000", "http://localhost:3000"),
    ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ("http://[::1]:8000", "http://[::1]:8000"),
    ("https://*.example.com", "https://*.example.com"),
    ("https://*.example.com:8443", "https://*.example.com:8443"),
    ("https://bücher.example", "https://xn--bcher-kva.example"),
    ("https://my_docs.example.com", "https://my_docs.example.com"),
]

NO_ORIGINS = [
    "",
    "*",
    "null",
    "docs.example.com",
    "//docs.example.com",
    "ftp://docs.example.com",
    "javascript:alert(1)",
    "file:///docs",
    "https://",
    "https:///docs",
    "https://docs.example.com/start",
    "https://docs.example.com?x",
    "https://docs.example.com#x",
    "https://user@docs.example.com",
    "https://user:password@docs.example.com",
    "https://docs.example.com:port",
    "https://docs.example.com:99999",
    "https://*",
    "https://*.com",
    "https://*.*.example.com",
    "https://docs.*.com",
    "https://*docs.example.com",
    "https://docs*.example.com",
    "https://docs..example.com",
    "https://.example.com",
    "https://docs.example.com.",
    "https://docs example.com",
    "https://docs.example.com\\@evil.test",
    "https://[::1",
]

# Of a site that allows https://docs.example.com, https://*.example.org and http://localhost:3000.
ADMITTED = [
    "https://docs.example.com",
    "https://a.example.org",
    "https://pr-17.example.org",
    "https://my_docs.example.org",
    "https://xn--bcher-kva.example.org",
    "http://localhost:3000",
]

REFUSED = [
    "null",
    "",
    "*",
    "https://*.example.org",
    "https://example.com",
    "https://example.org",
    "https://.example.org",
    "https://a.b.example.org",
    "https://evil-example.org",
    "https://aexample.org",
    "https://example.org.evil.test",
    "https://a.example.org.evil.test",
    "https://a.example.org.",
    "https://a.example.org/",
    "https://a.example.org:8443",
    "http://a.example.org",
    "https://a.example.org@evil.test",
    "https://a.example.org%00.evil.test",
    "https://evil.test#a.example.org",
    "https://evil.test/a.example.org",
    "https://-a.example.org",
    "https://a-.example.org",
    "https://A.EXAMPLE.ORG",
    "https://docs.example.com.evil.test",
    "https://docs.example.com:8443",
    "https://docs.example.com ",
    "https://Docs.example.com",
    "http://docs.example.com",
    "https://docsXexample.com",
    "https://user@docs.example.com",
    "http://localhost",
    "http://localhost:3001",
    "https://localhost:3000",
    "http://127.0.0.1:3000",
    "chrome-extension://docs.example.com",
]

OWN_HOSTS = [
    ("http://localhost:8000", "localhost:8000", True),
    ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
    ("http://[::1]:8000", "[::1]:8000", True),
    ("http://192.168.1.7:8000", "192.168.1.7:8000", True),
    ("http://wiki:8000", "wiki:8000", True),
    ("http://docs.localhost", "docs.localhost", True),
    ("http://nas.local", "nas.local", True),
    ("https://evil.test", "evil.test", False),  # a name that leads its readers' browsers to this server
    ("http://evil.test:8000", "evil.test:8000", False),
    ("http://localhost.evil.test", "localhost.evil.test", False),
    ("http://127.0.0.1.evil.test", "127.0.0.1.evil.test", False),
    ("http://evillocal", "other", False),
    ("http://localhost:8000", "localhost:8001", False),
    ("ftp://localhost:8000", "localhost:8000", False),
    ("http://", "", False),
]


def site(*allowed: str) -> Site:
    return Site("1", "docs", "pk_docs", allowed, NOW)


@pytest.mark.parametrize(("written", "read"), READ)
def test_origin_is_read_as_browsers_send_it(written: str, read: str) -> None:
    assert origins.read(written, TEST) == read


@pytest.mark.parametrize("written", NO_ORIGINS)
def test_what_is_no_origin_is_refused(written: str) -> None:
    with pytest.raises(InputError) as refused:
        origins.read(written, TEST)

    assert refused.value.fix


def test_every_page_may_ask_in_development_alone() -> None:
    assert origins.read("*", load("development")) == "*"
    assert origins.matches("*", "https://anything.test")


@pytest.mark.parametrize("origin", ADMITTED)
def test_page_of_an_allowed_origin_may_ask(origin: str) -> None:
    allowed = site("https://docs.example.com", "https://*.example.org", "http://localhost:3000")

    assert admits(allowed, Headers({"origin": origin, "host": "api.example.net"}))


@pytest.mark.parametrize("origin", REFUSED)
def test_page_of_any_other_may_not(origin: str) -> None:
    allowed = site("https://docs.example.com", "https://*.example.org", "http://localhost:3000")

    assert not admits(allowed, Headers({"origin": origin, "host": "api.example.net"}))


@pytest.mark.parametrize(("origin", "host", "may"), OWN_HOSTS)
def test_page_of_the_host_itself_may_ask_where_nobody_can_forge_it(origin: str, host: str, may: bool) -> None:
    assert admits(site(), Headers({"origin": origin, "host": host})) is may


def test_program_without_a_page_may_ask() -> None:
    assert admits(site(), Headers({"host": "api.example.net"}))
