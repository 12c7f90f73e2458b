"""Containers under measurement: run as an orchestrator would, with a root that cannot be written to."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

import orjson
import psutil  # type: ignore[import-untyped]  # it ships no types

PODMAN = ("podman", "--storage-driver", "overlay", "--runtime", "runc", "--cgroup-manager", "cgroupfs")

_RUN = (
    *("run", "--network", "host", "--read-only", "--tmpfs", "/tmp"),  # noqa: S108  the container's
    *("--cap-drop", "all", "--security-opt", "no-new-privileges"),
    # Higher ones than ours cannot be set where this runs in a container itself.
    *("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"),
)


class ContainerFailed(Exception):
    """A container did not do what it was to; the message holds the end of what it said."""


@dataclass(frozen=True, slots=True)
class Container:
    """A running container and its first process. Logs are read when asked for."""

    name: str
    process: psutil.Process

    @property
    def started_at(self) -> float:
        """When its first process was created, in seconds of the system's clock, to a hundredth."""
        return float(self.process.create_time())

    def megabytes(self) -> float:
        """Resident memory, in 10^6 bytes."""
        return float(self.process.memory_info().rss) / 1e6

    def cpu(self) -> float:
        """Seconds of CPU so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def log(self) -> str:
        done = subprocess.run([*PODMAN, "logs", self.name], capture_output=True, text=True, check=True)
        return done.stdout + done.stderr

    def is_healthy(self) -> bool:
        """What its HEALTHCHECK says now."""
        command = [*PODMAN, "healthcheck", "run", self.name]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def execute(self, *command: str) -> tuple[int, str]:
        done = subprocess.run([*PODMAN, "exec", self.name, *command], capture_output=True, check=False)
        return done.returncode, (done.stdout + done.stderr).decode()

    def stop(self) -> tuple[int, float]:
        """Send SIGTERM; the exit code, and the seconds until then."""
        begun = time.perf_counter()
        subprocess.run([*PODMAN, "kill", "--signal", "TERM", self.name], capture_output=True, check=True)
        done = subprocess.run([*PODMAN, "wait", self.name], capture_output=True, text=True, check=True)
        return int(done.stdout), time.perf_counter() - begun


@contextmanager
def running(
    image: str, environment: Mapping[str, str], *, volume: Path | None = None, cpu: int | None = None
) -> Iterator[Container]:
    """Run the image's own command until the block ends, on one `cpu` alone if one is given."""
    pinned = () if cpu is None else ("taskset", "--cpu-list", str(cpu))
    with _variables(environment) as file:
        command = [*pinned, *PODMAN, *_RUN, "--detach", "--env-file", file, *_volume(volume), image]
        name = _checked(command).split()[-1]
    try:
        state = orjson.loads(_checked([*PODMAN, "inspect", name]))[0]["State"]
        if not state["Running"]:
            raise ContainerFailed(_checked([*PODMAN, "logs", name])[-2000:])
        yield Container(name, psutil.Process(state["Pid"]))
    finally:
        subprocess.run([*PODMAN, "rm", "--force", "--time", "0", name], capture_output=True, check=False)


def run(
    image: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    *,
    volume: Path | None = None,
    docs: Path | None = None,
) -> str:
    """Run a command of the image to its end; what it printed."""
    mounts = ("--volume", f"{docs}:/docs:ro") if docs else ()
    with _variables(environment) as file:
        return _checked(
            [*PODMAN, *_RUN, "--rm", "--env-file", file, *_volume(volume), *mounts, image, *arguments]
        )


def size(image: str) -> int:
    """Bytes of all layers, unpacked."""
    return int(orjson.loads(_checked([*PODMAN, "image", "inspect", image]))[0]["Size"])


def layers(image: str) -> Iterator[tuple[str, int]]:
    """What made each layer, the lowest first, and its bytes."""
    for step in reversed(orjson.loads(_checked([*PODMAN, "history", "--format", "json", image]))):
        if step["size"]:
            made = step["CreatedBy"].removeprefix("/bin/sh -c #(nop) ").split()
            yield f"{made[0]} {made[-1]}", int(step["size"])


@contextmanager
def _variables(environment: Mapping[str, str]) -> Iterator[str]:
    """A file, since a command line is for everybody to read."""
    with NamedTemporaryFile("w", prefix="askdocs-env-") as file:
        file.write("".join(f"{name}={value}\n" for name, value in environment.items()))
        file.flush()
        yield file.name


def _volume(folder: Path | None) -> Sequence[str]:
    if folder is None:
        return ()
    folder.mkdir(exist_ok=True)
    os.chown(folder, 10001, 10001)
    return ("--volume", f"{folder}:/var/lib/askdocs")


def _checked(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ContainerFailed(f"{' '.join(command[-3:])}: {(done.stdout + done.stderr)[-2000:]}")
    return done.stdout
