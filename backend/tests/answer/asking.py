"""Questions asked of a small world whose model says what it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from askdocs.answer import chat
from askdocs.db import messages
from askdocs.db.messages import LoggedMessage
from askdocs.types import Answered, AnswerEvent, AnswerText, Ask, ModelStop, ModelText, Prompt
from tests.worlds import World

Step = str | float | ModelStop | Exception
STOP = ModelStop("stop", prompt_tokens=100, output_tokens=7)
ASK = Ask("how do I rotate keys")


class ScriptedModel:
    """Says what it is told to: text, a stop, an error, or a pause of so many seconds."""

    model = "scripted"
    trouble = ""

    def __init__(self, *script: Step) -> None:
        self.script = script
        self.prompts: list[Prompt] = []
        self.cancelled = False

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelText | ModelStop]:
        self.prompts.append(prompt)
        try:
            for step in self.script:
                match step:
                    case str():
                        yield ModelText(step)
                    case float():
                        await asyncio.sleep(step)
                    case ModelStop():
                        yield step
                    case Exception():
                        raise step
        except (asyncio.CancelledError, GeneratorExit):
            self.cancelled = True
            raise

    async def warm(self) -> None:
        pass

    async def close(self) -> None:
        pass


async def run(world: World, ask: Ask = ASK, *, model: ScriptedModel | None = None) -> list[AnswerEvent]:
    world.rt.model = model
    return [event async for event in chat.answer(world.rt, world.site, ask)]


def text(events: list[AnswerEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, AnswerText))


def finished(events: list[AnswerEvent]) -> Answered:
    assert isinstance(events[-1], Answered), events[-1]
    return events[-1]


async def logged(world: World, token: str) -> tuple[LoggedMessage, ...]:
    log = await world.rt.db.run(messages.conversation, world.site.id, token=token)
    assert log is not None
    return log.messages
