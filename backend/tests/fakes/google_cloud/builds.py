"""Cloud Build: takes the uploaded folder, builds its image by `dockerfile`, and gives it to the registry."""

from __future__ import annotations

import asyncio
import copy
import hashlib
import io
import itertools
import tarfile
from dataclasses import dataclass, field

from tests.fakes.google_cloud import dockerfile
from tests.fakes.google_cloud.containers import IMAGES
from tests.fakes.google_cloud.state import PROJECT, Json, State, missing
from tests.fakes.google_storage import Storage

_METADATA = "type.googleapis.com/google.devtools.cloudbuild.v1.BuildOperationMetadata"


@dataclass
class Builds:
    """`sources` are the files that each build was given."""

    state: State
    storage: Storage
    builds: dict[str, Json] = field(default_factory=dict)
    sources: dict[str, dict[str, bytes]] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    def create(self, given: Json) -> Json:
        name = f"build-{next(self._numbers)}"
        build = copy.deepcopy(given) | {"id": name, "projectId": PROJECT, "status": "QUEUED"}
        self.builds[name] = build
        task = asyncio.create_task(self._complete(build))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return {
            "name": f"operations/build/{PROJECT}/{name}",
            "metadata": {"@type": _METADATA, "build": copy.deepcopy(build)},
        }

    def get(self, name: str) -> Json:
        if name not in self.builds:
            raise missing(f"Build {name}")
        return self.builds[name]

    async def _complete(self, build: Json) -> None:
        build["status"] = "WORKING"
        where = build["source"]["storageSource"]
        archive = self.storage.objects[where["bucket"], where["object"]]
        source = self.sources[build["id"]] = await asyncio.to_thread(_unpacked, archive)
        try:
            for step in build["steps"]:
                assert step["name"] == "gcr.io/cloud-builders/docker"
                dockerfile.build(step["args"], source)
        except dockerfile.BuildFailed as error:
            build.update(status="FAILURE", failureInfo={"type": "USER_BUILD_STEP", "detail": str(error)})
            return
        digest = f"sha256:{hashlib.sha256(archive).hexdigest()}"
        self.state.images[digest] = IMAGES["good"]
        build["results"] = {"images": [{"name": image, "digest": digest} for image in build["images"]]}
        build["status"] = "SUCCESS"

    async def close(self) -> None:
        while self._running:
            await asyncio.wait(self._running)


def _unpacked(archive: bytes) -> dict[str, bytes]:
    """The plain files: what a link leads to is not there."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as folder:
        return {
            member.name.removeprefix("./"): content.read()
            for member in folder
            if member.isfile() and (content := folder.extractfile(member))
        }
