"""Runs what an image of ours would run: an `askdocs` process for each instance and each task of a job."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.fakes.google_cloud.state import Json, Refused
from tests.services import free_port

BACKEND = Path(__file__).parents[3]

IMAGES = {
    "good": "",
    "will not start": "crash",
    "has no widget": "no-widget",
    "fails answers": "failing-answers",
    "answers slowly": "slow-answers",
}
"""What an image does, and the flaw that tests.fakes.google_cloud.image is to have for it."""

_STARTUP = 60.0
"""Seconds that an instance may take here: a real one gets 240."""


@dataclass(frozen=True)
class Instance:
    """A process and where it listens."""

    process: asyncio.subprocess.Process
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        await self.process.wait()


@dataclass
class Machine:
    """Where containers run. `environment` is what the network would do: names of services that only exist
    here, such as the address of the stand-in for Gemini."""

    folder: Path
    environment: Mapping[str, str]
    python: str
    started: int = 0

    async def serve(self, container: Json, flaw: str, identity: Mapping[str, str]) -> Instance:
        """An instance of a revision, once it answers. Errors: `Refused` if it ends instead."""
        port = free_port()
        process, log = await self._start(
            container, flaw, container.get("args") or ["serve"], {"PORT": str(port), **identity}
        )
        instance = Instance(process, port, log)
        try:
            async with asyncio.timeout(_STARTUP):
                await self._answering(instance)
        except TimeoutError:
            await instance.stop()
            raise Refused(500, "HealthCheckContainerError", _NOT_LISTENING) from None
        return instance

    async def run(self, container: Json, flaw: str, arguments: Sequence[str]) -> tuple[int, str]:
        """The exit code of a task, and what it printed."""
        process, log = await self._start(container, flaw, arguments, {})
        return await process.wait(), log.read_text(errors="replace")

    async def _start(
        self, container: Json, flaw: str, arguments: Sequence[str], more: Mapping[str, str]
    ) -> tuple[asyncio.subprocess.Process, Path]:
        self.started += 1
        home = self.folder / f"container-{self.started}"
        home.mkdir(parents=True)
        log = home / "log"
        plain = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
        environment = {
            **plain,
            "PYTHONPATH": str(BACKEND),
            "ASKDOCS_HOME": str(home),
            "ASKDOCS_SERVER__HOST": "127.0.0.1",
            **self.environment,
            **{one["name"]: one["value"] for one in container.get("env", [])},
            **more,
        }
        program = [self.python, "-m", "tests.fakes.google_cloud.image", flaw or "none", *arguments]
        with log.open("wb") as out:
            process = await asyncio.create_subprocess_exec(
                *program,
                env=environment,
                cwd=home,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        return process, log

    async def _answering(self, instance: Instance) -> None:
        while True:
            if instance.process.returncode is not None:
                raise Refused(500, "HealthCheckContainerError", _NOT_LISTENING)
            if await asyncio.to_thread(_answers, f"{instance.url}/health/ready"):
                return
            await asyncio.sleep(0.05)  # between probes: a server that starts announces nothing


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as response:  # noqa: S310  a loopback address of ours
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


_NOT_LISTENING = (
    "The user-provided container failed to start and listen on the port defined provided by the PORT=8080 "
    "environment variable within the allocated timeout."
)
