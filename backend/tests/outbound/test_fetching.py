"""Fetches over real connections, to servers of the test that count as public ones or as private ones."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address

import httpcore
import pytest
import trustme

from askdocs.errors import AddressRefused, RemoteUnavailable
from askdocs.outbound.addresses import Address
from askdocs.outbound.fetching import Outbound
from askdocs.outbound.names import SystemResolver

pytestmark = pytest.mark.anyio

PUBLIC = "93.184.216.34"
OTHER = "93.184.216.35"
TLS = ssl.create_default_context()
"""One for all tests, since certificates take long to load."""

SECRET = b"the credentials of this machine"

Respond = Callable[[str], bytes]
"""From the first line of a request to what is sent."""


def response(body: bytes = b"", *, status: str = "200 OK", **headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = "\r\n".join((f"HTTP/1.1 {status}", f"content-length: {len(body)}", *lines))
    return f"{head}\r\n\r\n".encode() + body


def redirect(to: str, status: str = "302 Found") -> bytes:
    return response(status=status, location=to)


@dataclass
class Server:
    port: int
    heads: list[str] = field(default_factory=list)

    @property
    def asked(self) -> list[str]:
        return [head.partition(" HTTP/")[0] for head in self.heads]


@asynccontextmanager
async def serving(respond: Respond, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """A server on the loopback that says what it is told to, and hangs up."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        found.heads.append(head)
        writer.write(respond(head.partition(" HTTP/")[0]))
        writer.write_eof() if tls is None else None
        await reader.read()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    found = Server(server.sockets[0].getsockname()[1])
    async with server:
        yield found


class Internet(httpcore.AsyncNetworkBackend):
    """Leads public addresses to servers of the test, and every other address where it leads."""

    def __init__(self, **hosts: int) -> None:
        self.hosts = {PUBLIC: hosts.get("public", 1), OTHER: hosts.get("other", 1)}
        self.connected: list[tuple[str, int]] = []
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.connected.append((host, port))
        if host in self.hosts:
            host, port = "127.0.0.1", self.hosts[host]
        return await self._inner.connect_tcp(host, port, timeout)


class Names:
    """A name server whose answers change: each look-up takes the next, the last one stays."""

    def __init__(self, **names: Sequence[str]) -> None:
        self.answers = {name.replace("_", "."): list(answers) for name, answers in names.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append(host)
        answers = self.answers.get(host)
        if answers is None:
            raise OSError("no such name")
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return [ip_address(one) for one in answer.split()]


@asynccontextmanager
async def fetching(**options: object) -> AsyncIterator[Outbound]:
    outbound = Outbound(**{"plain_http": True, "seconds": 5.0, "tls": TLS, **options})  # type: ignore[arg-type]  # as given
    yield outbound
    await outbound.close()


@asynccontextmanager
async def answered(answer: bytes) -> AsyncIterator[tuple[Outbound, Server]]:
    """A way to fetch, and a public server `x.example` that always answers the same."""
    async with serving(lambda _: answer) as server:
        names = Names(x_example=[PUBLIC])
        async with fetching(resolve=names, connecting=Internet(public=server.port)) as outbound:
            yield outbound, server


async def test_what_is_public_is_fetched_by_the_name_that_it_was_asked_for() -> None:
    names = Names(docs_example=[PUBLIC])
    async with serving(lambda _: response(b"hello", etag='"1"')) as server:
        net = Internet(public=server.port)
        async with fetching(resolve=names, connecting=net) as outbound:
            found = await outbound.get("http://docs.example:8080/a?b#c", headers={"if-none-match": '"0"'})

    assert (found.status, found.body, found.headers["etag"]) == (200, b"hello", '"1"')
    assert found.url == "http://docs.example:8080/a?b"
    assert net.connected == [(PUBLIC, 8080)]
    assert server.asked == ["GET /a?b"]
    assert "host: docs.example:8080\r\n" in server.heads[0].lower()
    assert 'if-none-match: "0"' in server.heads[0]


async def test_a_name_that_changes_its_address_is_connected_to_where_it_was_judged() -> None:
    """DNS rebinding: the name server says "public" to the check, and would say "loopback" to a connection."""
    names = Names(rebinding_example=[PUBLIC, "127.0.0.1"])
    async with (
        serving(lambda _: response(SECRET)) as inside,
        serving(lambda _: response(b"public")) as outside,
    ):
        net = Internet(public=outside.port)
        async with fetching(resolve=names, connecting=net) as outbound:
            url = f"http://rebinding.example:{inside.port}/"
            first = await outbound.get(url)
            with pytest.raises(AddressRefused):
                await outbound.get(url)  # it is asked anew, and judged anew

    assert first.body == b"public"
    assert names.asked == ["rebinding.example"] * 2
    assert net.connected == [(PUBLIC, inside.port)]
    assert inside.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        *("127.0.0.1", "10.0.0.5", "169.254.169.254", "100.64.0.1", "::1", "::ffff:127.0.0.1"),
        *("fd00:ec2::254", "0.0.0.0", "224.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "fe80::1"),  # noqa: S104
        *(f"{PUBLIC} 127.0.0.1", f"127.0.0.1 {PUBLIC}", f"{PUBLIC} fd12::1"),
    ],
)  # fmt: skip
async def test_a_name_that_leads_inside_is_not_connected_to(answer: str) -> None:
    net = Internet()
    async with fetching(resolve=Names(bad_example=[answer]), connecting=net) as outbound:
        with pytest.raises(AddressRefused, match=r"bad\.example is not on the public internet") as refused:
            await outbound.get("http://bad.example/")

    assert net.connected == []
    assert answer.partition(" ")[0] not in str(refused.value)  # whoever asks is not told what is in here


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1/", "http://[::1]/", "http://10.0.0.5:8080/", "http://169.254.169.254/latest/meta-data"),
        *("http://[::ffff:169.254.169.254]/", "http://[::ffff:7f00:1]/", "http://[fd00:ec2::254]/"),
        *("http://metadata.google.internal/computeMetadata/v1/", "http://localhost/", "http://x.localhost/"),
        *("http://2130706433/", "http://0177.0.0.1/", "http://127.1/", "http://[64:ff9b::7f00:1]/"),
        *("http://docs.example:22/", "http://docs.example:25/", "gopher://docs.example/"),
    ],
)  # fmt: skip
async def test_an_address_that_leads_inside_is_neither_looked_up_nor_connected_to(url: str) -> None:
    names, net = Names(docs_example=[PUBLIC]), Internet()
    async with fetching(resolve=names, connecting=net) as outbound:
        with pytest.raises(AddressRefused):
            await outbound.get(url)
        with pytest.raises(AddressRefused):
            await outbound.post(url, b"{}", headers={})

    assert (names.asked, net.connected) == ([], [])


@pytest.mark.parametrize(
    "location",
    [
        *("http://127.0.0.1:{inside}/", "http://[::1]:{inside}/", "//127.0.0.1:{inside}/", "http://127.1:{inside}/"),
        *("http://inside.example:{inside}/", "http://localhost:{inside}/", "http://169.254.169.254/latest/"),
        *("http://[::ffff:127.0.0.1]:{inside}/", "file:///etc/passwd", "http://public@127.0.0.1:{inside}/"),
        *("gopher://127.0.0.1:{inside}/_x", "http://metadata.google.internal/", "http://0x7f000001:{inside}/"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("hops", [1, 2])
async def test_a_redirect_that_leads_inside_is_not_followed(location: str, hops: int) -> None:
    names = Names(public_example=[PUBLIC], inside_example=["127.0.0.1"])
    async with serving(lambda _: response(SECRET)) as inside:
        last = location.format(inside=inside.port)

        def answer(line: str) -> bytes:
            return redirect("/2" if hops == 2 and line == "GET /" else last)

        async with serving(answer) as outside:
            net = Internet(public=outside.port)
            async with fetching(resolve=names, connecting=net) as outbound:
                with pytest.raises(AddressRefused):
                    await outbound.get("http://public.example/")

    assert len(outside.asked) == hops
    assert inside.asked == []
    assert set(net.connected) == {(PUBLIC, 80)}


async def test_a_redirect_to_a_public_host_is_followed_without_the_token_for_the_first() -> None:
    names = Names(one_example=[PUBLIC], two_example=[OTHER])
    async with (
        serving(lambda line: redirect("/b" if line == "GET /a" else "http://two.example/")) as one,
        serving(lambda _: response(b"there")) as two,
    ):
        net = Internet(public=one.port, other=two.port)
        async with fetching(resolve=names, connecting=net) as outbound:
            found = await outbound.get("http://one.example/a", headers={"authorization": "Bearer secret"})

    assert (found.url, found.body) == ("http://two.example/", b"there")
    assert ["secret" in head for head in (*one.heads, *two.heads)] == [True, True, False]


async def test_redirects_end() -> None:
    async with answered(redirect("/")) as (outbound, server):
        with pytest.raises(RemoteUnavailable, match="redirects more than 3 times"):
            await outbound.get("http://x.example/")

    assert len(server.asked) == 4


async def test_what_is_posted_goes_nowhere_else() -> None:
    async with answered(redirect("http://two.example/", "307 Temporary Redirect")) as (outbound, server):
        found = await outbound.post("http://x.example/token", b"code=1", headers={"x": "y"})

    assert found.status == 307
    assert server.asked == ["POST /token"]


@dataclass
class Trust:
    server: ssl.SSLContext
    client: ssl.SSLContext


@pytest.fixture(scope="module")
def trust() -> Trust:
    authority = trustme.CA()
    client, server = ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(client)
    authority.issue_cert("docs.example").configure_cert(server)
    return Trust(server, client)


@pytest.mark.parametrize(("host", "trusted"), [("docs.example", True), ("other.example", False)])
async def test_certificates_are_held_against_the_name_and_not_the_address(
    trust: Trust, host: str, trusted: bool
) -> None:
    names = Names(docs_example=[PUBLIC], other_example=[PUBLIC])
    async with serving(lambda _: response(b"safe"), trust.server) as server:
        net = Internet(public=server.port)
        async with fetching(plain_http=False, resolve=names, connecting=net, tls=trust.client) as outbound:
            if trusted:
                assert (await outbound.get(f"https://{host}/")).body == b"safe"
            else:
                with pytest.raises(RemoteUnavailable):
                    await outbound.get(f"https://{host}/")


async def test_outside_development_only_https_is_fetched_also_after_a_redirect(trust: Trust) -> None:
    async with serving(lambda _: redirect("http://docs.example/"), trust.server) as server:
        net = Internet(public=server.port)
        names = Names(docs_example=[PUBLIC])
        async with fetching(plain_http=False, resolve=names, connecting=net, tls=trust.client) as outbound:
            for url in ("http://docs.example/", "https://docs.example/"):
                with pytest.raises(AddressRefused, match="https://"):
                    await outbound.get(url)

    assert len(server.asked) == 1


async def test_an_operator_opens_private_origins_one_by_one() -> None:
    async with serving(lambda _: response(b"{}")) as issuer, serving(lambda _: response(SECRET)) as neighbour:
        opened = f"http://127.0.0.1:{issuer.port}"
        async with fetching(plain_http=False, allow=[opened, "http://idp.internal:8080"]) as outbound:
            assert (await outbound.get(f"{opened}/keys")).body == b"{}"
            for closed in (f"http://127.0.0.1:{neighbour.port}/", f"http://localhost:{issuer.port}/"):
                with pytest.raises(AddressRefused):
                    await outbound.get(closed)

    assert neighbour.asked == []


@pytest.mark.parametrize("address", ["169.254.169.254", "fd00:ec2::254", "0.0.0.0", "::ffff:169.254.1.1"])  # noqa: S104
async def test_what_an_operator_opened_still_never_leads_to_the_metadata_service(address: str) -> None:
    names, net = Names(idp_internal=[address]), Internet()
    async with fetching(allow=["http://idp.internal"], resolve=names, connecting=net) as outbound:
        with pytest.raises(AddressRefused):
            await outbound.get("http://idp.internal/")

    assert net.connected == []


BOMB = gzip.compress(bytes(20_000_000))


@pytest.mark.parametrize(
    "answer",
    [
        response(b"x" * 1001),
        response(gzip.compress(b"x" * 1001), content_encoding="gzip"),
        response(BOMB, content_encoding="gzip"),
        b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n" + b"x" * 1001,
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        + b"3e9\r\n"
        + b"x" * 1001
        + b"\r\n0\r\n\r\n",
    ],
    ids=["plain", "gzip", "bomb", "announced", "chunked"],
)
async def test_an_answer_that_is_too_long_is_dropped(answer: bytes) -> None:
    async with answered(answer) as (outbound, _):
        with pytest.raises(RemoteUnavailable, match="more than 1,000 bytes"):
            await outbound.get("http://x.example/", max_bytes=1000)


@pytest.mark.parametrize(
    "answer",
    [
        b"220 mail.example ESMTP\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd",
        b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 200_000 + b"\r\n\r\n",
        response(b"not gzip", content_encoding="gzip"),
        response(gzip.compress(b"cut off")[:-9], content_encoding="gzip"),
        response(b"x", content_encoding="br"),
    ],
    ids=["mail", "nothing", "short", "two lengths", "long head", "no gzip", "cut gzip", "brotli"],
)
async def test_what_is_no_answer_is_refused(answer: bytes) -> None:
    async with answered(answer) as (outbound, _):
        with pytest.raises(RemoteUnavailable, match="did not answer as a web server does"):
            await outbound.get("http://x.example/")


async def test_compressed_answers_are_read() -> None:
    async with answered(response(gzip.compress(b"x" * 1000), content_encoding="gzip")) as (outbound, _):
        assert (await outbound.get("http://x.example/", max_bytes=1000)).body == b"x" * 1000


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"])
async def test_whoever_is_slow_is_given_up(answer: bytes) -> None:
    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(never, "127.0.0.1", 0)
    async with server:
        net = Internet(public=server.sockets[0].getsockname()[1])
        async with fetching(seconds=0.2, resolve=Names(x_example=[PUBLIC]), connecting=net) as outbound:
            with pytest.raises(RemoteUnavailable, match="did not answer in"):
                await outbound.get("http://x.example/")


async def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    async with serving(lambda _: response(b"second")) as server:
        net = Internet(public=1, other=server.port)
        names = Names(x_example=[f"{PUBLIC} {OTHER}"])
        async with fetching(resolve=names, connecting=net) as outbound:
            assert (await outbound.get("http://x.example/")).body == b"second"

    assert net.connected == [(PUBLIC, 80), (OTHER, 80)]


async def test_the_system_looks_names_up() -> None:
    async with fetching() as outbound:
        with pytest.raises(RemoteUnavailable):
            await outbound.get("http://nowhere.invalid/")
    assert ip_address("127.0.0.1") in await SystemResolver()("localhost", 80)


async def test_proxies_of_the_environment_are_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    async with (
        serving(lambda _: response(b"proxy")) as proxy,
        serving(lambda _: response(b"direct")) as server,
    ):
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        async with fetching(
            resolve=Names(x_example=[PUBLIC]), connecting=Internet(public=server.port)
        ) as outbound:
            assert (await outbound.get("http://x.example/")).body == b"direct"
