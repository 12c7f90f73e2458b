"""What the images of docker-compose.yml are made of on this machine.

The programs are the same, from Debian and PyPI; ours is this checkout; and for Qdrant there is the stand-in
over its engine.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.compose import dockerfile
from tests.compose.engine import Spec
from tests.services import postgres_binaries

ROOT = Path(__file__).resolve().parents[3]
_PRODUCTION = (ROOT / "backend" / "Dockerfile", "production")
_ENTRYPOINTS = Path(__file__).parent / "entrypoints"
_PREFIX = Path(sys.prefix).resolve()
_PYTHON = str(_PREFIX / "bin" / "python")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Image:
    users: Mapping[str, int]
    """Those that its /etc/passwd names, besides root and nobody."""
    user: str = "root"
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    workdir: str = "/"
    files: Mapping[str, Path] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    healthcheck: tuple[str, ...] = ()


def image(reference: str) -> Image | None:
    """The image that a reference names; None if its programs are not to be had here."""
    name = reference.partition("@")[0].rpartition(":")[0]
    return None if name in UNUSED_HERE else _IMAGES[name]()


def gemini(name: str, network: str) -> Spec:
    """A container that stands for Google's API, at port 8790."""
    return Spec(
        name=name,
        argv=python("-m", "tests.fakes.gemini", "--host", "", "--port", "8790"),
        environment={"PATH": _PATH, "PYTHONPATH": "/backend"},
        uid=65534,
        gid=65534,
        workdir="/",
        networks=[network],
        files={"/backend": ROOT / "backend"} | _python(),
        folders={},
    )


def python(*arguments: str) -> list[str]:
    """A command for containers that hold this interpreter."""
    return [_PYTHON, *arguments]


def _askdocs() -> Image:
    """As backend/Dockerfile says, but for where its packages lie."""
    files = {
        "/app/config": ROOT / "config",
        "/opt/askdocs/backend": ROOT / "backend",
        "/opt/askdocs/bin/askdocs": _ENTRYPOINTS / "askdocs.sh",
        "/opt/askdocs/bin/python": _ENTRYPOINTS / "python.sh",
    } | _python()
    uid, _, _ = dockerfile.last(*_PRODUCTION, "USER").partition(":")
    packages = {"PYTHON": _PYTHON, "PYTHONPATH": "/opt/askdocs/backend"}
    return Image(
        {"askdocs": int(uid)},
        "askdocs",
        entrypoint=dockerfile.words(*_PRODUCTION, "ENTRYPOINT"),
        command=dockerfile.words(*_PRODUCTION, "CMD"),
        environment=dockerfile.environment(*_PRODUCTION) | packages,
        workdir=dockerfile.last(*_PRODUCTION, "WORKDIR"),
        files=files,
        healthcheck=("CMD", *dockerfile.words(*_PRODUCTION, "HEALTHCHECK")),
    )


def _qdrant() -> Image:
    files = {
        "/qdrant/entrypoint.sh": _ENTRYPOINTS / "qdrant.sh",
        "/qdrant/backend": ROOT / "backend",
    } | _python()
    environment = {"PATH": _PATH, "PYTHON": _PYTHON, "PYTHONPATH": "/qdrant/backend"}
    return Image({"qdrant": 1000}, "qdrant", ("./entrypoint.sh",), (), environment, "/qdrant", files)


def _postgres() -> Image:
    environment = {"PATH": f"{postgres_binaries()}:{_PATH}", "PGDATA": "/var/lib/postgresql/data"}
    files = {"/opt/bin/docker-entrypoint.sh": _ENTRYPOINTS / "postgres.sh"}
    return Image(
        {"postgres": 999},
        entrypoint=("bash", "/opt/bin/docker-entrypoint.sh"),
        command=("postgres",),
        environment=environment,
        files=files,
        stop_signal=signal.SIGINT,
    )


def _redis() -> Image:
    return Image({"redis": 999}, command=("redis-server",), environment={"PATH": _PATH}, workdir="/data")


def _caddy() -> Image:
    environment = {"PATH": f"/opt/bin:{_PATH}", "XDG_DATA_HOME": "/data", "XDG_CONFIG_HOME": "/config"}
    return Image(
        {}, environment=environment, workdir="/srv", files={"/opt/bin/caddy": _PREFIX / "bin" / "caddy"}
    )


def _prometheus() -> Image:
    return Image({}, "nobody", ("prometheus",), environment={"PATH": _PATH}, workdir="/prometheus")


def _alertmanager() -> Image:
    entrypoint = ("prometheus-alertmanager",)
    return Image({}, "nobody", entrypoint, environment={"PATH": _PATH}, workdir="/alertmanager")


def _node_exporter() -> Image:
    return Image({}, "nobody", ("prometheus-node-exporter",), environment={"PATH": _PATH})


def _python() -> dict[str, Path]:
    """Where this interpreter and its packages are."""
    return {str(place): place for place in {_PREFIX, Path(sys.base_prefix).resolve()}}


UNUSED_HERE = ("grafana/grafana",)
"""Images whose programs no registry of packages has."""

_IMAGES = {
    "askdocs": _askdocs,
    "qdrant/qdrant": _qdrant,
    "postgres": _postgres,
    "redis": _redis,
    "caddy": _caddy,
    "prom/prometheus": _prometheus,
    "prom/alertmanager": _alertmanager,
    "prom/node-exporter": _node_exporter,
}
