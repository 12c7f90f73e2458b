"""Cloud Run's jobs: an execution runs the image's `askdocs` with its arguments, to the end."""

from __future__ import annotations

import asyncio
import copy
import itertools
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.google_cloud.cloud_run import CloudRun
from tests.fakes.google_cloud.state import REGION, Json, Refused, State, check_version, condition, missing


@dataclass
class Jobs:
    state: State
    run: CloudRun
    outputs: dict[str, str] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    def get(self, name: str) -> Json:
        if name not in self.state.jobs:
            raise missing(f"Job '{name}'")
        return self.state.jobs[name]

    def put(self, given: Json, name: str | None = None) -> Json:
        job = copy.deepcopy(given)
        if name is not None:
            check_version(given, self.get(name))
        metadata = job["metadata"]
        stored = self.state.jobs.get(metadata["name"], {"metadata": {"generation": 0}})
        metadata.update(
            namespace="111111111111",
            generation=stored["metadata"]["generation"] + 1,
            creationTimestamp="2026-01-01T00:00:00.000000Z",
        )
        metadata.setdefault("labels", {})["cloud.googleapis.com/location"] = REGION
        job["status"] = {
            "observedGeneration": metadata["generation"],
            "conditions": [condition("Ready", True)],
            "executionCount": 0,
        }
        self.state.touch(job)
        self.state.jobs[metadata["name"]] = job
        return job

    def execute(self, name: str, overrides: Json) -> Json:
        job = self.get(name)
        template = copy.deepcopy(job["spec"]["template"]["spec"])
        container = template["template"]["spec"]["containers"][0]
        for override in overrides.get("containerOverrides", []):
            container["args"] = override.get("args", container.get("args"))
        number = next(self._numbers)
        execution: Json = {
            "apiVersion": "run.googleapis.com/v1",
            "kind": "Execution",
            "metadata": {
                "name": f"{name}-{number:05d}",
                "namespace": "111111111111",
                "generation": 1,
                "creationTimestamp": f"2026-01-01T00:{number % 60:02d}:00.000000Z",
                "labels": {"run.googleapis.com/job": name, "cloud.googleapis.com/location": REGION},
            },
            "spec": template,
            "status": {"observedGeneration": 1, "conditions": [condition("Completed", None)]},
        }
        self.state.touch(execution)
        self.state.executions[execution["metadata"]["name"]] = execution
        task = asyncio.create_task(self._complete(execution, container))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return execution

    def tasks(self, execution: str) -> list[Json]:
        """The one task of an execution, with the exit code of its last attempt."""
        found = self.state.executions.get(execution)
        if found is None or "exit_code" not in found:
            return []
        result = {"exitCode": found["exit_code"]}
        return [{"metadata": {"name": f"{execution}-task0"}, "status": {"lastAttemptResult": result}}]

    async def _complete(self, execution: Json, container: Json) -> None:
        name = execution["metadata"]["name"]
        counts: dict[str, Any]
        try:
            resolved = self.run.resolved(container)
            flaw = self.run.flaw(container["image"])
            code, output = await self.run.machine.run(resolved, flaw, resolved.get("args", []))
        except Refused as error:
            code, output = 1, str(error)
        self.outputs[name] = output
        execution["exit_code"] = code
        if code == 0:
            counts, done = {"succeededCount": 1}, condition("Completed", True)
        else:
            told = f"Task {name}-task0 failed with message: The container exited with an error."
            counts, done = {"failedCount": 1}, condition("Completed", False, "NonZeroExitCode", told)
        execution["status"].update(counts, conditions=[done], completionTime="2026-01-01T01:00:00Z")
        self.state.touch(execution)

    async def close(self) -> None:
        while self._running:
            await asyncio.wait(self._running)
