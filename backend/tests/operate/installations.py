"""A whole Askdocs to back up and restore: settings, docs, and a server that is being asked."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from askdocs.backups import create as creating
from askdocs.backups import keeping
from askdocs.backups.manifest import Manifest
from askdocs.backups.places import Place
from askdocs.config import Settings, load
from askdocs.control import remote
from askdocs.db import contents, sites
from askdocs.db.contents import Contents
from askdocs.edges import open_database
from askdocs.index import rollback
from askdocs.runtime import open_runtime
from askdocs.types import SourceSpec
from tests import services
from tests.served import only, parts
from tests.services import wait_for
from tests.warm import Commands

KEY = "pk_docs_local"
QUESTION = "How long does the lighthouse keep an answer?"


@dataclass
class Installation:
    """`variables` are those that commands get; `settings` are what these amount to."""

    folder: Path
    commands: Commands
    variables: dict[str, str] = field(default_factory=dict)
    overrides: dict[str, Any] = field(default_factory=dict)
    bucket: str = ""

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def docs(self) -> Path:
        return self.folder / "docs"

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    @property
    def place(self) -> Place:
        return keeping.open_place(self.bucket or str(self.backups), home=self.home)

    @property
    def settings(self) -> Settings:
        return load("test", home=self.home, **self.overrides)

    def write(self, edition: int, *, pages: int = 6) -> None:
        """Docs, every page of which names the edition."""
        self.docs.mkdir(parents=True, exist_ok=True)
        for page in range(pages):
            (self.docs / f"page{page}.md").write_text(
                f"# Page {page}\n\nThis is edition {edition} of page {page}.\n\n"
                f"## Cache\n\nThe lighthouse of page {page} keeps an answer for {edition} hours.\n"
            )

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        usual: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        environment = {**os.environ, "ASKDOCS_ENV": "test", "ASKDOCS_HOME": str(self.home), **self.variables}
        return subprocess.Popen(
            [self.commands.askdocs, *arguments], env=environment, text=True, **usual | options
        )

    def publish(self, edition: int) -> None:
        self.write(edition)
        self.operate("index", site="docs", sources=[SourceSpec(self.docs).fields()])

    def answer(self, question: str = QUESTION) -> Mapping[str, Any]:
        """What is said, and from where, without what is different each time."""
        said = self.operate("ask", site="docs", question=question)
        return {name: said[name] for name in ("answer", "citations", "sources")}

    def operate(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """The result of an operation, in the server if it runs, else here."""
        return asyncio.run(self._operate(operation, **arguments))

    async def _operate(self, operation: str, **arguments: Any) -> dict[str, Any]:
        result: dict[str, Any] = {}
        async with (
            remote.connect(self.settings) as operate,
            aclosing(operate(operation, **arguments)) as events,
        ):
            async for event in events:
                result = event.get("result", result)
        return result

    @contextmanager
    def serving(self) -> Iterator[str]:
        """A server as a process of its own; yields its address."""
        with (self.folder / "server.log").open("w") as log:
            server = self.start("serve", "--port", "0", stdout=log, stderr=log)
            try:
                yield _address(server, self.folder / "server.log")
            finally:
                server.terminate()
                server.wait(20)

    @contextmanager
    def asked(self) -> Iterator[list[str]]:
        """A server whom a reader asks one question after the other; yields the answers so far. Fails unless
        all of them were whole."""
        answers: list[str] = []
        broken: list[str] = []
        ended = threading.Event()
        with self.serving() as url, httpx.Client(base_url=url, trust_env=False, timeout=30) as client:

            def ask() -> None:
                while not ended.is_set():
                    try:
                        response = client.post(f"/api/v1/sites/{KEY}/chat", json={"question": QUESTION})
                        answers.append(_text(response.raise_for_status()))
                    except Exception as error:  # which the thread would keep to itself
                        broken.append(repr(error))
                        return

            reader = threading.Thread(target=ask)
            reader.start()
            wait_for(lambda: answers or broken)
            try:
                yield answers
            finally:
                ended.set()
                reader.join()
        assert not broken, broken[0]


def _text(response: httpx.Response) -> str:
    found = parts(response.content)
    only(found, "finish")
    return "".join(part["delta"] for part in found if part["type"] == "text-delta")


def _address(server: subprocess.Popen[str], log: Path) -> str:
    found: list[str] = []

    def announced() -> bool:
        assert server.poll() is None, log.read_text()
        found.extend(re.findall(r"Askdocs is at (http://\S+)", log.read_text()))
        return bool(found)

    wait_for(announced)
    host, _, port = found[0].removeprefix("http://").partition(":")
    wait_for(lambda: _listens(host, int(port)))  # it says where it will be before it is there
    return found[0]


def _listens(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


@contextmanager
def qdrant_server(folder: Path) -> Iterator[str]:
    """The test Qdrant as a process of its own; yields its URL."""
    command = [sys.executable, "-m", "tests.fakes.qdrant", "--port", "0", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        grpc_port = process.stdout.readline().strip()
        assert grpc_port, "the test Qdrant did not start"
        yield url
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def migrate(installation: Installation) -> None:
    db = open_database(installation.settings)
    db.upgrade()
    db.close()


def destroy(installation: Installation) -> None:
    """Everything but the backups."""
    vectors = installation.settings.vectors.collection_prefix
    if "database_url" in installation.overrides:
        url = installation.overrides["database_url"]
        services.execute(url, "DROP SCHEMA public CASCADE")
        services.execute(url, "CREATE SCHEMA public")
        with httpx.Client(base_url=installation.overrides["qdrant_url"], trust_env=False) as qdrant:
            for found in qdrant.get("/collections").json()["result"]["collections"]:
                if found["name"].startswith(f"{vectors}_"):
                    qdrant.delete(f"/collections/{found['name']}").raise_for_status()
    shutil.rmtree(installation.home)


def back_up(installation: Installation) -> Manifest:
    return creating.create(installation.settings, installation.place, creating.Wanted(recipient=None))


def roll_back(installation: Installation, *, to: int) -> None:
    async def run() -> None:
        async with open_runtime(installation.settings) as rt:
            site = await rt.db.run(sites.by_name, "docs")
            assert site is not None
            await rollback.roll_back(rt, site, to=to)

    asyncio.run(run())


def counted(installation: Installation) -> Contents:
    db = open_database(installation.settings)
    try:
        return db.run_sync(contents.read)
    finally:
        db.close()
