"""The HTTP proxy that is the fake's face: finds who answers an address, and lets faults strike."""

from __future__ import annotations

import asyncio
import base64
import re
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import orjson
from aiohttp import web

from tests.fakes import google_storage
from tests.fakes.google_cloud import logs
from tests.fakes.google_cloud.builds import Builds
from tests.fakes.google_cloud.cloud_run import CloudRun
from tests.fakes.google_cloud.containers import IMAGES, Machine
from tests.fakes.google_cloud.jobs import Jobs
from tests.fakes.google_cloud.state import PROJECT, Json, Refused, State, missing

T = TypeVar("T")
Answer = Callable[["Cloud", Json, Mapping[str, str]], Awaitable[Json]]

_APIS = (
    "artifactregistry",
    "cloudbuild",
    "cloudresourcemanager",
    "iam",
    "logging",
    "run",
    "secretmanager",
    "serviceusage",
)
_STORAGE = "storage.googleapis.test"
_PERMISSIONS = (
    (r"PUT .*/services/[^/]+$", "run.services.update"),
    (r"POST .*/services$", "run.services.create"),
    (r"GET /apis/serving.*/services/[^/]+$", "run.services.get"),
    (r"POST .*:run$", "run.jobs.run"),
    (r"GET .*:access$", "secretmanager.versions.access"),
    (r"POST .*/builds$", "cloudbuild.builds.create"),
)


@dataclass
class Cloud:
    """A project. Everything that changes it runs in the loop of its own thread."""

    folder: Path
    state: State
    run: CloudRun
    jobs: Jobs
    builds: Builds
    loop: asyncio.AbstractEventLoop
    port: int = 0
    _runner: web.AppRunner | None = None

    def client(self) -> dict[str, str]:
        """The environment in which gcloud and our scripts reach this and nothing else."""
        token = self.folder / "token"
        token.write_text("a-token")
        overrides = {
            f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api.upper()}": f"http://{api}.googleapis.test/"
            for api in _APIS
        }
        return {
            **overrides,
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE": f"http://{_STORAGE}/storage/v1/",
            "CLOUDSDK_CONFIG": str(self.folder / "gcloud"),
            "CLOUDSDK_CORE_PROJECT": PROJECT,
            "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
            "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "true",
            "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "true",
            "CLOUDSDK_CORE_DISABLE_FILE_LOGGING": "true",
            "CLOUDSDK_SURVEY_DISABLE_PROMPTS": "true",
            "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(token),
            "CLOUDSDK_PROXY_TYPE": "http",
            "CLOUDSDK_PROXY_ADDRESS": "127.0.0.1",
            "CLOUDSDK_PROXY_PORT": str(self.port),
        }

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the cloud's thread, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(120)

    def add_image(self, digest: str, does: str = "good") -> str:
        """A digest of the registry whose containers behave as IMAGES says."""
        self.state.images[digest] = IMAGES[does]
        return digest

    def service(self, name: str = "askdocs") -> Json:
        """The service as it is once nothing changes any more."""
        self.do(self.run.settle())
        return self.state.services[name]

    def traffic(self, name: str = "askdocs") -> dict[str, int]:
        """The percents that revisions really get."""
        targets = self.service(name)["status"]["traffic"]
        return {one["revisionName"]: one["percent"] for one in targets if one.get("percent")}

    async def open(self) -> None:
        app = web.Application(client_max_size=50_000_000)
        app.add_domain(_STORAGE, google_storage.application(self.builds.storage))
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        await self.builds.close()
        await self.jobs.close()
        await self.run.close()
        if self._runner:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        called = f"{request.method} {request.path}"
        self.state.requests.append(called)
        struck = next(
            (one for one in self.state.faults if one.strikes(f"{request.method} {request.path_qs}")), None
        )
        kind = struck.kind if struck else None
        if kind == "lost":
            return _cut(request)
        try:
            self._check(called, denied=kind == "denied")
            body = await request.read()
            response = web.Response(
                body=orjson.dumps(await self._dispatch(request, orjson.loads(body) if body else {})),
                content_type="application/json",
            )
        except Refused as error:
            told = {"code": error.code, "message": str(error), "status": error.status}
            response = web.Response(
                status=error.code, body=orjson.dumps({"error": told}), content_type="application/json"
            )
        return _cut(request) if kind == "lost_after" else response

    def _check(self, called: str, *, denied: bool) -> None:
        needed = {permission for pattern, permission in _PERMISSIONS if re.match(pattern, called)}
        if denied or not needed <= self.state.granted | self.state.granted_below:
            raise Refused(
                403, "PERMISSION_DENIED", f"Permission denied on {called} (or resource may not exist)."
            )

    async def _dispatch(self, request: web.Request, body: Json) -> Json:
        for method, pattern, answer in ROUTES:
            if method == request.method and (found := re.fullmatch(pattern, request.path)):
                names = {**dict(request.query), **found.groupdict()}
                return await answer(self, body, names)
        raise missing(f"{request.method} {request.path}")


def _cut(request: web.Request) -> web.StreamResponse:
    """Lose the connection."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


@contextmanager
def running(folder: Path, *, environment: Mapping[str, str], python: str = sys.executable) -> Iterator[Cloud]:
    """Serve until the block ends; whatever it runs, with this `python`, ends with it."""
    folder.mkdir(parents=True, exist_ok=True)
    state = State()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="google-cloud", daemon=True)
    thread.start()
    run = CloudRun(state, Machine(folder, environment, python))
    builds = Builds(state, google_storage.Storage(f"http://{_STORAGE}"))
    cloud = Cloud(folder, state, run, Jobs(state, run), builds, loop)
    cloud.do(cloud.open())
    try:
        yield cloud
    finally:
        cloud.do(cloud.close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


# What is answered, by method and path.


def _list(items: list[Json], kind: str, version: str = "serving.knative.dev/v1") -> Json:
    return {"apiVersion": version, "kind": f"{kind}List", "metadata": {}, "items": items}


def _labelled(items: Mapping[str, Json], names: Mapping[str, str]) -> list[Json]:
    wanted = dict(part.split("=", 1) for part in names.get("labelSelector", "").split(",") if "=" in part)
    return [
        item
        for item in items.values()
        if all(item["metadata"].get("labels", {}).get(key) == value for key, value in wanted.items())
    ]


async def _services(cloud: Cloud, _: Json, names: Mapping[str, str]) -> Json:
    return _list(list(cloud.state.services.values()), "Service")


async def _service(cloud: Cloud, _: Json, names: Mapping[str, str]) -> Json:
    return cloud.run.get(names["name"])


async def _create_service(cloud: Cloud, body: Json, _: Mapping[str, str]) -> Json:
    return await cloud.run.create(body)


async def _replace_service(cloud: Cloud, body: Json, names: Mapping[str, str]) -> Json:
    return await cloud.run.replace(names["name"], body)


async def _revisions(cloud: Cloud, _: Json, names: Mapping[str, str]) -> Json:
    return _list(_labelled(cloud.state.revisions, names), "Revision")


async def _revision(cloud: Cloud, _: Json, names: Mapping[str, str]) -> Json:
    if names["name"] not in cloud.state.revisions:
        raise missing(f"Revision '{names['name']}'")
    return cloud.state.revisions[names["name"]]


async def _policy(cloud: Cloud, _: Json, names: Mapping[str, str]) -> Json:
    return cloud.state.policies.get(names["name"], {"version": 1, "etag": "ACAB"})


async def _set_policy(cloud: Cloud, body: Json, names: Mapping[str, str]) -> Json:
    if "run.services.setIamPolicy" not in cloud.state.granted:
        raise Refused(403, "PERMISSION_DENIED", "Permission 'run.services.setIamPolicy' denied.")
    cloud.state.policies[names["name"]] = body["policy"]
    return dict(body["policy"])


async def _job(cloud: Cloud, _: Json, names: Mapping[str, str]) -> Json:
    return cloud.jobs.get(names["name"])


async def _create_job(cloud: Cloud, body: Json, _: Mapping[str, str]) -> Json:
    return cloud.jobs.put(body)


async def _replace_job(cloud: Cloud, body: Json, names: Mapping[str, str]) -> Json:
    return cloud.jobs.put(body, names["name"])


async def _run_job(cloud: Cloud, body: Json, names: Mapping[str, str]) -> Json:
    return cloud.jobs.execute(names["name"], body.get("overrides", {}))


async def _executions(cloud: Cloud, _: Json, names: Mapping[str, str]) -> Json:
    return _list(_labelled(cloud.state.executions, names), "Execution", "run.googleapis.com/v1")


async def _execution(cloud: Cloud, _: Json, names: Mapping[str, str]) -> Json:
    if names["name"] not in cloud.state.executions:
        raise missing(f"Execution '{names['name']}'")
    return cloud.state.executions[names["name"]]


async def _tasks(cloud: Cloud, _: Json, names: Mapping[str, str]) -> Json:
    execution = names.get("labelSelector", "").rpartition("=")[2]
    return _list(cloud.jobs.tasks(execution), "Task", "run.googleapis.com/v1")


async def _api(cloud: Cloud, _: Json, names: Mapping[str, str]) -> Json:
    return _usage(cloud, names["name"])


async def _apis(cloud: Cloud, _: Json, names: Mapping[str, str]) -> Json:
    return {"services": [_usage(cloud, name) for name in sorted(cloud.state.enabled)]}


def _usage(cloud: Cloud, name: str) -> Json:
    state = "ENABLED" if name in cloud.state.enabled else "DISABLED"
    return {"name": f"projects/111111111111/services/{name}", "state": state, "config": {"name": name}}


async def _secrets(cloud: Cloud, _: Json, names: Mapping[str, str]) -> Json:
    return {"secrets": [_secret_named(name) for name in sorted(cloud.state.secrets)]}


async def _log(cloud: Cloud, asked: Json, _: Mapping[str, str]) -> Json:
    return logs.entries(cloud.state.log, asked)


async def _secret(cloud: Cloud, _: Json, names: Mapping[str, str]) -> Json:
    if names["name"] not in cloud.state.secrets:
        raise missing(f"Secret [projects/111111111111/secrets/{names['name']}]")
    return _secret_named(names["name"])


def _secret_named(name: str) -> Json:
    return {"name": f"projects/111111111111/secrets/{name}", "replication": {"automatic": {}}}


async def _access(cloud: Cloud, _: Json, names: Mapping[str, str]) -> Json:
    version = await _secret(cloud, {}, names)
    value = base64.b64encode(cloud.state.secrets[names["name"]].encode()).decode()
    return {"name": f"{version['name']}/versions/1", "payload": {"data": value}}


async def _add_version(cloud: Cloud, body: Json, names: Mapping[str, str]) -> Json:
    secret = await _secret(cloud, {}, names)
    cloud.state.secrets[names["name"]] = base64.b64decode(body["payload"]["data"]).decode()
    checked = "dataCrc32c" in body["payload"]
    return {
        "name": f"{secret['name']}/versions/2",
        "state": "ENABLED",
        "clientSpecifiedPayloadChecksum": checked,
    }


async def _create_build(cloud: Cloud, body: Json, _: Mapping[str, str]) -> Json:
    return cloud.builds.create(body)


async def _build(cloud: Cloud, _: Json, names: Mapping[str, str]) -> Json:
    return cloud.builds.get(names["name"])


async def _image(cloud: Cloud, _: Json, names: Mapping[str, str]) -> Json:
    if names["digest"] not in cloud.state.images:
        raise missing("Requested entity")
    return {"name": f"projects/{PROJECT}/{names['digest']}", "uri": names["digest"], "tags": []}


async def _permissions(cloud: Cloud, body: Json, _: Mapping[str, str]) -> Json:
    return {"permissions": [one for one in body["permissions"] if one in cloud.state.granted]}


async def _permissions_below(cloud: Cloud, body: Json, _: Mapping[str, str]) -> Json:
    held = cloud.state.granted | cloud.state.granted_below
    return {"permissions": [one for one in body["permissions"] if one in held]}


_KNATIVE = r"/apis/serving\.knative\.dev/v1/namespaces/[^/]+"
_BATCH = r"/apis/run\.googleapis\.com/v1/namespaces/[^/]+"
_V1 = r"/v1/projects/[^/]+"
_NAME = r"(?P<name>[^/:]+)"

ROUTES: tuple[tuple[str, str, Answer], ...] = (
    ("GET", f"{_KNATIVE}/services", _services),
    ("POST", f"{_KNATIVE}/services", _create_service),
    ("GET", f"{_KNATIVE}/services/{_NAME}", _service),
    ("PUT", f"{_KNATIVE}/services/{_NAME}", _replace_service),
    ("GET", f"{_KNATIVE}/revisions", _revisions),
    ("GET", f"{_KNATIVE}/revisions/{_NAME}", _revision),
    ("GET", rf"{_V1}/locations/[^/]+/services/{_NAME}:getIamPolicy", _policy),
    ("POST", rf"{_V1}/locations/[^/]+/services/{_NAME}:setIamPolicy", _set_policy),
    ("GET", f"{_BATCH}/jobs/{_NAME}", _job),
    ("POST", f"{_BATCH}/jobs", _create_job),
    ("PUT", f"{_BATCH}/jobs/{_NAME}", _replace_job),
    ("POST", f"{_BATCH}/jobs/{_NAME}:run", _run_job),
    ("GET", f"{_BATCH}/executions", _executions),
    ("GET", f"{_BATCH}/executions/{_NAME}", _execution),
    ("GET", f"{_BATCH}/tasks", _tasks),
    ("GET", f"{_V1}/services", _apis),
    ("GET", f"{_V1}/services/{_NAME}", _api),
    ("GET", f"{_V1}/secrets", _secrets),
    ("GET", f"{_V1}/secrets/{_NAME}", _secret),
    ("GET", f"{_V1}/secrets/{_NAME}/versions/latest:access", _access),
    ("POST", f"{_V1}/secrets/{_NAME}:addVersion", _add_version),
    ("POST", "/v2/entries:list", _log),
    ("POST", rf"{_V1}/locations/global/builds", _create_build),
    ("GET", rf"{_V1}/locations/global/builds/{_NAME}", _build),
    ("GET", rf"{_V1}/locations/[^/]+/repositories/[^/]+/dockerImages/[^@]+@(?P<digest>.+)", _image),
    ("POST", r"/v1/projects/[^/:]+:testIamPermissions", _permissions),
    ("POST", rf"{_V1}/.+:testIamPermissions", _permissions_below),
)
