"""Vertex AI: what opens the door, what is asked for, and what an operator is told when it stays shut."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from askdocs.errors import ModelMisconfigured, ModelUnavailable
from askdocs.models.gemini.answers import GeminiModel
from askdocs.models.gemini.client import GeminiClient
from askdocs.models.gemini.embedder import GeminiEmbedder
from askdocs.models.gemini.platforms import VertexAi
from askdocs.types import ModelText, Prompt
from tests.fakes.gemini import FakeGemini, Reply
from tests.fakes.google_auth import PROJECT

pytestmark = pytest.mark.anyio

PROMPT = Prompt("Be brief.", (), "What?")

ASK = """
import asyncio
from askdocs.models.gemini.answers import GeminiModel
from askdocs.models.gemini.client import GeminiClient
from askdocs.models.gemini.platforms import VertexAi
from askdocs.types import ModelText, Prompt

async def ask(url):
    client = GeminiClient(VertexAi(project=None, location="us-central1", base_url=url))
    stream = GeminiModel(client, model="gemini-2.5-flash").stream(Prompt("", (), "What?"))
    print("".join([event.text async for event in stream if isinstance(event, ModelText)]))
    await client.close()
"""


@pytest.fixture
async def client(vertex: VertexAi) -> AsyncIterator[GeminiClient]:
    client = GeminiClient(vertex)
    yield client
    await client.close()


@pytest.fixture
def model(client: GeminiClient) -> GeminiModel:
    return GeminiModel(client, model="gemini-2.5-flash")


async def answer(model: GeminiModel) -> str:
    return "".join([event.text async for event in model.stream(PROMPT) if isinstance(event, ModelText)])


async def refusal(model: GeminiModel) -> ModelUnavailable:
    with pytest.raises(ModelUnavailable) as caught:
        await answer(model)
    return caught.value


async def test_answer_is_asked_of_the_project_and_location(fake: FakeGemini, model: GeminiModel) -> None:
    fake.script(Reply(text="Yes."))

    assert await answer(model) == "Yes."
    assert fake.requests[-1].place == f"{PROJECT}/europe-west4"


async def test_on_google_cloud_the_token_is_that_of_the_instance(fake: FakeGemini, tmp_path: Path) -> None:
    """google-auth reads the metadata server's address when it is imported, hence a process of its own."""
    fake.script(Reply(text="Yes."))
    host = fake.url.removeprefix("http://")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("GOOGLE_", "GCE_"))}
    env |= {"GCE_METADATA_HOST": host, "GCE_METADATA_IP": host, "HOME": str(tmp_path)}
    code = f"{ASK}\nasyncio.run(ask({fake.url!r}))"

    run = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False
    )

    assert (run.stdout, run.returncode) == ("Yes.\n", 0), run.stderr
    assert fake.requests[-1].place == f"{PROJECT}/us-central1"


async def test_token_is_made_once_for_answers_and_embeddings(
    fake: FakeGemini, client: GeminiClient, model: GeminiModel
) -> None:
    embedder = GeminiEmbedder(client, model="gemini-embedding-001", dimensions=64)

    async with asyncio.TaskGroup() as group:
        for _ in range(5):
            group.create_task(answer(model))
            group.create_task(embedder.embed_query("text"))

    assert fake.tokens.given == ["token-1"]


async def test_token_that_has_ended_is_replaced(fake: FakeGemini, model: GeminiModel) -> None:
    fake.tokens.lifetime = 0

    await answer(model)
    await answer(model)

    assert fake.tokens.given == ["token-1", "token-2"]


async def test_no_reader_waits_for_a_new_token_while_the_old_one_is_good(
    fake: FakeGemini, model: GeminiModel
) -> None:
    fake.tokens.lifetime = 60  # google-auth renews a token that has less than some minutes left
    await answer(model)
    fake.tokens.open.clear()

    async with asyncio.timeout(10):
        await answer(model)
    assert fake.tokens.given == ["token-1"]

    fake.tokens.open.set()
    async with asyncio.timeout(10):
        while len(fake.tokens.given) < 2:
            await answer(model)


async def test_token_that_cannot_be_replaced_is_used_to_its_end(fake: FakeGemini, model: GeminiModel) -> None:
    fake.tokens.lifetime = 60
    await answer(model)
    fake.tokens.status = 400
    refused = fake.tokens.refused

    async with asyncio.timeout(30):
        while fake.tokens.refused < refused + 3:
            await answer(model)

    assert fake.tokens.given == ["token-1"]


@pytest.mark.parametrize("status", [0, 503])
async def test_token_server_that_is_down_is_not_a_matter_of_settings(
    fake: FakeGemini, model: GeminiModel, status: int
) -> None:
    fake.tokens.status = status

    assert type(await refusal(model)) is ModelUnavailable


async def test_question_does_not_wait_long_for_a_token(fake: FakeGemini, client: GeminiClient) -> None:
    fake.tokens.open.clear()
    embedder = GeminiEmbedder(client, model="gemini-embedding-001", dimensions=64, timeout=0.1)

    async with asyncio.timeout(10):
        for _ in range(3):
            with pytest.raises(ModelUnavailable, match="took too long"):
                await embedder.embed_query("text")

    fake.tokens.open.set()
    assert (await GeminiEmbedder(client, model="gemini-embedding-001", dimensions=64).embed_query("x")).any()
    assert fake.tokens.given == ["token-1"]


async def test_model_that_is_no_gemini_embeds_in_batches(fake: FakeGemini, client: GeminiClient) -> None:
    embedder = GeminiEmbedder(client, model="text-embedding-005", dimensions=64)

    await embedder.embed_documents([f"text{number}" for number in range(120)])

    assert [len(request.body["instances"]) for request in fake.requests] == [50, 50, 20]


@pytest.mark.parametrize(
    ("reply", "fix"),
    [
        (Reply(status=403), "roles/aiplatform.user"),
        (Reply(status=403, reason="SERVICE_DISABLED"), "gcloud services enable aiplatform.googleapis.com"),
        (Reply(status=404), "gemini.location (europe-west4)"),
    ],
    ids=["role", "api", "model"],
)
async def test_refusal_says_what_to_do(fake: FakeGemini, model: GeminiModel, reply: Reply, fix: str) -> None:
    fake.script(reply)

    error = await refusal(model)

    assert isinstance(error, ModelMisconfigured)
    assert fix in error.fix


async def test_account_that_gets_no_token_is_named(
    fake: FakeGemini, client: GeminiClient, model: GeminiModel
) -> None:
    fake.tokens.status = 400

    error = await refusal(model)
    assert isinstance(error, ModelMisconfigured)
    assert "service account" in error.fix
    with pytest.raises(ModelMisconfigured):
        await GeminiEmbedder(client, model="gemini-embedding-001", dimensions=64).embed_query("text")


async def test_without_credentials_it_is_said_where_they_come_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "missing.json"))
    client = GeminiClient(VertexAi(project="p", location="global"))

    error = await refusal(GeminiModel(client, model="gemini-2.5-flash"))

    assert isinstance(error, ModelMisconfigured)
    assert "gcloud auth application-default login" in error.fix
    await client.close()


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("europe-west4", "https://europe-west4-aiplatform.googleapis.com/v1/"),
        ("global", "https://aiplatform.googleapis.com/v1/"),
        ("eu", "https://aiplatform.eu.rep.googleapis.com/v1/"),
    ],
)
async def test_each_location_has_its_host(vertex: VertexAi, location: str, host: str) -> None:
    url, headers = await VertexAi(project="p", location=location).target("gemini-2.5-flash")

    assert url == (
        f"{host}projects/p/locations/{location}/publishers/google/models/gemini-2.5-flash"
        ":streamGenerateContent?alt=sse"
    )
    assert list(headers) == ["authorization"]
