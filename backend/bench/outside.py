"""What an image needs outside of it, and those who ask it."""

from __future__ import annotations

import asyncio
import http.client
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import httpx
import orjson

from bench import containers, corpus, load, programs
from bench.containers import Container, ContainerFailed
from bench.load import Target
from bench.programs import Program
from bench.stage import UNBOUNDED
from tests import services
from tests.fakes.gemini import API_KEY

Variant = Literal["production", "standalone"]

ORIGIN = "https://docs.example.com"

_PAGES = 40
_READY_WITHIN = 30.0
_POLL = 0.005
_ALWAYS_ANSWER = {
    "ASKDOCS_ANSWERS__CACHE_TTL": "0",
    "ASKDOCS_ANSWERS__MIN_CONFIDENCE": "0",
    **UNBOUNDED,
}


@dataclass(frozen=True, slots=True)
class World:
    """What an image of a variant is given: variables, a folder, docs, a model that is told what to say."""

    variant: Variant
    environment: Mapping[str, str]
    home: Path
    docs: Path
    gemini: Program

    @property
    def with_model(self) -> Mapping[str, str]:
        """The variables with which answers come from the model rather than from the passages."""
        access = {"GEMINI_API_KEY": API_KEY, "GEMINI_BASE_URL": self.gemini.url}
        return {**self.environment, **access}

    def say(self, reply: Mapping[str, object]) -> None:
        """From now on the model replies so."""
        for method, body in (("DELETE", b""), ("POST", orjson.dumps(reply))):
            httpx.request(
                method, f"{self.gemini.url}/_script", content=body, trust_env=False
            ).raise_for_status()


@contextmanager
def opened(variant: Variant) -> Iterator[World]:
    """PostgreSQL, Redis, a Qdrant and a Gemini for `production`; `standalone` has all it needs."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="askdocs-image-")))
        # Those who run in containers are nobody here.
        folder.chmod(0o755)
        docs = folder / "docs"
        corpus.write(docs, _PAGES)
        fake = ("-m", "tests.fakes.gemini")
        gemini = stack.enter_context(programs.running(fake, log=folder / "gemini.log"))
        environment: Mapping[str, str] = _ALWAYS_ANSWER
        if variant == "production":
            environment = _remote(stack, folder, gemini)
        yield World(variant, environment, folder / "home", docs, gemini)


def _remote(stack: ExitStack, folder: Path, gemini: Program) -> Mapping[str, str]:
    postgres = stack.enter_context(services.postgres())
    redis = stack.enter_context(services.redis_server())
    grpc_port = str(services.free_port())
    shim = ("-m", "tests.fakes.qdrant", "--dir", str(folder / "qdrant"), "--grpc-port", grpc_port)
    qdrant = stack.enter_context(programs.running(shim, log=folder / "qdrant.log"))
    return {
        **_ALWAYS_ANSWER,
        "SECRET_KEY": "a-key-of-no-worth-that-is-long-enough",
        "DATABASE_URL": postgres.url,
        "REDIS_URL": redis.url,
        "QDRANT_URL": qdrant.url,
        "ASKDOCS_VECTORS__GRPC_PORT": grpc_port,
        "GEMINI_API_KEY": API_KEY,
        "GEMINI_BASE_URL": gemini.url,
    }


def publish(image: str, world: World) -> str:
    """Make tables and a site and index the docs, all with the image; the site's key."""

    def run(*arguments: str) -> str:
        return containers.run(image, arguments, world.environment, volume=world.home, docs=world.docs)

    run("db", "upgrade")
    site = orjson.loads(run("site", "add", "docs", "--origin", ORIGIN, "--json"))
    run("index", "/docs", "--site", "docs", "--json")
    return str(site["key"])


@contextmanager
def serving(
    image: str, world: World, key: str, *, with_model: bool = False, cpu: int | None = None
) -> Iterator[tuple[Container, Target]]:
    """Run the image on a free port until the block ends."""
    port = services.free_port()
    environment = {**(world.with_model if with_model else world.environment), "PORT": str(port)}
    # Without a model some questions are declined, which is an answer, too.
    first, last = (
        (b'"type":"text-delta"', b'"mode":"model"')
        if with_model or world.variant == "production"
        else (b'"type":"start"', b'"type":"finish"')
    )
    target = Target(port, f"/api/v1/sites/{key}/chat", first=first, last=last)
    with containers.running(image, environment, volume=world.home, cpu=cpu) as container:
        yield container, target


def until_ready(container: Container, port: int) -> float:
    """Seconds from the start of the container's process until it is ready."""
    deadline = time.monotonic() + _READY_WITHIN
    while True:
        with suppress(OSError, http.client.HTTPException):
            if get(port, "/health/ready")[0] == 200:
                return time.time() - container.started_at
        if time.monotonic() > deadline or not container.process.is_running():
            raise ContainerFailed(container.log()[-2000:])
        time.sleep(_POLL)  # between tries: a server that starts announces nothing


def get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_READY_WITHIN)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def ask(target: Target, times: int) -> None:
    """One after another. Raises `ContainerFailed` at the first that is not answered."""
    questions = corpus.questions()
    for _ in range(times):
        outcome = asyncio.run(load.ask_once(target, next(questions)))
        if outcome.failures:
            raise ContainerFailed(outcome.failures[0])


async def stop_under(
    container: Container, target: Target, streams: int
) -> tuple[int, float, Sequence[bytes]]:
    """Stop the container while so many answers are streaming: exit code, seconds, and what each reader got.

    A stream whose connection broke is b"".
    """
    questions = corpus.questions()
    flowing = [asyncio.Event() for _ in range(streams)]
    async with (
        httpx.AsyncClient(trust_env=False, timeout=30, limits=httpx.Limits(max_connections=None)) as client,
        asyncio.TaskGroup() as group,
    ):
        url = f"http://127.0.0.1:{target.port}{target.path}"
        readers = [group.create_task(_read(client, url, next(questions), event)) for event in flowing]
        for event in flowing:
            await event.wait()
        stopped = await asyncio.to_thread(container.stop)
    return *stopped, [reader.result() for reader in readers]


async def _read(client: httpx.AsyncClient, url: str, question: str, flowing: asyncio.Event) -> bytes:
    got = b""
    try:
        async with client.stream("POST", url, json={"question": question}) as response:
            async for chunk in response.aiter_bytes():
                got += chunk
                if b'"type":"text-delta"' in got:
                    flowing.set()
    except httpx.TransportError:
        return b""
    finally:
        flowing.set()
    return got
