"""What docker-compose.yml starts, really running: readers ask through the proxy, and things go wrong."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.compose import engine, images, project
from tests.compose.engine import Container, Engine
from tests.compose.images import ROOT
from tests.compose.readers import Call, Reader
from tests.compose.stack import Stack
from tests.fakes import gemini
from tests.served import only, parts
from tests.services import wait_for

unable = engine.missing()
pytestmark = pytest.mark.skipif(unable is not None, reason=f"No stand-in for a Docker engine: {unable}")

DOMAIN = "docs-api.test"
LIMIT = 12
"""Requests that a reader may make in a minute."""

READERS = 100
"""Addresses that readers may have."""

QUESTION = "How long do running answers have to finish after SIGTERM?"
PAGES = ("limits.md", "health.md", "rollback.md")
BACKENDS = ("backend", "backend-2", "backend-3")
SITE = "pk_docs_1"
SITES = json.dumps([{"name": "docs", "key": SITE, "origins": [f"https://{DOMAIN}"]}])


@dataclass
class Composed:
    """A stack of three backends that has indexed some of this project's pages for operators."""

    stack: Stack
    model: Container
    call: Call
    state: Path
    readers: Iterator[int] = field(default_factory=lambda: iter(range(1, READERS)))

    def reader(self) -> Reader:
        """Somebody whose address nobody had before."""
        net = self.stack.engine
        return Reader(
            self.call,
            net.address(f"readers-{next(self.readers)}", "edge"),
            net.address("balancer", "edge"),
            DOMAIN,
            self.state / "proxy" / "caddy" / "pki" / "authorities" / "local" / "root.crt",
        )

    def let_the_model_take_its_time(self) -> None:
        """For its next answer, which is written in several pieces."""
        reply = json.dumps({"pause": 0.4, "chunk": 1, "text": "One two three four five six."})
        self.model.run(images.python("-c", _SCRIPT, reply))

    def prometheus(self, path: str) -> dict[str, Any]:
        answer = self.stack.running["prometheus"].run(["wget", "-qO-", f"http://127.0.0.1:9090{path}"])
        found: dict[str, Any] = json.loads(answer.stdout)
        return found


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    folder = tmp_path_factory.mktemp("compose")
    (folder / "state").mkdir()
    subprocess.run(
        [ROOT / "scripts" / "make-secrets.sh", folder / "secrets"],
        env={**os.environ, "GEMINI_API_KEY": gemini.API_KEY},
        check=True,
        capture_output=True,
    )
    (folder / ".env").write_text(
        f"SECRETS_DIR={folder}/secrets\nDOMAIN={DOMAIN}\nGEMINI_BASE_URL=http://gemini:8790\n"
        f"ASKDOCS_RATE_LIMIT_REQUESTS={LIMIT}\nASKDOCS_ANSWERS__CACHE_TTL=0\nASKDOCS_SITES={SITES}\n"
        f"METRICS_TEXTFILE_DIR={folder}/metrics\n"
    )
    (folder / "metrics").mkdir()
    (folder / "metrics" / "askdocs_backup.prom").write_text("askdocs_backup_bytes 42\n")
    described = project.load(ROOT / "docker-compose.yml", folder / ".env", profiles=["scale", "monitoring"])
    with Engine(folder, list(described.networks)) as net:
        model = net.create(images.gemini("gemini", "edge"))
        stack = Stack(described, net, folder / "state")
        stack.up()
        pages = {f"/docs/{name}": ROOT / "website" / "docs" / "operate" / name for name in PAGES}
        code, said = stack.run("backend", "index", "/docs", "--site", "docs", files=pages)
        assert code == 0, said
        call = net.host_network("readers", "edge", addresses=READERS)
        yield Composed(stack, model, call, folder / "state")
        stack.down()


def question_is_answered_through_the_proxy(composed: Composed) -> None:
    response = composed.reader().ask(SITE, QUESTION)
    found = parts(response.content)
    assert only(found, "data-answer")["data"]["mode"] == "model"
    assert any("limits" in part["url"] for part in found if part["type"] == "source-url")


def forged_addresses_do_not_evade_the_rate_limit(composed: Composed) -> None:
    forger, bystander = composed.reader(), composed.reader()
    path = f"/api/v1/sites/{SITE}/nothing"
    seen = [
        forger.request("GET", path, headers={"X-Forwarded-For": f"192.0.2.{number}"}).status_code
        for number in range(LIMIT + 1)
    ]
    assert seen == [404] * LIMIT + [429]
    assert bystander.request("GET", path).status_code == 404
    # Nor does what is forged count against whom it names.
    other = composed.reader()
    for _ in range(LIMIT):
        other.request("GET", path, headers={"X-Forwarded-For": bystander.address})
    assert bystander.request("GET", path).status_code == 404


def answers_arrive_while_they_are_written(composed: Composed) -> None:
    """The model writes for two seconds. Held back by a proxy, all would arrive at its end."""
    composed.let_the_model_take_its_time()
    arrived: list[float] = []

    def on_event(event: str) -> None:
        if '"text-delta"' in event:
            arrived.append(time.monotonic())

    composed.reader().stream(SITE, QUESTION, on_event)
    assert arrived[-1] - arrived[0] > 0.5


def killed_backend_fails_no_new_question(composed: Composed) -> None:
    with ThreadPoolExecutor(4) as askers:
        under_way = [askers.submit(composed.reader().ask, SITE, QUESTION) for _ in range(4)]
        wait_for(lambda: any(asked.done() for asked in under_way))
        composed.stack.running["backend-2"].kill()
        later = [askers.submit(composed.reader().ask, SITE, QUESTION) for _ in range(12)]
        whole = [_is_whole(asked.result().content) for asked in later]
    assert all(whole)
    composed.stack.start("backend-2")
    wait_for(lambda: composed.stack.is_healthy("backend-2"), within=60)


def metrics_are_read_from_inside_only(composed: Composed) -> None:
    token = (composed.stack.project.secrets["metrics_token"]).read_text().strip()
    for path in ("/metrics", "/metrics/", "/METRICS", "//metrics", "/x/../metrics", "/%6detrics"):
        response = composed.reader().request("GET", path, headers={"Authorization": f"Bearer {token}"})
        assert response.status_code == 404, path
        assert "http_requests_total" not in response.text, path


def prometheus_finds_every_backend_and_reads_it_with_the_token(composed: Composed) -> None:
    def health() -> dict[str, str]:
        found = composed.prometheus("/api/v1/targets")["data"]["activeTargets"]
        return {target["scrapeUrl"]: target["health"] for target in found}

    net = composed.stack.engine
    backends = {f"http://{net.address(name, 'edge')}:8080/metrics" for name in BACKENDS}
    wait_for(lambda: backends < health().keys() and "up" in {health()[url] for url in backends}, within=60)
    groups = composed.prometheus("/api/v1/rules")["data"]["groups"]
    assert {rule["health"] for group in groups for rule in group["rules"]} <= {"ok", "unknown"}
    wait_for(
        lambda: composed.prometheus("/api/v1/query?query=askdocs_backup_bytes")["data"]["result"], within=60
    )


def proxy_reaches_no_database(composed: Composed) -> None:
    net = composed.stack.engine
    for name, port in (("postgres", 5432), ("redis", 6379), ("qdrant", 6333)):
        command = ["bash", "-c", f"exec 3<> /dev/tcp/{net.address(name, 'data')}/{port}"]
        assert composed.stack.running["backend"].run(command).returncode == 0
        assert "Network is unreachable" in composed.stack.running["balancer"].run(command).stderr


def processes_have_no_more_than_they_need(composed: Composed) -> None:
    for name, container in composed.stack.running.items():
        if container.process.poll() is None:
            seen = container.run(["cat", "/proc/1/status"]).stdout.split("\n")
            status = dict(line.split(":\t", 1) for line in seen if ":\t" in line)
            assert status["CapBnd"] == ("0000000000000400" if name == "balancer" else "0" * 16), name
            assert status["NoNewPrivs"] == "1", name
            assert status["Uid"].startswith("0\t") == (name == "balancer"), name
            assert container.run(["touch", "/made"]).returncode != 0, name
            assert container.resident() < composed.stack.project.services[name].memory, name


def stack_stops_in_time_and_cuts_off_and_forgets_nothing(composed: Composed) -> None:
    composed.let_the_model_take_its_time()
    events: list[str] = []
    with ThreadPoolExecutor() as asker:
        asked = asker.submit(composed.reader().stream, SITE, QUESTION, events.append)
        wait_for(lambda: any('"text-delta"' in event for event in events))
        ended = composed.stack.down()
        asked.result()
    assert events[-1] == "[DONE]"
    assert '"finish"' in events[-2]
    # The node exporter has nothing to finish, and ends as Go programs that heed no signal do.
    assert {name: code for name, (code, _) in ended.items() if code != 0} == {"textfile": 2}
    late = [
        name for name, (_, took) in ended.items() if took >= composed.stack.project.services[name].stop_grace
    ]
    assert late == []
    composed.stack.up()
    assert _is_whole(composed.reader().ask(SITE, QUESTION).content)


CHECKS = (
    question_is_answered_through_the_proxy,
    forged_addresses_do_not_evade_the_rate_limit,
    answers_arrive_while_they_are_written,
    killed_backend_fails_no_new_question,
    metrics_are_read_from_inside_only,
    prometheus_finds_every_backend_and_reads_it_with_the_token,
    proxy_reaches_no_database,
    processes_have_no_more_than_they_need,
    stack_stops_in_time_and_cuts_off_and_forgets_nothing,
)


def test_stack(composed: Composed, subtests: pytest.Subtests) -> None:
    """In one test, or each worker of pytest would start a stack of its own."""
    for check in CHECKS:
        with subtests.test(check.__name__):
            check(composed)


_SCRIPT = """
import sys, urllib.request as u
json = {"Content-Type": "application/json"}
u.urlopen(u.Request("http://127.0.0.1:8790/_script", sys.argv[1].encode(), json))
"""


def _is_whole(body: bytes) -> bool:
    """Whether an answer came to its end, and was found in the pages."""
    return str(only(parts(body), "data-answer")["data"]["mode"]) == "model"
