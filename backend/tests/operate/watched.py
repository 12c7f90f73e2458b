"""Askdocs as it runs in production, with all that is behind it, and a real Prometheus that watches it.

PostgreSQL, Redis, Prometheus, Alertmanager and the node exporter are real; Qdrant and Gemini are stand-ins.
The configuration is the repository's, with other addresses and shorter times: minutes pass in seconds.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import yaml

from askdocs.config import load, root
from askdocs.db.database import Database
from askdocs.observability import alerts
from tests import services
from tests.fakes import gemini
from tests.services import Server, free_port

MONITORING = root() / "config" / "monitoring"
KEY = "pk_docs_local"
TOKEN = "for-prometheus"
THRESHOLDS = {"latency_p95": 1.0, "time_to_first_token_p95": 0.5}
"""Shorter than by default, so that few seconds are too many."""

_BACKEND = Path(__file__).parents[2]
_ASKDOCS = (sys.executable, "-c", "from askdocs.cli import main; main()")
_TOPICS = ("keys", "locks", "doors", "hinges", "windows", "gates", "fences", "bells")

Json = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """A message of Alertmanager: to whom, of which alerts, and what it says."""

    at: float
    receiver: str
    text: str


@dataclass
class Stack:
    folder: Path
    postgres: Server
    redis: Server
    qdrant: Server
    gemini: Server
    servers: list[Server]
    prometheus: Server
    textfiles: Path
    environment: Mapping[str, str]
    messages: list[Told] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def ask(
        self,
        questions: int,
        question: str = "How do I rotate the {topic} number {number}?",
        *,
        server: int = 0,
    ) -> list[int]:
        """Ask all at once; the statuses. No question was asked before, so the cache answers none."""

        def one(number: int) -> int:
            text = question.format(topic=_TOPICS[number % len(_TOPICS)], number=next(self._numbers))
            with suppress(httpx.HTTPError):
                url = f"{self.servers[server].url}/api/v1/sites/{KEY}/chat"
                return httpx.post(url, json={"question": text}, timeout=30, trust_env=False).status_code
            return 0

        with ThreadPoolExecutor(questions) as threads:
            return list(threads.map(one, range(questions)))

    def askdocs(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command in a process of its own, on the same database and vectors."""
        environment = {**os.environ, **self.environment}
        return subprocess.run(
            [*_ASKDOCS, *arguments], env=environment, capture_output=True, text=True, check=False
        )

    def publish(self, pages: int = len(_TOPICS)) -> subprocess.CompletedProcess[str]:
        """Publish docs of so many pages."""
        docs = self.folder / "docs"
        docs.mkdir(exist_ok=True)
        for number, topic in enumerate(_TOPICS):
            page = docs / f"{topic}.md"
            if number < pages:
                page.write_text(
                    f"# The {topic}\n\nTo rotate the {topic}, turn the {topic} by hand each month."
                )
            else:
                page.unlink(missing_ok=True)
        return self.askdocs("index", str(docs), "--site", "docs")

    def script_gemini(self, **reply: Any) -> None:
        """How Gemini meets all requests from now on; without fields, as it does by itself."""
        url = f"{self.gemini.url}/_script"
        httpx.delete(url, trust_env=False)
        if reply:
            httpx.post(url, json={"times": None, **reply}, trust_env=False).raise_for_status()

    def write_metric(self, name: str, value: float | None) -> None:
        """What a script of the operator's left for the node exporter; None takes it away."""
        file = self.textfiles / f"{name}.prom"
        if value is None:
            file.unlink(missing_ok=True)
        else:
            file.with_suffix(".new").write_text(f"{name} {value}\n")
            file.with_suffix(".new").replace(file)

    def query(self, expression: str) -> list[Json]:
        found = self.get("query", query=expression)
        result: list[Json] = found["result"]
        return result

    def alerts(self) -> list[Json]:
        """Those that are pending or fire."""
        found: list[Json] = self.get("alerts")["alerts"]
        return found

    def firing(self, name: str, **labels: str) -> Json | None:
        wanted = {"alertname": name, **labels}
        matching = (alert for alert in self.alerts() if wanted.items() <= alert["labels"].items())
        return next((alert for alert in matching if alert["state"] == "firing"), None)

    def get(self, what: str, **parameters: str) -> Json:
        url = f"{self.prometheus.url}/api/v1/{what}"
        response = httpx.get(url, params=parameters, timeout=10, trust_env=False)
        answer = response.json()
        assert answer["status"] == "success", answer
        data: Json = answer["data"]
        return data


def until(
    condition: Callable[[], Any], *, within: float, meanwhile: Callable[[], object] = lambda: None
) -> Any:
    """What the condition comes to be, and `meanwhile` is done again and again; fails if it stays empty."""
    deadline = time.monotonic() + within
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {within:g} s in vain"
        meanwhile()
        time.sleep(0.1)  # between looks at another program
    return found


@contextmanager
def watching(folder: Path, *, servers: int = 1) -> Iterator[Stack]:
    """Everything, until the block ends. The docs are published once."""
    messages: list[Told] = []
    with ExitStack() as stack:
        postgres = stack.enter_context(services.postgres())
        redis = stack.enter_context(services.redis_server())
        qdrant = stack.enter_context(
            _program(folder, "qdrant", _stand_in("qdrant", "--dir", folder / "vectors"), "/")
        )
        fake = stack.enter_context(_program(folder, "gemini", _stand_in("gemini"), "/_requests"))
        environment = _environment(folder, postgres, redis, qdrant, fake)
        running = Stack(
            folder, postgres, redis, qdrant, fake, [], qdrant, folder / "textfiles", environment, messages
        )
        with closing(Database(environment["DATABASE_URL"])) as database:
            database.upgrade()
        published = running.publish()
        assert published.returncode == 0, published.stderr
        for number in range(servers):
            command = _with(environment, *_ASKDOCS, "serve", "--port", "{port}")
            running.servers.append(
                stack.enter_context(_program(folder, f"askdocs-{number}", command, "/health/ready"))
            )
        _write_backups(running)
        exporter = stack.enter_context(_program(folder, "exporter", _exporter(running.textfiles), "/"))
        inbox = stack.enter_context(_listening(messages))
        manager = stack.enter_context(
            _program(folder, "alertmanager", _alertmanager(folder, inbox), "/-/ready")
        )
        command = _prometheus(folder, running.servers, exporter, manager)
        running.prometheus = stack.enter_context(_program(folder, "prometheus", command, "/-/ready"))
        # An alert that fires before Prometheus knows whom to tell is told a minute later.
        until(lambda: running.get("alertmanagers")["activeAlertmanagers"], within=20)
        yield running


def _environment(
    folder: Path, postgres: Server, redis: Server, qdrant: Server, fake: Server
) -> dict[str, str]:
    return {
        "PYTHONPATH": str(_BACKEND),
        "ASKDOCS_ENV": "test",
        "ASKDOCS_HOME": str(folder / "home"),
        "DATABASE_URL": services.create_database(postgres.url, "askdocs"),
        "REDIS_URL": redis.url,
        "QDRANT_URL": qdrant.url,
        "ASKDOCS_VECTORS__TRANSPORT": "rest",
        "GEMINI_API_KEY": gemini.API_KEY,
        "GEMINI_BASE_URL": fake.url,
        "METRICS_TOKEN": TOKEN,
        "SECRET_KEY": "0" * 32,
        # The model is asked whatever is found: the stand-in's embeddings mean nothing.
        "ASKDOCS_ANSWERS__MIN_CONFIDENCE": "0",
        # A few questions at once take all connections.
        "ASKDOCS_DATABASE__POOL_SIZE": "4",
        "ASKDOCS_DATABASE__MAX_OVERFLOW": "0",
        "ASKDOCS_DATABASE__POOL_TIMEOUT": "2",
    }


def _with(environment: Mapping[str, str], *command: str) -> list[str]:
    return ["env", *(f"{name}={value}" for name, value in environment.items()), *command]


def _stand_in(name: str, *arguments: object) -> list[str]:
    here = {"PYTHONPATH": str(_BACKEND)}
    return _with(here, sys.executable, "-m", f"tests.fakes.{name}", "--port", "{port}", *map(str, arguments))


@contextmanager
def _program(folder: Path, name: str, command: list[str], ready: str) -> Iterator[Server]:
    """A program on a free port, which takes the place of {port} in its command."""
    port, own = free_port(), folder / name
    own.mkdir(exist_ok=True)
    url = f"http://127.0.0.1:{port}"
    command = [part.replace("{port}", str(port)) for part in command]
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    server = Server(url, port, own, command, lambda: opener.open(url + ready, timeout=2).close())
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _write_backups(stack: Stack) -> None:
    """What backup.sh and scripts/restore-drill.sh leave behind."""
    stack.textfiles.mkdir()
    for what in ("backup", "restore_drill"):
        stack.write_metric(f"askdocs_{what}_last_success_timestamp_seconds", time.time())
        stack.write_metric(f"askdocs_{what}_duration_seconds", 12)
    stack.write_metric("askdocs_backup_bytes", 1_000_000)


def _exporter(textfiles: Path) -> list[str]:
    return [
        "prometheus-node-exporter",
        "--web.listen-address=127.0.0.1:{port}",
        "--collector.disable-defaults",
        "--collector.textfile",
        f"--collector.textfile.directory={textfiles}",
    ]


def _alertmanager(folder: Path, inbox: str) -> list[str]:
    config = yaml.safe_load((MONITORING / "alertmanager.yml").read_text())
    for route in (config["route"], *config["route"]["routes"]):
        route |= {"group_wait": "1s", "group_interval": "1s"}
    for receiver in config["receivers"]:
        (folder / receiver["name"]).write_text(f"{inbox}/{receiver['name']}")
        receiver["slack_configs"][0]["api_url_file"] = str(folder / receiver["name"])
    (folder / "alertmanager.yml").write_text(yaml.safe_dump(config))
    return [
        "prometheus-alertmanager",
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'alertmanager'}",
        "--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]


def _prometheus(folder: Path, servers: list[Server], exporter: Server, manager: Server) -> list[str]:
    config = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
    config["global"] |= {"scrape_interval": "1s", "evaluation_interval": "1s", "scrape_timeout": "1s"}
    config["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [_address(manager)]}]}]
    (folder / "token").write_text(TOKEN)
    targets = {"askdocs": servers, "backups": [exporter]}
    for job in config["scrape_configs"]:
        if "authorization" in job:
            job["authorization"]["credentials_file"] = str(folder / "token")
        job.pop("dns_sd_configs", None)
        job["static_configs"] = [
            {"targets": [_address(server) for server in targets.get(job["job_name"], [])]}
        ]
    config["rule_files"] = [str(folder / "rules.yml")]
    text = alerts.rules(load("test", alert_thresholds=THRESHOLDS), docs="https://docs.test")
    (folder / "rules.yml").write_text(_hasten(text))
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    return [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'prometheus'}",
        "--web.listen-address=127.0.0.1:{port}",
    ]


def _hasten(rules: str) -> str:
    """Twenty seconds stand for what is looked at, and two for how long it must hold."""
    return re.sub(r"for: \w+$", "for: 2s", re.sub(r"\[\w+\]", "[20s]", rules), flags=re.MULTILINE)


def _address(server: Server) -> str:
    return f"127.0.0.1:{server.port}"


@contextmanager
def _listening(messages: list[Told]) -> Iterator[str]:
    """A place for Slack's messages; its address."""

    class Inbox(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            (said,) = body["attachments"]
            messages.append(Told(time.monotonic(), self.path.strip("/"), f"{said['title']}\n{said['text']}"))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Inbox)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
