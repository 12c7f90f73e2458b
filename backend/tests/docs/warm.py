"""An `askdocs` that starts at once: each call is a fork of one process that has imported the program.

To import it takes a second, and the pages call it a hundred times. What stands on the PATH hands its
arguments, folder, environment and standard streams over a socket, and waits for the exit code. The program is
a copy outside of the repository, so that it takes itself for an installed one.
"""

from __future__ import annotations

import array
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import askdocs

_CLIENT = """#!{python} -IS
import array, json, os, signal, socket, sys
there = socket.socket(socket.AF_UNIX)
there.connect({address!r})
call = json.dumps([os.getcwd(), dict(os.environ), sys.argv[1:]]).encode()
streams = array.array("i", [0, 1, 2])
there.sendmsg([len(call).to_bytes(4, "big") + call], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, streams)])
child = int.from_bytes(there.recv(4), "big")
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: os.kill(child, number))
code = there.recv(1)
sys.exit(code[0] if code else 1)
"""


@contextmanager
def program(folder: Path) -> Iterator[Path]:
    """The path of an `askdocs` in this folder."""
    address = folder / "askdocs.socket"
    client = folder / "askdocs"
    client.write_text(_CLIENT.format(python=sys.executable, address=str(address)))
    client.chmod(0o755)
    copied = shutil.copytree(
        Path(askdocs.__file__).parent,
        folder / "lib" / "askdocs",
        ignore=shutil.ignore_patterns("__pycache__"),
        ignore_dangling_symlinks=True,
    )
    with subprocess.Popen(
        [sys.executable, __file__, str(address)],
        env={**os.environ, "PYTHONPATH": str(copied.parent)},
        stdout=subprocess.PIPE,
    ) as server:
        assert server.stdout
        assert server.stdout.readline(), "it did not start"
        try:
            yield client
        finally:
            server.terminate()


def serve(address: str) -> None:
    """Run each call in a fork of its own."""
    from askdocs.cli import commands

    commands.program()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen(16)
        print("ready", flush=True)
        while True:
            connection, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                _answer(connection)
            connection.close()


def _answer(connection: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    head, passed, _, _ = connection.recvmsg(4, socket.CMSG_SPACE(3 * 4))
    streams = array.array("i")
    streams.frombytes(passed[0][2])
    size = int.from_bytes(head, "big")
    call = b""
    while len(call) < size:
        call += connection.recv(size - len(call))
    folder, environment, arguments = json.loads(call)
    connection.send(os.getpid().to_bytes(4, "big"))
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["askdocs", *arguments]
    connection.send(bytes([_run()]))
    os._exit(0)


def _run() -> int:
    from askdocs.cli import main

    code: object = 1
    try:
        main()
    except SystemExit as end:
        code = end.code
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    serve(sys.argv[1])
