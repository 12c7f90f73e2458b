from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from askdocs.errors import ModelMisconfigured, ModelSlow, ModelUnavailable
from askdocs.models.gemini.answers import Bounds, GeminiModel
from askdocs.models.gemini.client import GeminiClient
from askdocs.models.gemini.platforms import GeminiApi
from askdocs.types import ModelStop, ModelText, Prompt, Turn
from tests.fakes.gemini import API_KEY, FakeGemini, Reply
from tests.fakes.gemini_json import event

pytestmark = pytest.mark.anyio

PROMPT = Prompt("Be brief.", (Turn("Before?", "After."),), "What?")
WORDS = "one two three four five six seven eight nine ten"


@pytest.fixture
def model(client: GeminiClient) -> GeminiModel:
    return GeminiModel(client, model="gemini-2.5-flash", temperature=0.5, max_output_tokens=99)


def bounded(client: GeminiClient, **bounds: Any) -> GeminiModel:
    return GeminiModel(client, model="gemini-2.5-flash", bounds=Bounds(**bounds))


async def collect(
    model: GeminiModel, prompt: Prompt = PROMPT
) -> tuple[str, list[ModelStop], Exception | None]:
    """All text, all stops, and the error that ended the stream."""
    text, stops = "", []
    try:
        async for event in model.stream(prompt):
            if isinstance(event, ModelText):
                text += event.text
            else:
                stops.append(event)
    except ModelUnavailable as error:
        return text, stops, error
    return text, stops, None


# answers


async def test_answer_is_text_and_then_one_stop(fake: FakeGemini, model: GeminiModel) -> None:
    fake.script(Reply(text=WORDS, chunk=3))

    events = [event async for event in model.stream(PROMPT)]

    assert "".join(event.text for event in events if isinstance(event, ModelText)) == WORDS
    assert events[-1] == ModelStop("stop", prompt_tokens=4, output_tokens=10)
    assert sum(isinstance(event, ModelStop) for event in events) == 1


async def test_tokens_that_follow_one_another_quickly_come_together(
    fake: FakeGemini, model: GeminiModel
) -> None:
    fake.script(Reply(text=WORDS * 10, chunk=1, pause=0.002))

    pieces = [event.text async for event in model.stream(PROMPT) if isinstance(event, ModelText)]

    assert "".join(pieces) == WORDS * 10
    assert len(pieces) < len((WORDS * 10).split()) / 2


async def test_request_carries_rules_history_and_settings(fake: FakeGemini, model: GeminiModel) -> None:
    await collect(model)

    body = fake.requests[-1].body
    assert body["systemInstruction"] == {"parts": [{"text": "Be brief."}]}
    said = [(content["role"], content["parts"][0]["text"]) for content in body["contents"]]
    assert said == [("user", "Before?"), ("model", "After."), ("user", "What?")]
    assert body["generationConfig"] == {
        "temperature": 0.5,
        "maxOutputTokens": 99,
        "thinkingConfig": {"thinkingBudget": 0},
    }


async def test_calls_code_and_files_that_a_model_sends_are_not_read(
    fake: FakeGemini, model: GeminiModel
) -> None:
    parts = [
        {"functionCall": {"name": "delete_docs", "args": {}}},
        {"executableCode": {"language": "PYTHON", "code": "print(1)"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}},
        {"inlineData": {"mimeType": "image/png", "data": "aGk="}},
        {"fileData": {"fileUri": "https://evil.example/x"}},
        {"text": "Hi."},
    ]
    candidate = {"content": {"parts": parts, "role": "model"}, "finishReason": "STOP"}
    fake.script(Reply(raw=[event({"candidates": [candidate]})]))

    assert await collect(model) == ("Hi.", [ModelStop("stop")], None)


async def test_turn_that_was_never_answered_is_left_out(fake: FakeGemini, model: GeminiModel) -> None:
    await collect(model, Prompt("", (Turn("Lost?", ""), Turn("Before?", "After.")), "What?"))

    assert len(fake.requests[-1].body["contents"]) == 3


async def test_model_that_cannot_think_is_not_told_how(fake: FakeGemini, client: GeminiClient) -> None:
    await collect(GeminiModel(client, model="gemini-2.0-flash"))

    assert "thinkingConfig" not in fake.requests[-1].body["generationConfig"]


async def test_lone_surrogate_in_a_question_does_no_harm(fake: FakeGemini, model: GeminiModel) -> None:
    await collect(model, Prompt("", (), "a\ud800b"))

    assert fake.requests[-1].body["contents"][0]["parts"][0]["text"] == "a?b"


async def test_thoughts_do_not_show(fake: FakeGemini, model: GeminiModel) -> None:
    fake.script(Reply(thought="The reader seems lost.", text="Yes."))

    assert (await collect(model))[0] == "Yes."


async def test_answer_cut_at_its_limit_says_so(fake: FakeGemini, model: GeminiModel) -> None:
    fake.script(Reply(text=WORDS, finish="MAX_TOKENS"))

    text, stops, _ = await collect(model)

    assert (text, stops[0].reason) == (WORDS, "length")


@pytest.mark.parametrize("finish", ["SAFETY", "RECITATION", "OTHER"])
async def test_stop_for_safety_keeps_what_was_said(fake: FakeGemini, model: GeminiModel, finish: str) -> None:
    fake.script(Reply(text="one two", finish=finish))

    text, stops, error = await collect(model)

    assert (text, [stop.reason for stop in stops], error) == ("one two", ["safety"], None)


async def test_blocked_prompt_is_a_stop_for_safety(fake: FakeGemini, model: GeminiModel) -> None:
    fake.script(Reply(blocked="PROHIBITED_CONTENT"))

    text, stops, error = await collect(model)

    assert (text, [stop.reason for stop in stops], error) == ("", ["safety"], None)


@pytest.mark.parametrize(
    ("reply", "retry_after"),
    [
        (Reply(status=429, retry_delay="2.5s"), 2.5),
        (Reply(status=429, retry_after="7"), 7.0),
        (Reply(status=503), None),
        (Reply(status=500, retry_after="Wed, 21 Oct 2026 07:28:00 GMT"), None),
    ],
)
async def test_overload_is_said_at_once(
    fake: FakeGemini, model: GeminiModel, reply: Reply, retry_after: float | None
) -> None:
    fake.script(reply)

    text, stops, error = await collect(model)

    assert (text, stops, len(fake.requests)) == ("", [], 1)
    assert type(error) is ModelUnavailable
    assert error.retry_after == retry_after


async def test_redirect_is_not_followed_with_a_credential_in_hand(
    fake: FakeGemini, model: GeminiModel
) -> None:
    fake.script(Reply(status=307, raw=[""]))

    assert type((await collect(model))[2]) is ModelUnavailable
    assert len(fake.requests) == 1


async def test_wrong_key_names_the_variable(fake: FakeGemini) -> None:
    client = GeminiClient(GeminiApi("wrong", base_url=fake.url))
    _, _, error = await collect(GeminiModel(client, model="gemini-2.5-flash"))
    await client.close()

    assert isinstance(error, ModelMisconfigured)
    assert "GEMINI_API_KEY" in error.fix
    assert "wrong" not in str(error)


async def test_unknown_model_is_named(client: GeminiClient) -> None:
    _, _, error = await collect(GeminiModel(client, model="palm"))

    assert isinstance(error, ModelMisconfigured)
    assert "palm" in str(error)
    assert "answers.model" in error.fix


async def test_refused_request_says_why(fake: FakeGemini, model: GeminiModel) -> None:
    fake.script(Reply(status=400))

    _, _, error = await collect(model)

    assert isinstance(error, ModelMisconfigured)
    assert "Scripted." in str(error)


@pytest.mark.parametrize("then", ["cut", "error"])
async def test_break_in_mid_stream_comes_after_the_text(
    fake: FakeGemini, model: GeminiModel, then: str
) -> None:
    fake.script(Reply(text=WORDS, chunk=2, then="cut" if then == "cut" else "error", after=2))

    text, stops, error = await collect(model)

    assert (text, stops) == ("one two three four", [])
    assert type(error) is ModelUnavailable


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=500, raw=['{"error":"boom"}']),
        Reply(status=500, raw=["[]"]),
        Reply(status=503, raw=['{"error":{"message":7,"details":{"retryDelay":"1s"}}}']),
        Reply(status=503, raw=['{"error":{"details":["soon",{"retryDelay":{"seconds":1}}]}}']),
        Reply(status=500, raw=[b"\xff\xfe"]),
        Reply(raw=["data: [1]\n\n"]),
        Reply(raw=["data: 7\n\n"]),
        Reply(raw=["data: \n\n"]),
        Reply(raw=['data: {"error":null}\n\n']),
        Reply(raw=['data: {"error":"boom"}\n\n']),
        Reply(raw=['data: {"error":{"code":"x"}}\n\n']),
        Reply(raw=['data: {"candidates":null}\n\n']),
        Reply(raw=['data: {"candidates":[null]}\n\n']),
        Reply(raw=['data: {"candidates":{"0":1}}\n\n']),
        Reply(raw=['data: {"candidates":[{"content":[]}]}\n\n']),
        Reply(raw=['data: {"candidates":[{"content":{"parts":"text"}}]}\n\n']),
        Reply(raw=['data: {"candidates":[{"content":{"parts":[null,7]}}]}\n\n']),
        Reply(raw=['data: {"candidates":[{"content":{"parts":[{"text":7}]}}]}\n\n']),
        Reply(raw=['data: {"promptFeedback":[1]}\n\n']),
        Reply(raw=["<!doctype html><title>Sign in</title>\n"]),
        Reply(raw=["data: <!doctype html>\n"]),
        Reply(raw=[b'data: {"candidates":[{"content":{"parts":[{"text":"\xff"}]}}]}\n\n']),
        Reply(raw=["data: {", *["x" * 65536] * 20], then="hang", after=21),
        Reply(status=307, raw=[""]),
    ],
    ids=lambda reply: "".join(map(str, reply.raw or ""))[:60],
)
async def test_reply_in_any_other_shape_is_unavailability(
    fake: FakeGemini, model: GeminiModel, reply: Reply
) -> None:
    fake.script(reply)

    async with asyncio.timeout(20):
        text, stops, error = await collect(model)

    assert (text, stops) == ("", [])
    assert type(error) is ModelUnavailable


@pytest.mark.parametrize("usage", ["[1]", "7", '{"promptTokenCount":"many"}', '{"promptTokenCount":-1}'])
async def test_usage_in_another_shape_counts_nothing(
    fake: FakeGemini, model: GeminiModel, usage: str
) -> None:
    candidate = '{"content":{"parts":[{"text":"Yes."}]},"finishReason":"STOP"}'
    fake.script(Reply(raw=[f'data: {{"candidates":[{candidate}],"usageMetadata":{usage}}}\n\n']))

    text, stops, error = await collect(model)

    assert (text, stops, error) == ("Yes.", [ModelStop("stop")], None)


async def test_stream_that_ends_without_a_reason_is_broken(fake: FakeGemini, model: GeminiModel) -> None:
    fake.script(Reply(text=WORDS, finish=""))

    text, stops, error = await collect(model)

    assert (text, stops) == (WORDS, [])
    assert "middle of the answer" in str(error)


@pytest.mark.parametrize("reply", [Reply(wait=60), Reply(first=60)], ids=["no head", "no event"])
async def test_first_word_has_a_time_limit(fake: FakeGemini, client: GeminiClient, reply: Reply) -> None:
    fake.script(reply)
    model = bounded(client, begin_within=0.1)
    await model.warm()

    _, stops, error = await collect(model)

    assert (stops, type(error), model.trouble) == ([], ModelSlow, "slow")
    await fake.until(lambda: all(request.outcome == "disconnected" for request in fake.requests))


@pytest.mark.parametrize(
    "noise", ["", ": still here\n\n", "data: {}\n\n", 'data: {"usageMetadata":{}}\n\n'], ids=repr
)
async def test_silence_has_a_limit_whatever_noise_fills_it(
    fake: FakeGemini, client: GeminiClient, noise: str
) -> None:
    word = 'data: {"candidates":[{"content":{"parts":[{"text":"one"}]}}]}\n\n'
    fake.script(Reply(raw=[word, *[noise] * 2000], pause=0.01, then="hang", after=2000))

    text, stops, error = await collect(bounded(client, idle=0.1))

    assert (text, stops) == ("one", [])
    assert "nothing for 0.1 seconds" in str(error)
    await fake.until(lambda: fake.requests[-1].outcome == "disconnected")


async def test_long_answer_is_not_cut_while_it_flows(fake: FakeGemini, client: GeminiClient) -> None:
    fake.script(Reply(text=WORDS, chunk=1, pause=0.06))

    text, stops, _ = await collect(bounded(client, idle=0.5))

    assert (text, len(stops)) == (WORDS, 1)


async def test_answer_that_never_ends_is_cut_by_time(fake: FakeGemini, client: GeminiClient) -> None:
    fake.script(Reply(text="word " * 10_000, chunk=1, pause=0.01))

    _, stops, error = await collect(bounded(client, seconds=0.5))

    assert ([stop.reason for stop in stops], error) == (["length"], None)
    await fake.until(lambda: all(request.outcome == "disconnected" for request in fake.requests))


@pytest.mark.parametrize("chunk", [1, 100_000], ids=["in drops", "in one event"])
async def test_answer_that_is_too_long_is_cut(fake: FakeGemini, client: GeminiClient, chunk: int) -> None:
    fake.script(Reply(text="word " * 40_000, chunk=chunk))

    events = [event async for event in bounded(client, chars=5001).stream(PROMPT)]

    texts = [event.text for event in events if isinstance(event, ModelText)]
    assert len("".join(texts)) == 5001
    assert max(map(len, texts)) <= 2000
    assert isinstance(events[-1], ModelStop)
    assert events[-1].reason == "length"
    await fake.until(lambda: fake.requests[-1].outcome != "open")


async def test_trouble_is_remembered_until_an_answer_begins(fake: FakeGemini, model: GeminiModel) -> None:
    fake.script(Reply(status=503), Reply(text="one"))

    await collect(model)
    assert model.trouble == "unavailable"
    await collect(model)
    assert model.trouble == ""


async def test_closing_the_stream_ends_the_request(fake: FakeGemini, model: GeminiModel) -> None:
    fake.script(Reply(text=WORDS, then="hang", after=1))

    async with aclosing(model.stream(PROMPT)) as events:
        await anext(events)

    await fake.until(lambda: fake.requests[-1].outcome == "disconnected")


async def test_cancelled_reader_ends_the_request(fake: FakeGemini, model: GeminiModel) -> None:
    fake.script(Reply(text=WORDS, then="hang", after=1))
    reading = asyncio.create_task(collect(model))
    await fake.until(lambda: any(request.events for request in fake.requests))

    reading.cancel()

    await fake.until(lambda: fake.requests[-1].outcome == "disconnected")


async def test_stream_left_open_does_not_hold_up_the_stop(fake: FakeGemini, model: GeminiModel) -> None:
    fake.script(Reply(text="one", then="hang", after=2))

    text, stops, error = await collect(model)

    assert (text, len(stops), error) == ("one", 1, None)


async def test_answers_in_a_row_share_a_connection(fake: FakeGemini, model: GeminiModel) -> None:
    await collect(model)
    await collect(model)

    assert fake.requests[0].connection == fake.requests[1].connection


async def test_connection_that_was_closed_meanwhile_is_replaced(fake: FakeGemini, model: GeminiModel) -> None:
    fake.script(Reply(status=0), Reply(text="one"))

    assert (await collect(model))[0] == "one"


async def test_server_that_only_hangs_up_is_not_available(fake: FakeGemini, model: GeminiModel) -> None:
    fake.script(Reply(status=0, times=None))

    assert type((await collect(model))[2]) is ModelUnavailable
    assert len(fake.requests) == 2


async def test_server_that_is_not_there_is_not_available() -> None:
    client = GeminiClient(GeminiApi(API_KEY, base_url="http://127.0.0.1:1"))
    _, _, error = await collect(GeminiModel(client, model="gemini-2.5-flash"))
    await client.close()

    assert type(error) is ModelUnavailable


async def test_many_readers_are_answered_at_once(fake: FakeGemini, model: GeminiModel) -> None:
    fake.script(Reply(times=None, text=WORDS, then="hang", after=1))
    streams = [model.stream(PROMPT) for _ in range(150)]

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for stream in streams:
            group.create_task(anext(stream))

    for stream in streams:
        await stream.aclose()
