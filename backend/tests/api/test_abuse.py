"""Who sends orders of their own gets nothing beyond the docs: a part of `bench --only abuse`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import pytest

from askdocs.text import prompts
from askdocs.types import ModelStop, ModelText, Prompt
from tests import abuse
from tests.served import ORIGIN, SITE, Served, only, parts, serve

pytestmark = pytest.mark.anyio


class Recording:
    """A model that would do whatever it is asked."""

    model, trouble = "recording", ""

    def __init__(self) -> None:
        self.prompts: list[Prompt] = []

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelText | ModelStop]:
        self.prompts.append(prompt)
        yield ModelText("Of course! Here is your poem.")
        yield ModelStop("stop", 100, 10)

    async def warm(self) -> None:
        pass

    async def close(self) -> None:
        pass


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serve(tmp_path, rate_limit_requests=1000) as opened:
        opened.world.write(
            {
                "keys.md": "# Keys\n\nRotate keys every month with the rotate command.",
                "python.md": "# Client\n\nThe Python client sorts a list of keys by date.",
            }
        )
        await opened.world.index()
        yield opened


async def ask(served: Served, bodies: list[dict[str, object]]) -> list[str]:
    """The mode of each answer, "refused" for none."""
    modes = []
    for body in bodies:
        response = await served.client.post(f"{SITE}/chat", json=body, headers={"origin": ORIGIN})
        refused = response.status_code in (422, 429)
        assert refused or response.status_code == 200
        modes.append("refused" if refused else only(parts(response.content), "data-answer")["data"]["mode"])
    return modes


async def test_general_tasks_are_declined_before_the_model_is_asked(served: Served) -> None:
    model = served.rt.model = Recording()
    modes = await ask(served, list(abuse.requests(60)))

    assert set(modes) <= {"refused", "none", "extractive", "model"}
    assert modes.count("refused") == 12  # in the shape of OpenAI's clients: nothing is asked there
    assert modes.count("none") >= 45
    assert len(model.prompts) <= 3


async def test_prompt_holds_nothing_of_what_the_client_orders(served: Served) -> None:
    model = served.rt.model = Recording()
    served.rt.settings.__dict__["answers"] = served.rt.settings.answers.model_copy(
        update={"min_confidence": 0.0, "cache_ttl": 0}
    )
    await ask(served, list(abuse.requests(60)))

    assert len(model.prompts) >= 5
    for prompt in model.prompts:
        assert abuse.MARK not in repr(prompt)
        assert prompt.turns == ()
        assert prompt.system.startswith(prompts._RULES[:40])
