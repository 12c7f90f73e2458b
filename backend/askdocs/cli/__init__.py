"""The `askdocs` command, from its first moment to its exit code."""

from __future__ import annotations

import gc
import os
import signal
import sys

_STOPPED = 130


def main() -> None:
    """Run the command that the arguments name."""
    _open_missing_streams()
    signal.signal(signal.SIGTERM, _stop)
    try:
        # Imported here because it takes a second, in which Ctrl-C must not show a stack trace either.
        # What it makes stays: to look through it for garbage again and again took a quarter of that second,
        # and once at the end 80 ms.
        gc.disable()
        from askdocs.cli.commands import run

        gc.freeze()
        gc.enable()
        code = run()
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = _STOPPED
    except OSError as error:
        code = _give_up_output(error)
    if code == _STOPPED:
        sys.stderr.write("Stopped.\n")
    sys.exit(code)


def _stop(*_: object) -> None:
    """Not by way of SIGINT, which a shell makes its background jobs ignore."""
    raise KeyboardInterrupt


def _open_missing_streams() -> None:
    """Started without standard streams, a process gives their numbers to the next files that it opens.

    Whatever is printed would then be written into a database.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115  open until the process ends
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115  open until the process ends


def _give_up_output(error: OSError) -> int:
    """The exit code after what is printed could not be written, so that nothing tries again."""
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115  open until the process ends
    if isinstance(error, BrokenPipeError):
        return 0  # the reader has seen enough, as `head` does
    what = f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error)
    sys.stderr.write(f"askdocs: {what}.\n")
    return 1
