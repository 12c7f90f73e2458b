from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.fakes.gemini import API_KEY
from tests.fakes.gemini_json import answer, embed

PROMPT = """\
<passage n="1" page="CORS">
Set allow_origins to your origins. Nothing else matters.
</passage>

<passage n="2" page="Fruit">
Bananas are yellow.
</passage>

Question: Which origins do I allow?"""


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.fakes.gemini", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_it_is_scripted_and_inspected_over_http(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    with httpx.Client(
        base_url=process.stdout.readline().strip(), headers={"x-goog-api-key": API_KEY}
    ) as http:
        http.post(
            "/_script", json=[{"status": 429, "retry_delay": "2s"}, {"text": "Hello."}]
        ).raise_for_status()
        body = {"contents": [{"role": "user", "parts": [{"text": "Hi."}]}]}
        statuses = [ask(http, version, body).status_code for version in ("v1", "v1beta")]
        asked = http.get("/_requests").json()

    assert statuses == [429, 200]
    assert [(request["status"], request["outcome"]) for request in asked] == [
        (429, "complete"),
        (200, "complete"),
    ]
    assert asked[0]["body"] == body


def test_script_that_is_misspelt_is_refused(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    response = httpx.post(process.stdout.readline().strip() + "/_script", json={"txt": "Hello."})

    assert response.status_code == 400
    assert "txt" in response.text


def test_it_ends_when_it_is_told_to(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    process.stdout.readline()

    os.kill(process.pid, signal.SIGTERM)

    assert process.wait(timeout=10) == 0


def test_answer_quotes_and_cites_the_passages() -> None:
    assert answer(PROMPT) == "Set allow_origins to your origins. [1]"
    assert answer("Question: Which?") == "The passages do not answer this."


def test_texts_that_share_words_are_near() -> None:
    one, near, far = (embed(text, 256) for text in ("rotate the key", "task: search | query: key", "banana"))

    assert one @ near > one @ far


def ask(http: httpx.Client, version: str, body: dict[str, Any]) -> httpx.Response:
    return http.post(f"/{version}/models/gemini-2.5-flash:streamGenerateContent?alt=sse", json=body)
