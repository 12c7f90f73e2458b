"""A stand-in for a Docker engine: containers and networks made of Linux namespaces, by bubblewrap and ip.

All of it lives in a network and a mount namespace of its own, and ends with the process that made it.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import psutil  # type: ignore[import-untyped]  # it ships no types

T = TypeVar("T")

_CLONE_NEWNET = 0x40000000
_SYSTEM = ("usr", "bin", "lib", "lib64", "sbin")


def missing() -> str | None:
    """Why there can be no containers here, if there cannot."""
    if os.geteuid() != 0:
        return "making network namespaces takes root"
    absent = [name for name in ("bwrap", "ip", "nsenter", "setpriv", "unshare") if shutil.which(name) is None]
    if absent:
        return f"{', '.join(absent)} missing: apt-get install bubblewrap iproute2 util-linux"
    probe = subprocess.run(
        ["unshare", "--mount", "--net", "true"], check=False, capture_output=True, text=True
    )
    return probe.stderr.strip() or None


@dataclass(frozen=True)
class Spec:
    """What a container is made of."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    uid: int
    gid: int
    workdir: str
    networks: Sequence[str]
    files: Mapping[str, Path]
    """What is read-only there, by its place in the container."""
    folders: Mapping[str, Path]
    """What may be written."""
    tmpfs: Sequence[str] = ()
    capabilities: Sequence[str] = ()
    read_only: bool = True
    stop_signal: signal.Signals = signal.SIGTERM


@dataclass
class Container:
    spec: Spec
    process: subprocess.Popen[bytes]
    log: Path
    disconnect: Callable[[], None] = field(repr=False)
    """Takes its addresses away, as Docker does when a container ends."""
    _init: psutil.Process | None = field(default=None, repr=False)

    @property
    def init(self) -> psutil.Process:
        """Its first process, as seen from outside."""
        while self._init is None:
            if self.process.poll() is not None:
                raise psutil.NoSuchProcess(self.process.pid)
            children = psutil.Process(self.process.pid).children()
            if children:
                self._init = children[0]
        return self._init

    def run(self, command: Sequence[str], *, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a command inside, as `docker exec` does."""
        enter = [
            _program("nsenter"),
            f"--target={self.init.pid}",
            "--mount",
            "--net",
            "--pid",
            "--ipc",
            "--uts",
        ]
        return subprocess.run(
            [*enter, f"--wdns={self.spec.workdir}", *_as_user(self.spec), *command],
            env=dict(self.spec.environment),
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def stop(self, grace: float) -> tuple[int, float]:
        """Stop it as `docker stop` does; its exit code, and the seconds it took."""
        began = time.monotonic()
        with suppress(psutil.NoSuchProcess):
            self.init.send_signal(self.spec.stop_signal)
        try:
            self.process.wait(grace)
        except subprocess.TimeoutExpired:
            self.kill()
        else:
            self.disconnect()
        return self.process.returncode, time.monotonic() - began

    def kill(self) -> None:
        with suppress(psutil.NoSuchProcess):
            self.init.kill()
        self.process.wait()
        self.disconnect()

    def resident(self) -> int:
        """Bytes of memory, counting what its processes share once for each."""
        return sum(one.memory_info().rss for one in [self.init, *self.init.children(recursive=True)])

    def said(self) -> str:
        return self.log.read_text(errors="replace")


class Engine:
    """`networks` are those that containers may join, and each is a bridge; `folder` keeps the logs."""

    def __init__(self, folder: Path, networks: Sequence[str]) -> None:
        self._folder = folder
        self._networks = {name: number for number, name in enumerate(networks, 1)}
        self._addresses: dict[tuple[str, str], str] = {}
        self._connected: dict[str, Sequence[str]] = {}
        """The networks of what runs, by name."""
        self.containers: list[Container] = []
        self._helpers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Engine:
        # /run/netns is where `ip` keeps names; a new one hides those of the machine.
        own_names = "mkdir -p /run/netns; mount -t tmpfs none /run/netns; ip link set lo up"
        self._holder = self._helper(
            "unshare", "--mount", "--net", "sh", "-ec", f"{own_names}; echo; exec sleep inf"
        )
        for number in self._networks.values():
            gateway = f"10.77.{number}.1"
            self._ip(
                # Without one of its own, a bridge takes over the hardware address of a link that may go.
                f"link add br{number} address {_hardware(gateway)} type bridge",
                f"addr add {gateway}/24 dev br{number}",
                f"link set br{number} up",
            )
        self._publish_names()
        gateways = [f"10.77.{number}.1" for number in self._networks.values()]
        server = [sys.executable, str(Path(__file__).with_name("names.py")), str(self._names_file)]
        self._helper(*self._on_host(*server, *gateways))
        return self

    def __exit__(self, *_: object) -> None:
        for container in self.containers:
            if container.process.poll() is None:
                container.kill()
        for helper in reversed(self._helpers):
            helper.kill()
            helper.communicate()

    def _helper(self, *command: str) -> subprocess.Popen[bytes]:
        """A process that says a line when it is ready, and lasts as long as this one."""
        helper = subprocess.Popen(
            [_program("setpriv"), "--pdeathsig", "KILL", *command], stdout=subprocess.PIPE
        )
        self._helpers.append(helper)
        assert helper.stdout
        if not helper.stdout.readline():
            self.__exit__()
            raise RuntimeError(f"{command[0]} ended at once")
        return helper

    def address(self, name: str, network: str) -> str:
        """The address of a container in a network, whether it exists yet or not."""
        taken = [place for place in self._addresses if place[1] == network]
        number = self._networks[network]
        return self._addresses.setdefault((name, network), f"10.77.{number}.{len(taken) + 10}")

    def create(self, spec: Spec) -> Container:
        """Make a container with its networks, and start it."""
        for number, network in enumerate(spec.networks):
            self._join(spec.name, network, f"eth{number}")
        self._connected[spec.name] = spec.networks
        self._publish_names()
        log = self._folder / f"{spec.name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                self._on_host(
                    "ip", "netns", "exec", spec.name, "bwrap", *self._sandbox(spec), "--", *_as_user(spec)
                )
                + list(spec.argv),
                env=dict(spec.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        container = Container(spec, process, log, lambda: self._leave(spec))
        self.containers.append(container)
        return container

    def host_network(self, name: str, network: str, *, addresses: int) -> Callable[[Callable[[], T]], T]:
        """A host in a network, with several addresses, where functions of this process can be called."""
        self._join(name, network)
        further = [self.address(f"{name}-{number}", network) for number in range(1, addresses)]
        self._ip(*(f"-n {name} addr add {address}/24 dev eth0" for address in further))
        place = os.open(f"/proc/{self._holder.pid}/root/run/netns/{name}", os.O_RDONLY)

        def enter() -> None:
            if ctypes.CDLL(None, use_errno=True).setns(place, _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")

        # A network namespace belongs to a thread, and so do the connections that it opens.
        threads = ThreadPoolExecutor(initializer=enter, thread_name_prefix=name)
        return lambda function: threads.submit(function).result()

    def _join(self, name: str, network: str, device: str = "eth0") -> None:
        number = self._networks[network]
        address = self.address(name, network)
        outside = _link(address)
        if device == "eth0":
            self._ip(f"netns add {name}", f"-n {name} link set lo up")
        self._ip(
            f"link add {outside} type veth peer name {device} netns {name}",
            f"link set {outside} master br{number} up",
            f"-n {name} link set {device} address {_hardware(address)}",
            f"-n {name} addr add {address}/24 dev {device}",
            f"-n {name} link set {device} up",
        )

    def _leave(self, spec: Spec) -> None:
        del self._connected[spec.name]
        self._publish_names()
        # The links first: with the namespace they would go some time later.
        links = [_link(self.address(spec.name, network)) for network in spec.networks]
        self._ip(*(f"link delete {link}" for link in links), f"netns delete {spec.name}")

    def _ip(self, *commands: str) -> None:
        script = "\n".join(f"ip {command}" for command in commands)
        subprocess.run(self._on_host("sh", "-ec", script), check=True, capture_output=True)

    def _on_host(self, *command: str) -> list[str]:
        place = f"/proc/{self._holder.pid}/ns"
        return [_program("nsenter"), f"--net={place}/net", f"--mount={place}/mnt", "--", *command]

    def _sandbox(self, spec: Spec) -> list[str]:
        resolver = self._folder / f"{spec.name}.resolv.conf"
        resolver.write_text(f"nameserver 10.77.{self._networks[spec.networks[0]]}.1\n")
        hosts = self._folder / "hosts"
        hosts.write_text("127.0.0.1 localhost\n")
        files = {
            "/etc/hosts": hosts,
            "/etc/resolv.conf": resolver,
            "/etc/ld.so.cache": Path("/etc/ld.so.cache"),
            "/etc/ssl": Path("/etc/ssl"),
        }
        options = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--hostname", spec.name, "--as-pid-1"]
        options += ["--die-with-parent", "--cap-add", "ALL"]
        for folder in (Path("/") / name for name in _SYSTEM):
            if folder.is_symlink():
                options += ["--symlink", os.readlink(folder), str(folder)]
            elif folder.is_dir():
                options += ["--ro-bind", str(folder), str(folder)]
        options += ["--proc", "/proc", "--dev", "/dev"]
        files |= spec.files
        options += _made(_parents(spec.tmpfs))
        # First, since what is mounted may lie within one: this checkout may be below /tmp.
        for target in spec.tmpfs:
            options += ["--perms", "1777", "--tmpfs", target]
        options += _made(_parents([*files, *spec.folders, "/run/netns", "/var/run", f"{spec.workdir}/file"]))
        options += ["--symlink", "../run", "/var/run"]
        for target, source in files.items():
            options += ["--ro-bind", str(source), target]
        for target, source in spec.folders.items():
            options += ["--bind", str(source), target]
        options += ["--chdir", spec.workdir]
        return [*options, "--remount-ro", "/"] if spec.read_only else options

    @property
    def _names_file(self) -> Path:
        return self._folder / "names.json"

    def _publish_names(self) -> None:
        """Tell the name server who is there. A container asks from its address in its first network."""
        told = {
            self.address(asker, networks[0]): {
                name: self.address(name, network)
                for name, theirs in self._connected.items()
                for network in theirs
                if network in networks
            }
            for asker, networks in self._connected.items()
        }
        fresh = self._names_file.with_suffix(".new")
        fresh.write_text(json.dumps(told))
        fresh.replace(self._names_file)


def _link(address: str) -> str:
    """The name of the host's end of the link to an address."""
    return "v" + "x".join(address.split(".")[2:])


def _hardware(address: str) -> str:
    """One for each address, so that neighbours find a container that comes back where it was."""
    return "02:42:" + ":".join(f"{int(part):02x}" for part in address.split("."))


def _parents(places: Sequence[str]) -> list[str]:
    """The folders to make first, from the top: bubblewrap would make them for root alone."""
    inside = {str(parent) for place in places for parent in Path(place).parents}
    return sorted(name for name in inside - {"/"} if name.split("/")[1] not in _SYSTEM)


def _made(folders: Sequence[str]) -> list[str]:
    return [option for folder in folders for option in ("--perms", "0755", "--dir", folder)]


def _as_user(spec: Spec) -> list[str]:
    bounding = ",".join(["-all", *(f"+{name.lower()}" for name in spec.capabilities)])
    return [
        "setpriv",
        f"--reuid={spec.uid}",
        f"--regid={spec.gid}",
        "--clear-groups",
        "--no-new-privs",
        "--inh-caps=-all",
        f"--bounding-set={bounding}",
    ]


def _program(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is missing"
    return found
