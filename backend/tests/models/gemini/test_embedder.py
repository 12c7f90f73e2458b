from __future__ import annotations

import numpy as np
import pytest

from askdocs.errors import ModelMisconfigured, ModelUnavailable
from askdocs.models.gemini.client import GeminiClient
from askdocs.models.gemini.embedder import GeminiEmbedder
from askdocs.models.gemini.platforms import GeminiApi, VertexAi
from tests.fakes import gemini
from tests.fakes.gemini import API_KEY, FakeGemini, Reply

pytestmark = pytest.mark.anyio


@pytest.fixture
def embedder(client: GeminiClient, slept: list[float]) -> GeminiEmbedder:
    return make_embedder(client, slept)


@pytest.fixture
def slept() -> list[float]:
    """The waits between attempts, none of which really happens."""
    return []


def make_embedder(
    client: GeminiClient, slept: list[float], *, model: str = "gemini-embedding-001", timeout: float = 30
) -> GeminiEmbedder:
    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    return GeminiEmbedder(client, model=model, dimensions=64, timeout=timeout, attempts=4, sleep=sleep)


def sent(fake: FakeGemini) -> list[tuple[str, str, int]]:
    """Text, task and dimensions of everything that was to be embedded, in whichever shape it came."""
    found = []
    for request in fake.requests:
        body = request.body
        if request.operation == "predict":
            size = body["parameters"]["outputDimensionality"]
            found += [(item["content"], item.get("task_type", ""), size) for item in body["instances"]]
            continue
        for item in body.get("requests", [body]):
            text, config = item["content"]["parts"][0]["text"], item.get("embedContentConfig", item)
            found.append((text, config.get("taskType", ""), config["outputDimensionality"]))
    return found


async def test_vectors_have_length_one_and_keep_their_order(embedder: GeminiEmbedder) -> None:
    vectors = await embedder.embed_documents(["rotate the keys", "keys rotate", "bananas"])

    assert vectors.shape == (3, 64)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]


async def test_documents_and_questions_name_their_task(fake: FakeGemini, embedder: GeminiEmbedder) -> None:
    await embedder.embed_documents(["text"])
    question = await embedder.embed_query("text")

    assert sent(fake) == [("text", "RETRIEVAL_DOCUMENT", 64), ("text", "RETRIEVAL_QUERY", 64)]
    assert question.shape == (64,)


async def test_second_generation_is_told_its_task_in_the_text(
    fake: FakeGemini, client: GeminiClient, slept: list[float]
) -> None:
    embedder = make_embedder(client, slept, model="gemini-embedding-2")

    vectors = await embedder.embed_documents(["one", "two"])
    await embedder.embed_query("three")

    assert sorted(sent(fake)) == [
        ("task: search result | query: three", "", 64),
        ("title: none | text: one", "", 64),
        ("title: none | text: two", "", 64),
    ]
    assert vectors.shape == (2, 64)


async def test_many_texts_go_in_batches_and_keep_their_order(
    fake: FakeGemini, embedder: GeminiEmbedder, client: GeminiClient
) -> None:
    texts = [f"text{number}" for number in range(250)]

    vectors = await embedder.embed_documents(texts)

    one_by_one = isinstance(client.platform, VertexAi)
    assert len(fake.requests) == (250 if one_by_one else 3)
    assert sorted(text for text, _, _ in sent(fake)) == sorted(texts)
    np.testing.assert_allclose(vectors[7], await embedder.embed_query("text7"), atol=1e-6)
    np.testing.assert_allclose(vectors[249], await embedder.embed_query("text249"), atol=1e-6)


async def test_no_texts_need_no_request(fake: FakeGemini, embedder: GeminiEmbedder) -> None:
    assert (await embedder.embed_documents([])).shape == (0, 64)
    assert not fake.requests


@pytest.mark.parametrize("text", ["", " \n", "\ud800", "a\x00b"])
async def test_odd_text_is_embedded(embedder: GeminiEmbedder, text: str) -> None:
    assert np.isfinite(await embedder.embed_query(text)).all()


@pytest.mark.parametrize("letter", ["word ", "字"])
async def test_text_beyond_the_limit_is_cut(fake: FakeGemini, embedder: GeminiEmbedder, letter: str) -> None:
    await embedder.embed_documents([letter * 20_000])

    [(text, _, _)] = sent(fake)
    assert 2000 < len(text) <= 8192


@pytest.mark.parametrize(
    "reply",
    [Reply(vectors=0), Reply(values=[0.0] * 64), Reply(values=[float("nan")] * 64)],
    ids=["too few", "zeros", "not numbers"],
)
async def test_useless_vectors_are_refused(fake: FakeGemini, embedder: GeminiEmbedder, reply: Reply) -> None:
    reply.to, reply.times = "embeddings", None
    fake.script(reply)

    with pytest.raises(ModelUnavailable):
        await embedder.embed_documents(["one", "two"])


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize(
    "body",
    [
        "",
        "[1]",
        "7",
        "null",
        '"text"',
        '{"embeddings":null,"predictions":null,"embedding":null}',
        '{"embeddings":[null],"predictions":[null],"embedding":[null]}',
        '{"embeddings":7,"predictions":7,"embedding":7}',
        '{"embeddings":[{"values":"x"}],"predictions":[{"embeddings":7}]}',
        '{"embeddings":[{"values":["x"]}],"predictions":[{"embeddings":{"values":["x"]}}]}',
        '{"embeddings":[{"values":null}],"predictions":[{"embeddings":{"values":null}}]}',
        '{"error":"boom"}',
        '{"error":null}',
        '{"error":{"code":"x","details":7}}',
        "<!doctype html>",
        b"\xff",
    ],
)
async def test_reply_in_any_other_shape_is_unavailability(
    fake: FakeGemini, embedder: GeminiEmbedder, body: str | bytes, status: int
) -> None:
    fake.script(Reply(to="embeddings", status=status, raw=[body], times=None))

    with pytest.raises(ModelUnavailable) as caught:
        await embedder.embed_documents(["one"])
    assert len(str(caught.value)) < 400


async def test_vectors_of_another_size_are_a_setting_to_change(
    fake: FakeGemini, embedder: GeminiEmbedder
) -> None:
    fake.script(Reply(to="embeddings", values=[1.0, 2.0]))

    with pytest.raises(ModelMisconfigured, match="returned 2 dimensions where 64") as caught:
        await embedder.embed_documents(["one"])
    assert "embeddings.dimensions" in caught.value.fix


async def test_waits_grow_between_attempts(
    fake: FakeGemini, embedder: GeminiEmbedder, slept: list[float]
) -> None:
    fake.script(Reply(to="embeddings", status=503, times=3))

    await embedder.embed_documents(["one"])

    assert len(fake.requests) == 4
    assert [low <= wait <= 2 * low for low, wait in zip([0.25, 0.5, 1.0], slept, strict=True)] == [True] * 3


async def test_gemini_may_say_how_long_to_wait(
    fake: FakeGemini, embedder: GeminiEmbedder, slept: list[float]
) -> None:
    fake.script(
        Reply(to="embeddings", status=429, retry_delay="8s"),
        Reply(to="embeddings", status=429, retry_after="9"),
    )

    await embedder.embed_documents(["one"])

    assert slept == [8.0, 9.0]


async def test_attempts_end(fake: FakeGemini, embedder: GeminiEmbedder, slept: list[float]) -> None:
    fake.script(Reply(to="embeddings", status=429, retry_delay="8s", times=None))

    with pytest.raises(ModelUnavailable) as caught:
        await embedder.embed_documents(["one"])

    assert (len(fake.requests), len(slept), caught.value.retry_after) == (4, 3, 8.0)


async def test_quota_that_refills_tomorrow_is_not_waited_for(
    fake: FakeGemini, embedder: GeminiEmbedder, slept: list[float]
) -> None:
    fake.script(Reply(to="embeddings", status=429, retry_delay="36000s"))

    with pytest.raises(ModelUnavailable) as caught:
        await embedder.embed_documents(["one"])

    assert (slept, caught.value.retry_after) == ([], 36000.0)


async def test_reader_does_not_wait_long_for_a_vector(
    fake: FakeGemini, embedder: GeminiEmbedder, slept: list[float]
) -> None:
    fake.script(Reply(to="embeddings", status=429, retry_delay="8s"))

    with pytest.raises(ModelUnavailable):
        await embedder.embed_query("one")

    assert slept == []


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_wrong_settings_are_not_tried_again(
    fake: FakeGemini, embedder: GeminiEmbedder, status: int
) -> None:
    fake.script(Reply(to="embeddings", status=status))

    with pytest.raises(ModelMisconfigured) as caught:
        await embedder.embed_documents(["one"])

    assert caught.value.fix
    assert len(fake.requests) == 1


async def test_embedding_has_a_time_limit(fake: FakeGemini, client: GeminiClient, slept: list[float]) -> None:
    fake.script(Reply(to="embeddings", wait=60, times=None))
    embedder = make_embedder(client, slept, timeout=0.05)
    await embedder.warm()

    with pytest.raises(ModelUnavailable, match="within"):
        await embedder.embed_documents(["one"])
    with pytest.raises(ModelUnavailable, match="question"):
        await embedder.embed_query("one")


async def test_server_that_is_not_there_is_tried_again(slept: list[float]) -> None:
    client = GeminiClient(GeminiApi(API_KEY, base_url="http://127.0.0.1:1"))

    with pytest.raises(ModelUnavailable, match="connection"):
        await make_embedder(client, slept).embed_documents(["one"])

    assert len(slept) == 3
    await client.close()


async def test_closing_twice_does_no_harm(embedder: GeminiEmbedder) -> None:
    await embedder.warm()

    await embedder.close()
    await embedder.close()


async def test_environment_does_not_change_where_requests_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("GOOGLE_API_KEY", "another")

    async def run() -> str | None:
        async with gemini.running() as fake:
            client = GeminiClient(GeminiApi(API_KEY, base_url=fake.url))
            await make_embedder(client, []).embed_query("one")
            await client.close()
            return fake.requests[-1].operation

    assert await run() == "batchEmbedContents"
