"""No reader's address is kept: not in Redis, not in the database, not in files, not in lines of the log."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from askdocs.config import load
from askdocs.observability.logging import configure_logging
from tests.served import ORIGIN, SITE, serve, session_of

pytestmark = pytest.mark.anyio

ADDRESSES = ["198.51.100.77", "2001:db8:1234:5678::9"]
KEPT = [b"198.51.100.77", b"2001:db8:1234:5678"]


def stored(url: str) -> Iterator[bytes]:
    """Every key and value in Redis."""
    from redis import Redis

    with Redis.from_url(url) as redis:
        for key in redis.scan_iter():
            yield key
            yield redis.dump(key)


def contents(folder: Path) -> Iterator[bytes]:
    return (path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_no_address_is_kept_anywhere(tmp_path: Path, redis_url: str) -> None:
    log = io.StringIO()
    configure_logging(load("test", debug=True), stream=log)
    async with serve(tmp_path, redis_url=redis_url, server={"proxy_hops": 1}) as served:
        served.world.write({"keys.md": "# Keys\n\nRotate keys every month with the rotate command."})
        await served.world.index()
        for address in ADDRESSES:
            served.client.headers["x-forwarded-for"] = address
            answer = await served.ask("How do I rotate keys?", resumable=True)
            named = {"x-askdocs-session": session_of(answer)}
            await served.client.get(f"{SITE}/search", params={"q": "rotate"})
            await served.client.get(f"{SITE}/session", headers=named)
            await served.client.get("/api/v1/sites/unknown/session", headers=named)
            await served.client.options(
                f"{SITE}/chat", headers={"origin": ORIGIN, "access-control-request-method": "POST"}
            )
        counted = list(stored(redis_url))
        files = list(contents(tmp_path))

    assert any(b"askdocs" in key for key in counted), "nothing was counted in Redis"
    for haystack in (*counted, *files, log.getvalue().encode()):
        assert not [address for address in KEPT if address in haystack]
    assert '"path"' in log.getvalue() or "request" in log.getvalue()
