"""Every operation of the OpenAPI document answers as the document says, whatever and whoever asks.

Routes come along by being in the document. `make test-schema` asks far more often than `make test` does.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from askdocs.tenancy import api_keys, members, sign_ins
from askdocs.types import ROLES, Actor
from tests.api.test_users import give_key
from tests.served import KEY, Served, only, parts, serve, session_of

pytestmark = pytest.mark.anyio

CASES = int(os.environ.get("SCHEMA_CASES", "3"))
"""Requests of each operation that are made up, within what it allows and outside of that."""

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]

PASSWORD = "correct horse battery"
METRICS_TOKEN = "a-token-for-metrics-and-releases"
ADMIN_TOKEN = "a-token-for-whom-all-sites-belong-to"  # pragma: allowlist secret

OFTEN: dict[str, Any] = {"rate_limit_requests": 1_000_000, "rate_limit_searches": 1_000_000}


@dataclass(frozen=True)
class Caller:
    """Who sends a request, and what stands in it for what was made up."""

    name: str
    path: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


async def callers(served: Served) -> Sequence[Caller]:
    """Who knows nothing; who names what there is and shows wrong credentials; who shows right ones."""
    answer = await served.ask("How do I rotate keys?")
    host = await give_key(served, "EdDSA")
    actor = Actor("operator", "", "tests")
    _, key = await api_keys.create(
        served.rt, served.world.site, name="CI", permissions=ROLES["owner"], actor=actor
    )
    await members.put(served.rt, served.world.site, address="ada@example.com", role="editor", actor=actor)
    await members.set_password(served.rt, "ada@example.com", PASSWORD, actor=actor)
    member = await sign_ins.begin(served.rt, "ada@example.com", PASSWORD, client="tests")
    message = only(parts(answer.content), "start")["messageId"]
    known = {"site_key": KEY, "site": "docs", "message": message}
    session, user = "x-askdocs-session", "x-askdocs-user"
    wrong = {"authorization": "Bearer wrong", session: "1.wrong.wrong"}
    right = {"authorization": f"Bearer {key}", session: session_of(answer)}
    return [
        Caller("nobody"),
        Caller("impostor", known, wrong),
        Caller("impostor", known, {**wrong, user: "a.b.c"}),
        Caller("insider", known, right),
        Caller("insider", known, {**right, user: host.sign("ada")}),
        Caller("insider", known, {**right, "authorization": f"Bearer {member.access_token}"}),
        Caller("operator", known, {"authorization": f"Bearer {METRICS_TOKEN}"}),
        Caller("operator", known, {"authorization": f"Bearer {ADMIN_TOKEN}"}),
    ]


async def test_every_operation_answers_as_the_document_says(tmp_path: Path) -> None:
    async with serve(tmp_path, metrics_token=METRICS_TOKEN, admin_token=ADMIN_TOKEN, **OFTEN) as served:
        served.world.write({"keys.md": "# Keys\n\nRotate keys every month with the rotate command."})
        await served.world.index()
        document = (await served.client.get("/api/openapi.json")).json()
        asking = Asking(str(served.client.base_url), await callers(served))
        await asyncio.to_thread(asking.everything, document)

    print(f"{asking.operations} operations, {asking.asked.total()} cases: {sorted(asking.asked.items())}")
    assert asking.broken == []
    assert {name for name, status in asking.asked if status < 300} >= {"insider", "operator"}


class Asking:
    """Sends what schemathesis makes up as each of the callers, and counts who was answered what."""

    def __init__(self, url: str, callers: Sequence[Caller]) -> None:
        self.asked: Counter[tuple[str, int]] = Counter()
        self.broken: list[str] = []
        self.operations = 0
        self._url, self._callers = url, callers
        self._session = requests.Session()
        self._session.trust_env = False

    def everything(self, document: Mapping[str, Any]) -> None:
        schema: Any = schemathesis.openapi.from_dict(dict(document))
        operations = [found.ok() for found in schema.get_all_operations()]
        self.operations = len(operations)
        with self._session:
            # What deletes comes last, since it may delete what the others need.
            for operation in sorted(operations, key=lambda one: one.method == "delete"):
                for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                    self._operation(operation, mode)

    def _operation(self, operation: Any, mode: GenerationMode) -> None:
        @settings(
            max_examples=CASES,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def made_up(case: Any) -> None:
            for caller in self._callers:
                self._ask(case, caller)

        try:
            made_up()
        except Unsatisfiable:
            pass  # it takes nothing that could be wrong
        except (Exception, BaseExceptionGroup) as error:  # the group is no `Exception`
            self.broken.append(f"{operation.label}, {mode.value}: {error}")

    def _ask(self, case: Any, caller: Caller) -> None:
        made_up = case.path_parameters
        case.path_parameters = {name: caller.path.get(name, value) for name, value in made_up.items()}
        response = case.call(base_url=self._url, session=self._session, headers=dict(caller.headers))
        case.path_parameters = made_up
        self.asked[caller.name, response.status_code] += 1
        case.validate_response(response, checks=CHECKS)
