"""Starts and stops the services of a project in the order and under the conditions that it states."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.compose.engine import Container, Engine, Spec
from tests.compose.images import Image, image
from tests.compose.project import Project, Service

_USERS = {"root": 0, "nobody": 65534}
_PATIENCE = 180.0
"""Seconds that a stack may take to start."""


class Failed(Exception):
    """A service did not come to what another one waits for."""


class Stack:
    """`state` holds the volumes, which outlive the containers."""

    def __init__(self, project: Project, engine: Engine, state: Path) -> None:
        self.project, self.engine, self._state = project, engine, state
        self.services = {
            name: (service, made_of)
            for name, service in project.services.items()
            if (made_of := image(service.image)) is not None
        }
        """With what their images are made of here."""
        self.running: dict[str, Container] = {}
        self._was_healthy: set[str] = set()
        for service, _ in self.services.values():
            for network in service.networks:
                engine.address(service.name, network)

    def up(self) -> None:
        """As `docker compose up --wait`."""
        deadline = time.monotonic() + _PATIENCE
        waiting = {name: service for name, (service, _) in self.services.items()}
        while waiting or not all(self.is_healthy(name) for name in self.running):
            for name, service in list(waiting.items()):
                if all(self._holds(other, condition) for other, condition in service.depends_on.items()):
                    self.start(name)
                    del waiting[name]
            if time.monotonic() > deadline:
                raise Failed(f"{sorted(waiting)} still wait; {self.said()}")
            time.sleep(0.5)  # between health checks, each of which costs a process

    def start(self, name: str) -> Container:
        self._was_healthy.discard(name)
        self.running[name] = self.engine.create(self.spec(name))
        return self.running[name]

    def run(self, name: str, *command: str, files: Mapping[str, Path]) -> tuple[int, str]:
        """As `docker compose run --rm --volume … NAME COMMAND…`; the exit code and what was printed."""
        once = f"{name}-run{len(self.engine.containers)}"
        spec = self.spec(name, called=once, command=command, files=files)
        container = self.engine.create(spec)
        code = container.process.wait(_PATIENCE)
        container.disconnect()
        return code, container.said()

    def down(self) -> dict[str, tuple[int, float]]:
        """As `docker compose stop`: what depends on others first. Exit codes, and the seconds each took."""
        ended = {}
        left = dict(self.running)
        while left:
            needed = {other for name in left for other in self.project.services[name].depends_on}
            for name in sorted(set(left) - needed):
                ended[name] = left.pop(name).stop(self.project.services[name].stop_grace)
        self.running.clear()
        return ended

    def is_healthy(self, name: str) -> bool:
        """Whether the service's own health check passed since it started; one without needs to run."""
        container, (service, made_of) = self.running[name], self.services[name]
        check = service.healthcheck
        if name in self._was_healthy:
            return True
        if container.process.poll() is not None:
            if container.process.returncode == 0 and service.declared["restart"] == "no":
                return True
            raise Failed(f"{name} ended with {container.process.returncode}: {container.said()[-3000:]}")
        if check is None:
            return True
        kind, *test = check.test or made_of.healthcheck
        command = ["sh", "-c", *test] if kind == "CMD-SHELL" else test
        try:
            passed = container.run(command, timeout=check.timeout).returncode == 0
        except subprocess.TimeoutExpired:
            passed = False
        if not passed:
            return False
        self._was_healthy.add(name)
        return True

    def said(self) -> str:
        return "\n".join(f"--- {name}\n{one.said()[-3000:]}" for name, one in self.running.items())

    def spec(
        self,
        name: str,
        *,
        called: str = "",
        command: Sequence[str] = (),
        files: Mapping[str, Path] | None = None,
    ) -> Spec:
        service, made_of = self.services[name]
        user = service.user or made_of.user
        uid = {**_USERS, **made_of.users}[user]
        entrypoint = made_of.entrypoint if service.entrypoint is None else service.entrypoint
        default = made_of.command if service.entrypoint is None else ()
        argv = [*entrypoint, *(command or (default if service.command is None else service.command))]
        read_only, folders = self._mounts(service, uid)
        return Spec(
            name=called or name,
            argv=argv,
            environment={"HOME": "/", **made_of.environment, **service.environment},
            uid=uid,
            gid=uid,
            workdir=made_of.workdir,
            networks=service.networks,
            files={**made_of.files, **self._accounts(name, made_of), **read_only, **(files or {})},
            folders=folders,
            tmpfs=service.tmpfs,
            capabilities=service.capabilities,
            read_only=bool(service.declared.get("read_only")),
            stop_signal=made_of.stop_signal,
        )

    def _mounts(self, service: Service, uid: int) -> tuple[dict[str, Path], dict[str, Path]]:
        read_only = {f"/run/secrets/{name}": self.project.secrets[name] for name in service.secrets}
        writable: dict[str, Path] = {}
        for mount in service.mounts:
            if mount.is_volume:
                # Docker gives a new volume the owner that its folder has in the image.
                source = self._state / mount.source
                source.mkdir(exist_ok=True, mode=0o700)
                os.chown(source, uid, uid)
            else:
                source = self.project.folder / mount.source
            (read_only if mount.read_only else writable)[mount.target] = source
        return read_only, writable

    def _accounts(self, name: str, made_of: Image) -> dict[str, Path]:
        passwd = self._state / f"{name}.passwd"
        users = {**_USERS, **made_of.users}
        passwd.write_text("".join(f"{user}:x:{uid}:{uid}::/:/bin/sh\n" for user, uid in users.items()))
        return {"/etc/passwd": passwd}

    def _holds(self, name: str, condition: str) -> bool:
        container = self.running.get(name)
        if container is None:
            return False
        if condition == "service_completed_successfully":
            code = container.process.poll()
            if code:
                raise Failed(f"{name} ended with {code}: {container.said()[-3000:]}")
            return code == 0
        return condition == "service_started" or self.is_healthy(name)
