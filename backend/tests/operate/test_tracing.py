"""Traces of questions reach a collector as the official exporter sends them, where that is wanted."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from askdocs.config import load
from askdocs.observability.tracing import Step, open_tracer
from tests.fakes import gemini
from tests.fakes.receiver import Posted, Receiver, receiving
from tests.served import Served, serve

pytestmark = pytest.mark.anyio

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CAME_WITH = {"traceparent": f"00-{TRACE}-{SPAN}-01"}
QUESTION = "How often do I rotate my secret keys?"


@pytest.fixture(autouse=True)
def every_exporter_ends() -> Iterator[None]:
    """One that gave up says so to a log, whoever's test that belongs to by then."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("OtelBatch"):
            thread.join(10)


@pytest.fixture
def collector() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


async def ask(served: Served, question: str = QUESTION) -> str:
    served.world.write({"keys.md": "# Keys\n\nRotate keys every month."})
    await served.world.index()
    response = await served.client.post(
        "/api/v1/sites/pk_docs_local/chat", json={"question": question}, headers=CAME_WITH
    )
    return response.text


def spans(posted: Sequence[Posted]) -> dict[str, Any]:
    """By name; what is sent must be a request of OTLP's."""
    found: dict[str, Any] = {}
    for one in posted:
        assert (one.path, one.kind) == ("/v1/traces", "application/x-protobuf")
        for resource in ExportTraceServiceRequest.FromString(one.body).resource_spans:
            for scope in resource.scope_spans:
                found |= {span.name: span for span in scope.spans}
    return found


def attributes(span: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


async def test_question_is_traced_down_to_the_model(
    tmp_path: Path, sqlite_url: str, collector: Receiver
) -> None:
    tracing = {"endpoint": collector.url, "sample_share": 1.0}
    async with gemini.running() as fake:
        options: dict[str, Any] = {"gemini_api_key": gemini.API_KEY, "gemini_base_url": fake.url}
        async with serve(tmp_path, database_url=sqlite_url, tracing=tracing, **options) as served:
            await ask(served)

    found = spans(collector.posted)
    question, retrieval, model = found["question"], found["retrieval"], found["model"]
    assert question.trace_id.hex() == TRACE
    assert question.parent_span_id.hex() == SPAN
    assert {retrieval.parent_span_id, model.parent_span_id} == {question.span_id}
    begins = (question.start_time_unix_nano, retrieval.start_time_unix_nano)
    assert begins[0] == begins[1] <= retrieval.end_time_unix_nano <= model.end_time_unix_nano
    assert model.end_time_unix_nano <= question.end_time_unix_nano
    assert [event.name for event in question.events] == ["first text"]
    assert attributes(question)["askdocs.status"] == "answered"
    assert attributes(model)["gen_ai.request.model"] == "gemini-2.5-flash"
    assert attributes(model)["gen_ai.usage.output_tokens"] > 0


async def test_traces_hold_no_words(tmp_path: Path, sqlite_url: str, collector: Receiver) -> None:
    tracing = {"endpoint": collector.url, "sample_share": 1.0}
    async with serve(tmp_path, database_url=sqlite_url, tracing=tracing) as served:
        assert "every month" in await ask(served)

    (posted,) = collector.posted
    for word in (b"rotate", b"secret", b"month"):
        assert word not in posted.body.lower()


async def test_share_of_none_sends_nothing(tmp_path: Path, sqlite_url: str, collector: Receiver) -> None:
    tracing = {"endpoint": collector.url, "sample_share": 0.0}
    async with serve(tmp_path, database_url=sqlite_url, tracing=tracing) as served:
        await ask(served)

    assert collector.posted == []


async def test_answers_do_not_wait_for_a_collector_that_is_down(tmp_path: Path, sqlite_url: str) -> None:
    with receiving() as gone:
        pass
    tracing = {"endpoint": gone.url, "sample_share": 1.0}
    async with serve(tmp_path, database_url=sqlite_url, tracing=tracing) as served:
        assert "every month" in await ask(served)


async def test_stop_does_not_wait_long_for_a_collector_that_is_silent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        tracer = open_tracer(load("test", tracing={"endpoint": endpoint, "sample_share": 1.0}))
        assert tracer is not None
        for _ in range(2000):
            tracer.record(Step("question", 0, 1), [Step("retrieval", 0, 1)], parent=None)
        async with asyncio.timeout(3.5):
            await tracer.close()


def test_nothing_is_imported_where_it_is_off() -> None:
    program = (
        "import sys; from askdocs.config import load;"
        "from askdocs.observability import error_tracking, tracing;"
        "settings = load('test');"
        "assert tracing.open_tracer(settings) is error_tracking.open_reporter(settings) is None;"
        "assert not {'opentelemetry', 'sentry_sdk'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
