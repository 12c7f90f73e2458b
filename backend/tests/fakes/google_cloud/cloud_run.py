"""Cloud Run's services: a change of the template makes a revision, and ready revisions get the traffic."""

from __future__ import annotations

import asyncio
import copy
import itertools
import uuid
from dataclasses import dataclass, field

from tests.fakes.google_cloud.containers import Instance, Machine
from tests.fakes.google_cloud.ingress import Ingress
from tests.fakes.google_cloud.state import (
    PROJECT,
    REGION,
    Json,
    Refused,
    State,
    check_version,
    condition,
    missing,
)

_NOWHERE = "http://127.0.0.1:9"
"""The discard service's port, where nothing answers."""

_EPOCH = "2026-01-01T00:00:00.000000Z"


@dataclass
class CloudRun:
    state: State
    machine: Machine
    instances: dict[str, Instance] = field(default_factory=dict)
    ingresses: dict[str, Ingress] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _reconciling: set[asyncio.Task[None]] = field(default_factory=set)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def get(self, name: str) -> Json:
        if name not in self.state.services:
            raise missing(f"Resource '{name}' of kind 'SERVICE' in region '{REGION}' in project '{PROJECT}'")
        return self.state.services[name]

    async def create(self, given: Json) -> Json:
        name = given["metadata"]["name"]
        if name in self.state.services:
            raise Refused(409, "ALREADY_EXISTS", f"Resource '{name}' already exists.")
        service = self._accepted(given, None)
        self.ingresses[name] = ingress = Ingress()
        service["status"] = {"url": await ingress.start(), "traffic": []}
        self._commit(service)
        return service

    async def replace(self, name: str, given: Json) -> Json:
        stored = self.get(name)
        check_version(given, stored)
        service = self._accepted(given, stored)
        service["status"] = stored["status"]
        if service["metadata"]["generation"] == stored["metadata"]["generation"]:
            self.state.touch(service)
            self.state.services[name] = service
        else:
            self._commit(service)
        return service

    async def settle(self) -> None:
        """Wait until nothing is being changed."""
        while self._reconciling:
            await asyncio.wait(self._reconciling)

    async def close(self) -> None:
        await self.settle()
        for ingress in self.ingresses.values():
            await ingress.stop()
        await asyncio.gather(*(instance.stop() for instance in self.instances.values()))
        self.instances.clear()
        self.ingresses.clear()

    def _accepted(self, given: Json, stored: Json | None) -> Json:
        service = copy.deepcopy(given)
        traffic = service["spec"].setdefault("traffic", [{"latestRevision": True, "percent": 100}])
        if sum(target.get("percent", 0) for target in traffic) != 100:
            raise Refused(400, "INVALID_ARGUMENT", "Traffic targets must add up to 100 percent.")
        named = service["spec"]["template"].get("metadata", {}).get("name")
        for target in traffic:
            wanted = target.get("revisionName")
            if wanted and wanted != named and wanted not in self.state.revisions:
                raise Refused(400, "INVALID_ARGUMENT", f"Revision '{wanted}' does not exist.")
        metadata = service["metadata"]
        before = stored["metadata"] if stored else {}
        metadata.update(
            namespace="111111111111",
            uid=before.get("uid") or str(uuid.uuid4()),
            creationTimestamp=_EPOCH,
            generation=before.get("generation", 0),
            selfLink=f"/apis/serving.knative.dev/v1/namespaces/111111111111/services/{metadata['name']}",
        )
        metadata.setdefault("labels", {})["cloud.googleapis.com/location"] = REGION
        if stored is None or _comparable(service["spec"]) != _comparable(stored["spec"]):
            metadata["generation"] += 1
        return service

    def _commit(self, service: Json) -> None:
        """Take the new wish over, and begin to make it true."""
        name = service["metadata"]["name"]
        stored = self.state.services.get(name)
        self.state.services[name] = service
        template = service["spec"]["template"]
        is_new = stored is None or template != stored["spec"]["template"]
        revision = self._add_revision(service) if is_new else None
        service["status"]["conditions"] = [
            condition(kind, None) for kind in ("Ready", "ConfigurationsReady", "RoutesReady")
        ]
        self.state.touch(service)
        task = asyncio.create_task(self._reconcile(name, service["metadata"]["generation"], revision))
        self._reconciling.add(task)
        task.add_done_callback(self._reconciling.discard)

    def _add_revision(self, service: Json) -> Json:
        name = service["metadata"]["name"]
        template = copy.deepcopy(service["spec"]["template"])
        metadata = template.setdefault("metadata", {})
        number = next(self._numbers)
        revision: Json = {
            "apiVersion": "serving.knative.dev/v1",
            "kind": "Revision",
            "metadata": {
                **metadata,
                "name": metadata.get("name") or f"{name}-{number:05d}-abc",
                "namespace": "111111111111",
                "generation": 1,
                "creationTimestamp": f"2026-01-01T00:{number % 60:02d}:00.000000Z",
                "labels": {
                    **metadata.get("labels", {}),
                    "serving.knative.dev/service": name,
                    "cloud.googleapis.com/location": REGION,
                },
            },
            "spec": template["spec"],
            "status": {"conditions": [condition("Ready", None)]},
        }
        self.state.touch(revision)
        self.state.revisions[revision["metadata"]["name"]] = revision
        service["status"]["latestCreatedRevisionName"] = revision["metadata"]["name"]
        return revision

    async def _reconcile(self, name: str, generation: int, revision: Json | None) -> None:
        async with self._turn:
            service = self.state.services[name]
            status = service["status"]
            if revision is not None and await self._ready(revision):
                status["latestReadyRevisionName"] = revision["metadata"]["name"]
            created = self.state.revisions[status["latestCreatedRevisionName"]]
            trouble = _trouble(created)
            routed = await self._route(service)
            service = self.state.services[name]
            status = service["status"]
            ready = [
                condition("Ready", not trouble and routed, *(trouble or ("", ""))),
                condition("ConfigurationsReady", not trouble, *(trouble or ("", ""))),
                condition("RoutesReady", routed),
            ]
            status.update(conditions=ready, observedGeneration=service["metadata"]["generation"])
            self.state.touch(service)

    async def _ready(self, revision: Json) -> bool:
        try:
            await self._start(revision)
        except Refused as error:
            name = revision["metadata"]["name"]
            message = f"Revision '{name}' is not ready and cannot serve traffic. {error}"
            revision["status"]["conditions"] = [
                condition("Ready", False, error.status, message),
                condition("ContainerHealthy", False, error.status, message),
            ]
            return False
        revision["status"]["conditions"] = [condition("Ready", True), condition("ContainerHealthy", True)]
        return True

    async def _route(self, service: Json) -> bool:
        """Send traffic where the service's specification wants it, if all of that is ready."""
        status = service["status"]
        targets = []
        for wanted in service["spec"]["traffic"]:
            target = dict(wanted)
            if target.get("latestRevision"):
                target["revisionName"] = status.get("latestReadyRevisionName")
            revision = self.state.revisions.get(target["revisionName"] or "")
            if revision is None or _trouble(revision):
                return False
            targets.append((target, await self._cold_start(revision)))
        for target, url in targets:
            if target.get("tag"):
                target["url"] = url
        self.ingresses[service["metadata"]["name"]].shares = [
            (target["percent"], url) for target, url in targets if target.get("percent")
        ]
        status["traffic"] = [target for target, _ in targets]
        await self._stop_all_but(service, {target["revisionName"] for target, _ in targets})
        return True

    async def _cold_start(self, revision: Json) -> str:
        """Where the revision answers. One that was ready once gets its traffic even if nothing starts now."""
        try:
            return (await self._start(revision)).url
        except Refused:
            return _NOWHERE

    async def _start(self, revision: Json) -> Instance:
        """The revision's instance, after a cold start if it has none. Errors: `Refused`."""
        name = revision["metadata"]["name"]
        if name not in self.instances:
            service = revision["metadata"]["labels"]["serving.knative.dev/service"]
            container = self.resolved(revision["spec"]["containers"][0])
            revision["status"]["imageDigest"] = container["image"]
            flaw = self.flaw(container["image"])
            identity = {"K_SERVICE": service, "K_REVISION": name, "K_CONFIGURATION": service}
            self.instances[name] = await self.machine.serve(container, flaw, identity)
        return self.instances[name]

    async def _stop_all_but(self, service: Json, wanted: set[str]) -> None:
        """An instance without traffic goes to zero."""
        for name in [name for name in self.instances if name not in wanted]:
            revision = self.state.revisions[name]
            if revision["metadata"]["labels"]["serving.knative.dev/service"] == service["metadata"]["name"]:
                await self.instances.pop(name).stop()

    def resolved(self, container: Json) -> Json:
        """The container with its secrets as values. Errors: `Refused` if one does not exist."""
        resolved = {**container, "env": []}
        for entry in container.get("env", []):
            if "value" in entry:
                resolved["env"].append(entry)
                continue
            secret = entry["valueFrom"]["secretKeyRef"]["name"]
            if secret not in self.state.secrets:
                raise Refused(400, "SecretsAccessCheckFailed", f"Secret {secret} was not found.")
            resolved["env"].append({"name": entry["name"], "value": self.state.secrets[secret]})
        return resolved

    def flaw(self, image: str) -> str:
        """Errors: `Refused` for an image that the registry does not hold."""
        digest = image.rpartition("@")[2]
        if digest not in self.state.images:
            raise Refused(400, "ContainerMissing", f"Image '{image}' not found.")
        return self.state.images[digest]


def _trouble(revision: Json) -> tuple[str, str] | None:
    """The reason and the message, if the revision is known not to work."""
    ready = revision["status"]["conditions"][0]
    return (ready.get("reason", ""), ready.get("message", "")) if ready["status"] == "False" else None


def _comparable(spec: Json) -> Json:
    return {"template": spec["template"], "traffic": spec.get("traffic")}
