"""What the fake Google Cloud remembers, and how tests make it fail."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]

PROJECT = "demo"
REGION = "us-central1"

PERMISSIONS = frozenset(
    {
        "artifactregistry.dockerimages.get",
        "artifactregistry.repositories.uploadArtifacts",
        "iam.serviceAccounts.actAs",
        "run.executions.get",
        "run.jobs.create",
        "run.jobs.get",
        "run.jobs.run",
        "run.jobs.runWithOverrides",
        "run.jobs.update",
        "run.revisions.get",
        "run.revisions.list",
        "run.services.create",
        "run.services.get",
        "run.services.setIamPolicy",
        "run.services.update",
        "secretmanager.secrets.list",
        "secretmanager.versions.access",
        "serviceusage.services.list",
        "cloudbuild.builds.create",
    }
)


class Refused(Exception):
    """An answer of Google's that is an error."""

    def __init__(self, code: int, status: str, message: str) -> None:
        super().__init__(message)
        self.code, self.status = code, status


def missing(what: str) -> Refused:
    return Refused(404, "NOT_FOUND", f"{what} was not found.")


@dataclass
class Fault:
    """What happens to requests whose "METHOD path?query" matches: they are denied, or the connection is lost
    before or after their work was done, or only `then` is called. The first `skip` get through, then `times`
    are hit (None: all)."""

    matching: str
    kind: Literal["denied", "lost", "lost_after", "watch"]
    skip: int = 0
    times: int | None = 1
    then: Callable[[], None] | None = None
    hits: int = 0

    def strikes(self, request: str) -> bool:
        if not re.search(self.matching, request):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None and self.hits >= self.times:
            return False
        self.hits += 1
        if self.then is not None:
            self.then()
        return True


@dataclass
class State:
    """`images` maps a digest to the name of its behaviour (containers.IMAGES). `granted` holds what the
    caller may do in the project, `granted_below` what it may do on a single secret, account or repository."""

    services: dict[str, Json] = field(default_factory=dict)
    revisions: dict[str, Json] = field(default_factory=dict)
    policies: dict[str, Json] = field(default_factory=dict)
    jobs: dict[str, Json] = field(default_factory=dict)
    executions: dict[str, Json] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    enabled: set[str] = field(default_factory=set)
    granted: set[str] = field(default_factory=lambda: set(PERMISSIONS))
    granted_below: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    log: list[Json] = field(default_factory=list)
    """Entries of Cloud Logging."""
    _versions: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def touch(self, thing: Json) -> None:
        """Give it the version that the next writer has to name."""
        thing["metadata"]["resourceVersion"] = f"AAY{next(self._versions):06d}"


def condition(kind: str, status: bool | None, reason: str = "", message: str = "") -> Json:
    """As Knative writes them: a status is a text, and reasons stand only where something is wrong."""
    words = {True: "True", False: "False", None: "Unknown"}
    found = {"type": kind, "status": words[status], "lastTransitionTime": "2026-01-01T00:00:00.000000Z"}
    return found | ({"reason": reason, "message": message} if reason or message else {})


def check_version(given: Json, stored: Json) -> None:
    """Errors: `Refused` if the writer read another version than the stored one."""
    wanted, current = given["metadata"].get("resourceVersion"), stored["metadata"]["resourceVersion"]
    if wanted and wanted != current:
        name = stored["metadata"]["name"]
        raise Refused(
            409,
            "ABORTED",
            f"Conflict for resource '{name}': version '{wanted}' was specified but current version is "
            f"'{current}'.",
        )
