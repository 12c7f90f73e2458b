"""Python, `askdocs` and `gcloud` as commands that start at once: each call is a fork of one process.

It has imported the program, which takes a second or two, and tests call it hundreds of times. What stands
in for a command hands its arguments, folder, environment and standard streams over a socket, passes signals
on, and waits for the exit code.
"""

from __future__ import annotations

import array
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_CLIENT = """#!{python} -IS
import array, json, os, signal, socket, sys
there = socket.socket(socket.AF_UNIX)
there.connect({address!r})
call = json.dumps([{name!r}, os.getcwd(), dict(os.environ), sys.argv[1:]]).encode()
streams = array.array("i", [0, 1, 2])
there.sendmsg([len(call).to_bytes(4, "big") + call], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, streams)])
child = int.from_bytes(there.recv(4), "big")
for number in (signal.SIGINT, signal.SIGTERM):
    if signal.getsignal(number) != signal.SIG_IGN:
        signal.signal(number, lambda number, _: os.kill(child, number))
code = there.recv(1)
sys.exit(code[0] if code else 1)
"""


_OF_ASKDOCS = (
    "aiohttp.web",
    "alembic.command",
    "anyio._backends._asyncio",
    "askdocs.rollout.watch",
    "askdocs.vectors.embedded",
    "askdocs.vectors.server",
    "askdocs_minilm",
    "google.genai",
    "httpcore",
    "httpcore2",
    "onnxruntime",
    "redis.asyncio",
    "sqlalchemy.dialects.postgresql.psycopg2",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "tokenizers",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
)
"""What `askdocs` and what it runs on import where they need it: together about a second."""

_OF_GCLOUD = (
    "surface.builds.submit",
    "surface.run.deploy",
    "surface.run.jobs.deploy",
    "surface.storage.cp",
    "surface.storage.objects.list",
    "googlecloudsdk.core.credentials.google_auth_credentials",
    "googlecloudsdk.generated_clients.apis.run.v1.run_v1_client",
)
"""What its commands import that our scripts call, all but a few modules."""

_SET_BY_GCLOUD = (
    "CLOUDSDK_ROOT_DIR",
    "CLOUDSDK_PYTHON_SITEPACKAGES",
    "CLOUDSDK_GSUTIL_PYTHON",
    "CLOUDSDK_BQ_PYTHON",
    "CLOUDSDK_ENCODING",
    "PYTHONIOENCODING",
)


@dataclass(frozen=True)
class Commands:
    """Paths of what can be called. `python` takes `-m module` and `-c code`."""

    askdocs: Path
    python: Path


@contextmanager
def commands(folder: Path, *, library: Path) -> Iterator[Commands]:
    """Put the commands into the folder; they import the program from the folder `library`."""
    found = Commands(folder / "askdocs", folder / "python")
    address = folder / "warm.socket"
    with _served([sys.executable, __file__, str(address)], {"PYTHONPATH": str(library)}):
        for client in (found.askdocs, found.python):
            _write(client, address)
        yield found


@contextmanager
def gcloud(folder: Path, program: str) -> Iterator[None]:
    """Put a `gcloud` into the folder that runs the code of the one at `program`."""
    address = folder / "gcloud.socket"
    here = Path(__file__)
    # `program` chooses a Python and gives it these arguments: -S if it wants that, and the rest split at
    # spaces, which a path may hold.
    variables = {"CLOUDSDK_PYTHON_ARGS": f"-S {here.name}", "CLOUDSDK_CONFIG": str(folder / "gcloud-config")}
    with _served([program, str(address)], variables, cwd=here.parent):
        _write(folder / "gcloud", address)
        yield


@contextmanager
def _served(command: list[str], variables: Mapping[str, str], *, cwd: Path | None = None) -> Iterator[None]:
    with subprocess.Popen(
        command, cwd=cwd, env={**os.environ, **variables}, stdout=subprocess.PIPE
    ) as server:
        assert server.stdout
        assert server.stdout.readline(), "it did not start"
        try:
            yield
        finally:
            server.terminate()


def _write(client: Path, address: Path) -> None:
    client.write_text(_CLIENT.format(python=sys.executable, address=str(address), name=client.name))
    client.chmod(0o755)


def serve_askdocs(address: str) -> None:
    from askdocs.cli.commands import program

    program()
    for name in _OF_ASKDOCS:
        importlib.import_module(name)
    _serve(address, _run)


def serve_gcloud(script: str, address: str) -> None:
    """`script` is gcloud.py in the folder of its library."""
    sys.path.insert(0, str(Path(script).parent))
    program = importlib.import_module("gcloud")
    program._fix_google_module()
    importlib.import_module("googlecloudsdk.gcloud_main")
    for name in _OF_GCLOUD:
        importlib.import_module(name)
    # What `program` has set before it came here. The arguments are ours.
    own = {name: value for name, value in os.environ.items() if name in _SET_BY_GCLOUD}

    def run(_: str, arguments: list[str]) -> int:
        os.environ.update(own)
        sys.argv = [script, *arguments]
        return _ended(program.main)

    _serve(address, run)


def _serve(address: str, run: Callable[[str, list[str]], int]) -> None:
    """Run each call in a fork of its own."""
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen(64)
        print("ready", flush=True)
        while True:
            connection, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                _answer(connection, run)
            connection.close()


def _answer(connection: socket.socket, run: Callable[[str, list[str]], int]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    head, passed, _, _ = connection.recvmsg(4, socket.CMSG_SPACE(3 * 4))
    streams = array.array("i")
    streams.frombytes(passed[0][2])
    size = int.from_bytes(head, "big")
    call = b""
    while len(call) < size:
        call += connection.recv(size - len(call))
    name, folder, environment, arguments = json.loads(call)
    connection.send(os.getpid().to_bytes(4, "big"))
    threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    code = run(name, arguments)
    with suppress(OSError):
        connection.send(bytes([code]))
    os._exit(0)


def _end_with(connection: socket.socket) -> None:
    """A command that is killed takes its fork with it."""
    with suppress(OSError):
        connection.recv(1)
    os.kill(os.getpid(), signal.SIGKILL)


def _run(name: str, arguments: list[str]) -> int:
    return _ended(lambda: _call(name, arguments))


def _call(name: str, arguments: list[str]) -> None:
    if name == "askdocs":
        from askdocs.cli import main

        sys.argv = [name, *arguments]
        main()
    elif arguments[0] == "-m":
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = ["-c", *arguments[2:]]
        exec(compile(arguments[1], "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102  a test's own


def _ended(program: Callable[[], object]) -> int:
    """The exit code of a program."""
    code: object = 0
    try:
        program()
    except SystemExit as end:
        code = end.code or 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    if isinstance(code, str):
        os.write(2, f"{code}\n".encode())
    return code if isinstance(code, int) else 1


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1].endswith("gcloud.py"):
        serve_gcloud(*sys.argv[1:])
    else:
        serve_askdocs(sys.argv[1])
