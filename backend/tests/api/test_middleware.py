"""Around every request: its id, its account, who may read the answer, and what happens when all fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from askdocs.api.middleware import LastResort
from askdocs.db import feedback, messages, sites
from askdocs.types import ModelStop, ModelText, Prompt
from tests.served import KEY, ORIGIN, SITE, Served, parts, problem, serve, session_of, until

pytestmark = pytest.mark.anyio

JSON = {"content-type": "application/json"}
PREFLIGHT = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with serve(tmp_path_factory.mktemp("middleware")) as opened:
        opened.world.write({"keys.md": "# Keys\n\nRotate keys every month with the rotate command."})
        await opened.world.index()
        yield opened


async def ask_from(served: Served, origin: str, **headers: str) -> Any:
    return await served.client.post(
        f"{SITE}/chat", json={"question": "How do I rotate keys?"}, headers={"origin": origin, **headers}
    )


# CORS


async def test_page_of_an_allowed_origin_may_read_the_answer(served: Served) -> None:
    response = await ask_from(served, ORIGIN)
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == ORIGIN
    exposed = response.headers["access-control-expose-headers"]
    told = {"x-request-id", "retry-after", "ratelimit", "ratelimit-policy", "x-vercel-ai-ui-message-stream"}
    assert told <= set(exposed.split(", "))
    assert response.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.test",
        "null",
        "http://localhost:3001",
        "https://localhost:3000",
        "http://localhost:3000.evil.test",
        "http://localhost:3000/",
        "",
        "not an origin",
        "http://[",
    ],
)
async def test_page_of_a_foreign_origin_can_read_why_it_is_refused(served: Served, origin: str) -> None:
    response = await ask_from(served, origin)
    refusal = problem(response, 403, "origin-not-allowed")
    cors = {name: value for name, value in response.headers.items() if name.startswith("access-control-")}
    assert cors == {"access-control-allow-origin": "*"}
    assert response.headers["vary"] == "Origin"
    if origin in ("", "null"):
        assert "without an origin" in refusal["detail"]
    else:
        assert f"Pages of {origin} may" in refusal["detail"]
        assert f"--origin {origin}`" in refusal["fix"]


@pytest.mark.parametrize("key", [KEY, "pk_nobody"])
async def test_page_of_a_foreign_origin_gets_nothing_but_refusals(served: Served, key: str) -> None:
    paths = {path: item for path, item in served.app.openapi()["paths"].items() if "{site_key}" in path}
    assert len(paths) >= 4
    for path, methods in paths.items():
        address = path.format(site_key=key, message="m", chat="c", conversation="c")
        for method in methods:
            response = await served.client.request(
                method, address, json={}, headers={"origin": "https://evil.test"}
            )
            assert response.status_code == (403 if key == KEY else 404), path


async def test_foreign_origin_costs_no_answer(served: Served) -> None:
    before = served.metric("askdocs_answers_total", status="answered", mode="extractive")
    await ask_from(served, "https://evil.test")
    assert served.metric("askdocs_answers_total", status="answered", mode="extractive") == before


async def test_request_without_an_origin_is_allowed(served: Served) -> None:
    response = await served.ask("How do I rotate keys?")
    assert response.status_code == 200
    assert "access-control-allow-origin" not in response.headers


async def test_page_that_this_server_serves_is_allowed(served: Served) -> None:
    assert (await ask_from(served, f"http://127.0.0.1:{served.port}")).status_code == 200


async def test_scheme_that_no_page_has_is_foreign_even_on_this_host(served: Served) -> None:
    problem(await ask_from(served, f"file://127.0.0.1:{served.port}"), 403, "origin-not-allowed")


async def test_preflight_names_what_is_allowed(served: Served) -> None:
    response = await served.client.options(f"{SITE}/chat", headers={"origin": ORIGIN, **PREFLIGHT})
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == ORIGIN
    assert response.headers["access-control-allow-methods"] == "GET, POST, DELETE"
    assert response.headers["access-control-allow-headers"] == (
        "content-type, x-askdocs-session, x-askdocs-user, x-askdocs-reader"
    )
    assert response.headers["access-control-max-age"] == "600"


@pytest.mark.parametrize("path", [f"{SITE}/chat", "/api/v1/sites/pk_nobody/chat"])
async def test_preflight_passes_so_that_the_refusal_can_be_read(served: Served, path: str) -> None:
    response = await served.client.options(path, headers={"origin": "https://evil.test", **PREFLIGHT})
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == "*"


async def test_refusals_can_be_read_by_allowed_pages(served: Served) -> None:
    response = await served.client.post(f"{SITE}/chat", json={"question": ""}, headers={"origin": ORIGIN})
    problem(response, 422, "question-error")
    assert response.headers["access-control-allow-origin"] == ORIGIN


async def test_sites_do_not_share_origins(served: Served) -> None:
    other = await served.rt.db.run(sites.add, "other", origins=["https://other.test"])
    response = await served.client.get(f"/api/v1/sites/{other.key}/session", headers={"origin": ORIGIN})
    assert response.status_code == 403
    assert (await ask_from(served, "https://other.test")).status_code == 403


async def test_failing_database_is_a_problem_in_cors_too(tmp_path: Path, sqlite_url: str) -> None:
    async with serve(tmp_path, database_url=sqlite_url) as served:
        served.rt.db.close()
        response = await served.client.options(f"{SITE}/chat", headers={"origin": ORIGIN, **PREFLIGHT})
        problem(response, 503, "database-unavailable")


# identity and account


async def test_request_id_is_made(served: Served) -> None:
    one, other = [(await served.client.get("/health/live")).headers["x-request-id"] for _ in range(2)]
    assert one != other


async def test_request_id_is_accepted_and_logged(served: Served) -> None:
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        response = await ask_from(served, ORIGIN, **{"x-request-id": "from-the-proxy.7"})
    assert response.headers["x-request-id"] == "from-the-proxy.7"
    (line,) = (line for line in lines if line["event"] == "request")
    assert line["request_id"] == "from-the-proxy.7"
    assert line["site"] == "docs"
    assert (line["method"], line["status"]) == ("POST", 200)
    assert line["route"] == "/api/v1/sites/{site_key}/chat"
    assert line["bytes"] == len(response.content)
    assert line["ms"] > 0


async def test_lines_of_a_request_tell_its_trace(served: Served) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        await served.client.get("/api/v1/nothing", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    (line,) = (line for line in lines if line["event"] == "request")
    assert (line["trace_id"], line["span_id"], line["trace_sampled"]) == (trace, "b7ad6b7169203331", True)


@pytest.mark.parametrize("unsafe", ["", "a" * 129, "a b", 'a"b', "{${jndi}}", "é"])
async def test_unsafe_request_id_is_replaced(served: Served, unsafe: str) -> None:
    headers = {b"x-request-id": unsafe.encode()}
    response = await served.client.get("/health/live", headers=headers)
    assert len(response.headers["x-request-id"]) == 32


async def test_session_tokens_show_in_no_log_and_no_problem(served: Served) -> None:
    key = served.rt.session_tokens
    known, foreign = session_of(await ask_from(served, ORIGIN)), key.make("another site")
    asked = {"question": "How do I rotate keys?"}
    carried = {"role": "assistant", "metadata": {"session": foreign}}
    client, problems = served.client, []
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        await client.post(f"{SITE}/chat", json={**asked, "session": known})
        await client.post(f"{SITE}/chat", json={**asked, "messages": [carried]})
        for token in (known, foreign):
            named = {"x-askdocs-session": token}
            problems += [
                await client.post(f"{SITE}/chat", json={**asked, "session": foreign}),
                await client.post(f"{SITE}/chat", json={"question": 7, "session": token}),
                await client.post(f"{SITE}/chat", json={**asked, "session": [token]}),
                await client.post(f"{SITE}/chat", content=f'{{"session": "{token}"', headers=JSON),
                await client.get("/api/v1/sites/pk_nobody/session", headers=named),
                await client.get(f"{SITE}/session", headers={**named, "origin": "https://evil.test"}),
                await client.put(f"{SITE}/session", headers=named),
            ]
            await client.get(f"{SITE}/session", headers=named)
            await client.delete(f"{SITE}/session", headers=named)
    told = "".join([str(lines), *(response.text for response in problems)])
    assert {response.status_code for response in problems} == {400, 403, 404, 405, 422}
    assert not [token for token in (known, foreign) if token.split(".")[1] in told]


async def test_requests_are_counted_by_route(served: Served) -> None:
    labels = {"method": "GET", "endpoint": "/api/v1/sites/{site_key}/session"}
    before = served.metric("http_requests_total", **labels, status="404") or 0
    for name in ("one", "two"):
        await served.client.get(f"{SITE}/session", headers={"x-askdocs-session": name})
    assert served.metric("http_requests_total", **labels, status="404") == before + 2
    assert served.metric("http_request_duration_seconds_count", **labels)


async def test_unknown_addresses_are_counted_as_one(served: Served) -> None:
    for path in ("/wp-login.php", "/.env", "/api/v2/x"):
        problem(await served.client.get(path), 404, "not-found")
    unknown = served.metric("http_requests_total", method="GET", endpoint="unknown", status="404")
    assert unknown is not None
    assert unknown >= 3


@pytest.mark.parametrize(
    ("path", "policy"),
    [
        *(
            (path, "default-src 'none'; frame-ancestors 'none'")
            for path in ("/health", "/nothing", f"{SITE}/chat")
        ),
        *((path, "default-src 'self'") for path in ("/api/docs", "/api/redoc")),
        ("/metrics", None),
    ],
)
async def test_browsers_are_told_to_be_careful(served: Served, path: str, policy: str | None) -> None:
    headers = (await served.client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert policy is None or headers["content-security-policy"].startswith(policy)
    assert headers.get("cross-origin-opener-policy") == ("same-origin" if path in _PAGES else None)


async def test_answer_runs_nothing_where_a_browser_is_led_to_it(served: Served) -> None:
    answer = await served.ask("How do I rotate keys?")
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


_PAGES = ("/api/docs", "/api/redoc")


# errors


async def test_wrong_method_names_the_right_one(served: Served) -> None:
    response = await served.client.get(f"{SITE}/chat")
    problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "POST"


async def test_wrong_method_names_all_that_are_right(served: Served) -> None:
    response = await served.client.put(f"{SITE}/session")
    problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "DELETE, GET, POST"


async def test_unexpected_error_is_a_problem_without_details(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object, **__: object) -> None:
        raise RuntimeError("password hunter2")

    monkeypatch.setattr(feedback, "give", explode)
    with structlog.testing.capture_logs() as lines:
        response = await served.client.post(
            f"{SITE}/messages/m/feedback", json={"vote": "up"}, headers={"origin": ORIGIN}
        )
    problem(response, 500, "internal-error")
    assert "hunter2" not in response.text
    assert response.headers["access-control-allow-origin"] == ORIGIN
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["unexpected_error"]


async def test_unexpected_error_before_anybody_is_admitted_is_a_problem_too(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode() -> None:
        raise RuntimeError("password hunter2")

    monkeypatch.setattr(served.rt, "now", explode)
    response = await served.ask("How do I rotate keys?")

    problem(response, 500, "internal-error")
    assert "hunter2" not in response.text


async def test_answer_that_has_begun_is_cut_rather_than_mended() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("broken")

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        pass

    with pytest.raises(RuntimeError):
        await LastResort(broken)({"type": "http"}, receive, send)


# readers who leave


class EndlessModel:
    """Says one thing and then thinks for ever."""

    model = "endless"

    def __init__(self) -> None:
        self.cancelled = False

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelText | ModelStop]:
        try:
            yield ModelText("Rotate them ")
            yield ModelText("monthly [1].")
            await asyncio.Event().wait()
        finally:
            self.cancelled = True

    async def close(self) -> None:
        pass


async def test_reader_who_leaves_cancels_the_model(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    model, token = EndlessModel(), ""
    monkeypatch.setattr(served.rt, "model", model)
    asking = {"question": "How do I rotate keys?"}
    async with served.client.stream("POST", f"{SITE}/chat", json=asking) as response:
        async for line in response.aiter_lines():
            token = token or json.loads(line.removeprefix("data: "))["messageMetadata"]["session"]
            if "Rotate" in line:
                break
        assert served.metric("active_sessions") == 1
    await until(lambda: served.metric("active_sessions") == 0)
    assert model.cancelled
    found = await served.rt.db.run(messages.conversation, served.world.site.id, token=token)
    assert found is not None
    assert found.messages[1].status == "aborted"
    assert found.messages[1].text.startswith("Rotate them")


async def test_first_part_arrives_before_the_model_has_spoken(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = asyncio.Event()
    embed = served.world.embedder.embed_query

    async def embed_late(text: str) -> Any:
        await held.wait()
        return await embed(text)

    monkeypatch.setattr(served.world.embedder, "embed_query", embed_late)
    asking = {"question": "How do I rotate keys?"}
    async with served.client.stream("POST", f"{SITE}/chat", json=asking) as response:
        chunks = response.aiter_bytes()
        async with asyncio.timeout(5):
            first = await anext(chunks)
        assert b'"type":"start"' in first
        held.set()
        rest = b"".join([chunk async for chunk in chunks])
    assert parts(first + rest)[-1]["type"] == "finish"
