"""A reader's machine: a folder, a shell that keeps its place, `askdocs` on the PATH, and no internet."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.commands import Ended
from tests.docs.blocks import Block
from tests.fakes import gemini
from tests.services import free_port

_BASH = ("bash", "-eu", "-o", "pipefail", "-c")
_WITHIN = 60.0
_NOWHERE = "http://127.0.0.1:9"
_PORT = re.compile(r"(?<![\d.])(?:8000|8080|9000)(?!\d)")


@dataclass
class Sandbox:
    """`folder` is where the shell is at first, `home` holds what is nobody's business there."""

    home: Path
    folder: Path
    variables: Mapping[str, str]
    ports: dict[str, int] = field(default_factory=dict)
    serving: subprocess.Popen[str] | None = None

    def write(self, name: str, content: str) -> None:
        """The file that a page shows."""
        path = self.place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.own(content), encoding="utf-8")

    def run(self, block: Block) -> Ended:
        """Run a block as one who pastes it: to its end, or until it serves."""
        return self._serve(block) if "serves" in block.marks else self._finish(block)

    def _finish(self, block: Block) -> Ended:
        """The next block finds the folder and the exports of this one."""
        ended = subprocess.run(
            [
                *_BASH,
                f"trap 'declare -px > {self._exports}; pwd > {self._place}' EXIT\n{self._script(block)}",
            ],
            cwd=self.place,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_WITHIN,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def _serve(self, block: Block) -> Ended:
        """Start what a block starts, wait until it is up, and let it go on instead of what went on before."""
        self.stop()
        printed = self.home / "printed"
        with printed.open("w") as out:
            self.serving = subprocess.Popen(
                ["env", "--default-signal=INT", *_BASH, self._script(block)],
                cwd=self.place,
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        before = time.monotonic() + _WITHIN
        while not _is_up(printed.read_text(), block.marks["serves"]):
            assert self.serving.poll() is None, f"{block.place}: it has ended:\n{printed.read_text()}"
            assert time.monotonic() < before, f"{block.place}: it is not up:\n{printed.read_text()}"
            time.sleep(0.02)
        return Ended(0, printed.read_text(), "")

    @property
    def place(self) -> Path:
        """The folder that the shell is in."""
        return Path(self._place.read_text().strip()) if self._place.exists() else self.folder

    def stop(self) -> None:
        """Press Ctrl-C."""
        if self.serving is None or self.serving.poll() is not None:
            return
        os.killpg(self.serving.pid, signal.SIGINT)
        code = self.serving.wait(timeout=_WITHIN)
        self.serving = None
        assert code in (0, 130, -signal.SIGINT), f"Ctrl-C ended it with {code}"

    @property
    def _place(self) -> Path:
        return self.home / "place"

    @property
    def _exports(self) -> Path:
        return self.home / "exports"

    def _script(self, block: Block) -> str:
        exported = f"source {self._exports}\n" if self._exports.exists() else ""
        return exported + self.own(block.code)

    def own(self, text: str) -> str:
        """With ports and a key of the sandbox's own instead of those that pages name."""
        text = text.replace("your-key", gemini.API_KEY)
        return _PORT.sub(lambda found: str(self.port(found[0])), text)

    def port(self, named: str) -> int:
        return self.ports.setdefault(named, free_port())


@contextmanager
def opened(home: Path, folder: Path, program: Path, **variables: str) -> Iterator[Sandbox]:
    """A sandbox in which `askdocs` is this program."""
    home.mkdir(exist_ok=True)
    sandbox = Sandbox(home, folder, {})
    sandbox.variables = {**environment(home, program), "PORT": str(sandbox.port("8000")), **variables}
    try:
        yield sandbox
    finally:
        sandbox.stop()


def _is_up(printed: str, mark: str) -> bool:
    """Whether this was printed, and what listens at the address that it names takes connections."""
    _, found, behind = printed.partition(mark)
    address = re.match(r" http://127\.0\.0\.1:(\d+)", behind)
    if address is None:
        return bool(found)
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(address[1]))) == 0


def environment(home: Path, program: Path) -> dict[str, str]:
    return {
        "PATH": os.pathsep.join([str(program.parent), *_tools()]),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "NO_UPDATE_NOTIFIER": "1",
        "PIP_NO_INDEX": "1",
        "npm_config_offline": "true",
        "http_proxy": _NOWHERE,
        "https_proxy": _NOWHERE,
        "no_proxy": "127.0.0.1,localhost",
    }


def _tools() -> list[str]:
    """Where the programs of this machine are, without those of this project's own environment."""
    return [place for place in os.environ["PATH"].split(os.pathsep) if not place.startswith(sys.prefix)]
