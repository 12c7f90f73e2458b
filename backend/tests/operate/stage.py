"""A project with what a release needs: real PostgreSQL, the stand-ins for Qdrant and Gemini, a site with two
published revisions, and the scripts as an operator calls them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from askdocs.config import load, root
from askdocs.db import sites
from askdocs.index import run
from askdocs.runtime import open_runtime
from askdocs.sources import open_source
from askdocs.types import SourceSpec
from tests import services
from tests.commands import Ended
from tests.fakes import gemini, google_cloud, qdrant
from tests.fakes.google_cloud import Cloud
from tests.warm import Commands

GOOD = "sha256:" + "1" * 64
NEWER = "sha256:" + "2" * 64
SERVICE = "askdocs"
KEY = "pk_docs_staged"
ORIGIN = "https://docs.example.com"
REPOSITORY = "us-central1-docker.pkg.dev/demo/askdocs/askdocs"
TOKEN = "metrics-token-of-the-stage-0123456789"
WIDGET = {"askdocs.js": 'import("./panel-BTq1XaAp.js");' + " " * 900, "panel-BTq1XaAp.js": " " * 30_000}
"""Stand-ins for the widget's files, which `make test-backend` does not build."""

_APIS = ("run", "secretmanager", "artifactregistry", "cloudresourcemanager", "cloudbuild")
_PATIENCE = 120.0
"""Seconds that a script may take, and until a deploy is at its first step: 12 on an idle machine."""


@dataclass(frozen=True)
class Outside:
    """The services that instances talk to, and a database to make copies of."""

    postgres: str
    qdrant: str
    gemini: str
    widget: Path
    commands: Commands
    gcloud: Path
    """The folder of the `gcloud` that scripts call."""

    def settings(self, database: str) -> dict[str, Any]:
        return {
            "database_url": database,
            "qdrant_url": self.qdrant,
            "gemini_api_key": gemini.API_KEY,
            "gemini_base_url": self.gemini,
        }


@contextmanager
def outside(folder: Path, postgres: services.Server, commands: Commands, gcloud: Path) -> Iterator[Outside]:
    """Serve Qdrant and Gemini, and publish a site twice into the database `staged`."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="outside", daemon=True)
    thread.start()
    stack = AsyncExitStack()

    async def open_all() -> tuple[str, str]:
        vectors = await stack.enter_async_context(qdrant.running(folder / "qdrant"))
        models = await stack.enter_async_context(gemini.running())
        return vectors.url, models.url

    widget = folder / "widget"
    widget.mkdir()
    for name, text in WIDGET.items():
        (widget / name).write_text(text)
    try:
        urls = asyncio.run_coroutine_threadsafe(open_all(), loop).result(30)
        found = Outside(postgres.url, *urls, widget, commands, gcloud)
        database = services.create_database(postgres.url, f"staged-{os.getpid()}")
        asyncio.run(_publish(found.settings(database), folder))
        yield found
    finally:
        asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _publish(settings: dict[str, Any], folder: Path) -> None:
    docs = folder / "docs"
    docs.mkdir()
    async with open_runtime(load("test", home=folder / "home", sites=[], **settings), migrate=True) as rt:
        site = await rt.db.run(sites.add, "docs", origins=[ORIGIN], key=KEY)
        for edition in (1, 2):
            (docs / "start.md").write_text(
                f"# Getting started\n\nTo get started, install the program. This is edition {edition}.\n"
            )
            await run.index(rt, site, [open_source(SourceSpec(docs))])


@dataclass
class Stage:
    """An installation: a service, its secrets and its database."""

    cloud: Cloud
    outside: Outside
    database: str
    folder: Path
    service: str = SERVICE

    def seed_secrets(self) -> None:
        values = {
            "secret-key": "0123456789abcdef0123456789abcdef-staged",
            "database-url": self.database,
            "qdrant-url": self.outside.qdrant,
            "gemini-api-key": gemini.API_KEY,
            "metrics-token": TOKEN,
        }
        self.cloud.state.secrets.update({f"{self.service}-{name}": value for name, value in values.items()})

    def stand(self, *images: str, sites: Mapping[str, int] | None = None, **newest: Any) -> list[str]:
        """Release these images one after the other, as deploy.sh did in the past: their revisions, newest
        first. `sites` is what all but the newest were serving; `newest` are further fields of its record."""
        revisions: list[str] = []
        for number, image in enumerate(images):
            revision = f"{self.service}-old{number}"
            known = {**_RECORD, "revision": revision, "image": image, "state": "serving"}
            older = self.releases() if revisions else []
            replaced = [one | {"state": "replaced", "sites": dict(sites or {})} for one in older]
            is_newest = number == len(images) - 1
            records = [known | (newest if is_newest else {}), *replaced]
            wanted = service(revision, image, records, called=self.service)
            run = self.cloud.run
            self.cloud.do(run.replace(self.service, wanted) if revisions else run.create(wanted))
            revisions.insert(0, revision)
        assert self.served_images() == {images[-1]: 100}
        return revisions

    def annotate(self, name: str, value: str) -> None:
        """Write an annotation of the service, as somebody else would."""
        service = self.cloud.service(self.service)
        annotations = service["metadata"]["annotations"] | {name: value}
        changed = service | {"metadata": service["metadata"] | {"annotations": annotations}}
        self.cloud.do(self.cloud.run.replace(self.service, changed))

    def environment(self, variables: Mapping[str, str] | None = None) -> dict[str, str]:
        """What an operator's shell holds. gcloud and curl reach the stand-in and nothing else."""
        plain = {name: os.environ[name] for name in ("LANG", "HOME", "TMPDIR") if name in os.environ}
        return {
            **plain,
            "PATH": f"{self.outside.gcloud}:{os.environ['PATH']}",
            **self.cloud.client(),
            "ASKDOCS": str(self.outside.commands.askdocs),
            "PYTHONPATH": str(root() / "backend"),
            "DOCKER_HOST": "unix:///nonexistent",  # images are built by the stand-in
            "ASKDOCS_DEPLOYMENT__TRAFFIC_STEPS": "[50,100]",
            "ASKDOCS_DEPLOYMENT__STEP_SECONDS": "0.5",
            **(variables or {}),
        }

    def begin(self, script: str, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start a script in a process group of its own, as a terminal does."""
        return subprocess.Popen(
            # Whatever the tests were started by: a shell makes its background jobs ignore SIGINT.
            ["env", "--default-signal=INT", str(root() / script), *arguments],
            cwd=self.folder,
            env=self.environment(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def call(self, script: str, *arguments: str, **variables: str) -> Ended:
        process = self.begin(script, *arguments, **variables)
        out, err = process.communicate(timeout=_PATIENCE)
        return Ended(process.returncode, out, err)

    def wait_for_shift(self, process: subprocess.Popen[str], shares: Mapping[str, int]) -> None:
        """Wait until the images have these shares of the traffic, while a script of `begin` moves it."""

        def is_shared() -> bool:
            assert process.poll() is None, process.stderr and process.stderr.read()
            return self.served_images() == shares

        services.wait_for(is_shared, within=_PATIENCE)

    def deploy(self, image: str, *arguments: str, **variables: str) -> Ended:
        usual = ("demo", "--env", "staging", "--image", f"{REPOSITORY}@{image}", "--yes")
        skipped = () if "--with-backup" in arguments else ("--skip-backup", "a test")
        chosen = [one for one in arguments if one != "--with-backup"]
        return self.call("deploy.sh", *usual, *skipped, *chosen, **variables)

    def rollback(self, *arguments: str, **variables: str) -> Ended:
        usual = ("--project", "demo", "--env", "staging", "--yes")
        return self.call("rollback.sh", *arguments, *usual, **variables)

    def live(self, site: str = "docs") -> int:
        """The revision that the site's index really is at."""
        statement = (
            "SELECT live_revision FROM stores JOIN sites ON sites.id = stores.site_id WHERE sites.name = %s"
        )
        ((revision,),) = services.execute(self.database, statement, site)
        assert isinstance(revision, int)
        return revision

    def image(self, revision: str) -> str:
        return str(self.cloud.state.revisions[revision]["spec"]["containers"][0]["image"]).rpartition("@")[2]

    def served_images(self) -> dict[str, int]:
        """Percent of the traffic by image digest."""
        return {
            self.image(revision): percent for revision, percent in self.cloud.traffic(self.service).items()
        }

    def releases(self) -> list[dict[str, Any]]:
        annotations = self.cloud.service(self.service)["metadata"]["annotations"]
        found: list[dict[str, Any]] = json.loads(annotations["askdocs.dev/releases"])
        return found

    @property
    def url(self) -> str:
        return str(self.cloud.service(self.service)["status"]["url"])

    def ask(self, question: str = "How do I get started?") -> httpx.Response:
        return httpx.post(
            f"{self.url}/api/v1/sites/{KEY}/chat",
            json={"question": question},
            headers={"origin": ORIGIN},
            trust_env=False,
            timeout=30,
        )


@contextmanager
def staged(outside: Outside, folder: Path, name: str) -> Iterator[Stage]:
    network = {
        "GEMINI_BASE_URL": outside.gemini,
        "ASKDOCS_SERVER__WIDGET_DIR": str(outside.widget),
        "ASKDOCS_RATE_LIMIT_REQUESTS": "100000",
        "ASKDOCS_GUARD__NETWORK_QUESTIONS": "100000",
        "ASKDOCS_DATABASE__CONNECT_ATTEMPTS": "1",
    }
    with (
        copied_database(outside, name) as database,
        google_cloud.running(
            folder / "cloud", environment=network, python=str(outside.commands.python)
        ) as cloud,
    ):
        cloud.state.enabled.update(f"{api}.googleapis.com" for api in _APIS)
        cloud.add_image(GOOD)
        stage = Stage(cloud, outside, database, folder)
        stage.seed_secrets()
        yield stage


@contextmanager
def copied_database(outside: Outside, name: str) -> Iterator[str]:
    """A database with the two published revisions."""
    database = services.create_database(outside.postgres, name, template=f"staged-{os.getpid()}")
    try:
        yield database
    finally:
        services.drop_database(outside.postgres, name)


_RECORD = {
    "version": "0.1.0",
    "migration": "0003",
    "compatible_from": "0001",
    "deployed_at": "2026-01-01T00:00:00Z",
    "environment": "staging",
}


def service(
    revision: str, image: str, records: list[dict[str, Any]], *, called: str = SERVICE
) -> dict[str, Any]:
    """As deploy.sh has it."""
    plain = [{"name": "ASKDOCS_ENV", "value": "staging"}, {"name": "ASKDOCS_IMAGE", "value": image}]
    secret = [
        {
            "name": name.upper().replace("-", "_"),
            "valueFrom": {"secretKeyRef": {"name": f"{called}-{name}", "key": "latest"}},
        }
        for name in ("secret-key", "database-url", "qdrant-url", "gemini-api-key", "metrics-token")
    ]
    container = {"image": f"{REPOSITORY}@{image}", "env": plain + secret}
    return {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {
            "name": called,
            "annotations": {"askdocs.dev/releases": json.dumps(records)},
        },
        "spec": {
            "template": {"metadata": {"name": revision}, "spec": {"containers": [container]}},
            "traffic": [{"revisionName": revision, "percent": 100}],
        },
    }
