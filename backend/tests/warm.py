"""Python and `askdocs` as commands that start at once: each call is a fork of one process.

It has imported the program, which takes a second or two, and tests call it hundreds of times. What stands
in for a command hands its arguments, folder, environment and standard streams over a socket, passes signals
on, and waits for the exit code.
"""

from __future__ import annotations

import array
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
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
    signal.signal(number, lambda number, _: os.kill(child, number))
code = there.recv(1)
sys.exit(code[0] if code else 1)
"""


@dataclass(frozen=True)
class Commands:
    """Paths of what can be called. `python` takes `-m module` and `-c code`."""

    askdocs: Path
    python: Path


@contextmanager
def commands(folder: Path, *, library: Path) -> Iterator[Commands]:
    """Put the commands into the folder; they import the program from the folder `library`."""
    address = folder / "warm.socket"
    found = Commands(folder / "askdocs", folder / "python")
    for client in (found.askdocs, found.python):
        client.write_text(_CLIENT.format(python=sys.executable, address=str(address), name=client.name))
        client.chmod(0o755)
    with subprocess.Popen(
        [sys.executable, __file__, str(address)],
        env={**os.environ, "PYTHONPATH": str(library)},
        stdout=subprocess.PIPE,
    ) as server:
        assert server.stdout
        assert server.stdout.readline(), "it did not start"
        try:
            yield found
        finally:
            server.terminate()


def serve(address: str) -> None:
    """Run each call in a fork of its own."""
    from askdocs.cli.commands import program

    program()
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
    name, folder, environment, arguments = json.loads(call)
    connection.send(os.getpid().to_bytes(4, "big"))
    threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    code = _run(name, arguments)
    with suppress(OSError):
        connection.send(bytes([code]))
    os._exit(0)


def _end_with(connection: socket.socket) -> None:
    """A command that is killed takes its fork with it."""
    with suppress(OSError):
        connection.recv(1)
    os.kill(os.getpid(), signal.SIGKILL)


def _run(name: str, arguments: list[str]) -> int:
    code: object = 0
    try:
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
    serve(sys.argv[1])
