"""The client: what it loads, and what it says when it cannot."""

from __future__ import annotations

import subprocess
import sys

import pytest

from askdocs.errors import ModelMisconfigured
from askdocs.models.gemini.client import GeminiClient
from askdocs.models.gemini.platforms import GeminiApi
from tests.fakes.gemini import API_KEY

pytestmark = pytest.mark.anyio


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    loaded = "[name for name in ('aiohttp', 'google.genai', 'onnxruntime', 'onnx') if name in sys.modules]"
    code = f"import sys, askdocs.models.gemini.answers, askdocs.models.minilm; print({loaded})"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


async def test_missing_transport_leads_to_make_setup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    client = GeminiClient(GeminiApi(API_KEY))

    with pytest.raises(ModelMisconfigured) as caught:
        await client.warm()
    assert "make setup" in caught.value.fix
