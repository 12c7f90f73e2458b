"""The fake, and a client for each of the two APIs that it speaks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from askdocs.models.gemini.client import GeminiClient
from askdocs.models.gemini.platforms import GeminiApi, Platform, VertexAi
from tests.fakes import gemini, google_auth
from tests.fakes.gemini import API_KEY, FakeGemini


@pytest.fixture
async def fake() -> AsyncIterator[FakeGemini]:
    async with gemini.running() as fake:
        yield fake


@pytest.fixture
def vertex(fake: FakeGemini, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> VertexAi:
    """Vertex AI with a service account whose key is in a file."""
    google_auth.write_account(tmp_path / "account.json", fake.url)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "account.json"))
    return VertexAi(project=None, location="europe-west4", base_url=fake.url)


@pytest.fixture(params=["gemini api", "vertex ai"])
def platform(request: pytest.FixtureRequest, fake: FakeGemini) -> Platform:
    if request.param == "vertex ai":
        vertex: VertexAi = request.getfixturevalue("vertex")
        return vertex
    return GeminiApi(API_KEY, base_url=fake.url)


@pytest.fixture
async def client(platform: Platform) -> AsyncIterator[GeminiClient]:
    client = GeminiClient(platform)
    yield client
    await client.close()
