"""Somebody's CI job that publishes over HTTPS, and a door before the server that it publishes to."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from askdocs.index import manifest as wire
from askdocs.index import run
from askdocs.index.run import Summary
from askdocs.publishing import server, upload
from askdocs.publishing.credentials import Fixed
from askdocs.sources import open_source
from askdocs.tenancy import api_keys
from askdocs.types import Actor, Page, Permission, Site, SourceSpec
from tests.commands import Ended
from tests.processes import command_line, end
from tests.served import Served

ME = Actor("operator", "", "me")
OPTIONS = {"dry_run": False, "force": False, "take_over": False}


@dataclass
class Door:
    """Stands before the server: notes what goes through it, and does to a request what a test says."""

    app: ASGIApp
    passed: list[str] = field(default_factory=list)
    refuse: list[int] = field(default_factory=list)
    hold: str = ""
    held: asyncio.Event = field(default_factory=asyncio.Event)
    before_commit: Callable[[], Awaitable[object]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "/publishes" not in scope["path"]:
            await self.app(scope, receive, send)
            return
        asked = kind(scope["path"])
        self.passed.append(asked)
        if self.refuse:
            await refuse(send, self.refuse.pop(0))
        elif self.hold and self.passed == self.hold.split():
            self.held.set()
            while (await receive())["type"] != "http.disconnect":
                pass
        else:
            if asked == "commit" and self.before_commit:
                first, self.before_commit = self.before_commit, None
                await first()
            await self.app(scope, receive, send)

    def asked(self) -> list[str]:
        """What was asked since the last time."""
        told, self.passed = self.passed, []
        return told


def kind(path: str) -> str:
    return "part" if "/parts/" in path else "commit" if path.endswith("/commit") else "begin"


async def refuse(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"retry-after", b"0")]})
    await send({"type": "http.response.body", "body": b"Not now."})


@dataclass
class Publisher:
    """Somebody's CI job: a folder of docs, a key and the command."""

    served: Served
    door: Door
    site: Site
    folder: Path
    secret: str

    @property
    def docs(self) -> Path:
        return self.folder / "docs"

    def write(self, **pages: str) -> None:
        self.docs.mkdir(exist_ok=True)
        for name, text in pages.items():
            (self.docs / f"{name}.md").write_text(f"# {name}\n\n{text}\n")

    def start(self, *arguments: str, secret: str | None = None, first: str = "") -> subprocess.Popen[str]:
        """`first` is done in the process before the command."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ASKDOCS_")},
            "ASKDOCS_ENV": "production",  # in which other commands need a database and a model
            "ASKDOCS_HOME": str(self.folder / "home"),
            "ASKDOCS_CONFIG_DIR": str(self.folder),
            "ASKDOCS_API_KEY": self.secret if secret is None else secret,
        }
        usual = ["--api", f"http://127.0.0.1:{self.served.port}", "--site", self.site.name]
        script = f"{first}\nfrom askdocs.cli import main; main()"
        line = command_line("publish", str(self.docs), *usual, *arguments, script=script)
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(line, env=environment, text=True, **pipes)

    async def run(self, *arguments: str, **options: Any) -> Ended:
        return await asyncio.to_thread(end, self.start(*arguments, **options))

    async def publish(self, *arguments: str, **options: Any) -> dict[str, Any]:
        ended = await self.run("--json", *arguments, **options)
        assert ended.code == 0, ended.err
        summary: dict[str, Any] = json.loads(ended.out)
        return summary

    async def here(
        self, *, secret: str = "", api: str = "", origins: Sequence[str] = (), **options: bool
    ) -> dict[str, Any]:
        """As the command does, without a process of its own."""
        address, chosen = api or f"http://127.0.0.1:{self.served.port}", {**OPTIONS, **options}
        async with server.connect(
            address, self.site.name, credentials=Fixed(secret or self.secret)
        ) as connected:
            sources, found = await upload.read([SourceSpec(self.docs)], strict=False, report=print)
            manifest = upload.described(sources, found, whole=False, origins=origins)
            return await upload.publish(connected, manifest, found, chosen, report=print)

    async def index(self) -> Summary:
        """What is in the folder, as whoever has the database does."""
        return await run.index(self.served.rt, self.site, [open_source(SourceSpec(self.docs))])

    async def manifest(self, **changes: Any) -> tuple[wire.Manifest, list[Page]]:
        sources, found = await upload.read([SourceSpec(self.docs)], strict=False, report=lambda _: None)
        described = upload.described(sources, found, whole=False)
        return described.model_copy(update=changes), list(found.pages.values())

    async def send(self, path: str, body: bytes, *, method: str = "POST") -> httpx.Response:
        headers = {"authorization": f"Bearer {self.secret}", "content-type": "application/octet-stream"}
        address = f"/api/v1/admin/sites/{self.site.name}/publishes{path}"
        return await self.served.client.request(method, address, content=body, headers=headers)


async def make(served: Served, site: Site, may: Permission = "publish", **fields: Any) -> str:
    wanted = {"name": "CI", "permissions": [may], "actor": ME, **fields}
    return (await api_keys.create(served.rt, site, **wanted))[1]
