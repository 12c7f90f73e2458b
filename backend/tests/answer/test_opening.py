"""What a reader should not have typed goes no further than the first step: not into logs, nor to models."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from askdocs.answer import chat
from askdocs.db import messages
from askdocs.types import Ask, Excerpt, Started
from tests.answer.asking import STOP, ScriptedModel, run, text
from tests.worlds import World

pytestmark = pytest.mark.anyio

MAIL, OTHER = "katrin.vogel@nordlicht-it.de", "s.oduya@lagosworks.ng"


async def logged(world: World, token: str) -> list[str]:
    found = await world.rt.db.run(messages.conversation, world.site.id, token=token)
    assert found is not None
    return [message.text for message in found.messages]


async def test_neither_log_nor_model_sees_an_address(world: World) -> None:
    model = ScriptedModel("Rotate keys of [email 1] every month [1].", STOP)
    ask = Ask(
        f"how do I rotate keys of {MAIL}",
        excerpt=Excerpt(f"Keys: {MAIL}"),
        page_url=f"/keys/{MAIL}",
        page_title=f"Keys of {MAIL}",
    )
    events = await run(world, ask, model=model)
    started = events[0]
    assert isinstance(started, Started)
    assert await logged(world, started.session) == [
        "how do I rotate keys of [email 1]",
        "Rotate keys of [email 1] every month [1].",
    ]
    (prompt,) = model.prompts
    assert MAIL not in repr(prompt)
    assert "Marks such as [email 1]" in prompt.question
    assert text(events) == "Rotate keys of [email 1] every month [1]."


async def test_site_has_patterns_of_its_own(world: World) -> None:
    site = replace(world.site, options={"masking_patterns": [r"CUST-\d{6}", r"(?i)\bpolicy \pL+"]})
    ask = Ask("how do I rotate keys of CUST-123456 with Policy Müller", page_url="/of/CUST-123456")
    events = [event async for event in chat.answer(world.rt, site, ask)]
    assert isinstance(events[0], Started)
    (question, _) = await logged(world, events[0].session)
    assert question == "how do I rotate keys of [private 1] with [private 2]"


async def test_prompt_says_nothing_of_marks_where_there_are_none(world: World) -> None:
    model = ScriptedModel("Every month [1].", STOP)
    await run(world, model=model)
    assert "Marks such as" not in model.prompts[0].question


async def test_marks_hold_throughout_a_conversation(world: World) -> None:
    answering = ScriptedModel("Every month [1].", STOP)
    first = (await run(world, Ask(f"how do I rotate keys of {MAIL}"), model=answering))[0]
    assert isinstance(first, Started)
    again = Ask(f"rotate keys of {OTHER} or of {MAIL.upper()}", session=first.session)
    await run(world, again, model=answering)
    elsewhere = (await run(world, Ask(f"rotate keys of {OTHER}"), model=answering))[0]
    assert isinstance(elsewhere, Started)

    assert (await logged(world, first.session))[2] == "rotate keys of [email 2] or of [email 1]"
    assert (await logged(world, elsewhere.session))[0] == "rotate keys of [email 1]"


async def test_masked_questions_share_an_answer(world: World) -> None:
    model = ScriptedModel("Every month [1].", STOP)
    for mail in (MAIL, OTHER):
        await run(world, Ask(f"how do I rotate keys of {mail}"), model=model)
    assert len(model.prompts) == 1


async def test_mark_does_not_lead_retrieval_astray(world: World) -> None:
    asked = await world.hits("how do I rotate keys")
    assert [hit.score for hit in await world.hits("how do I rotate keys [email 1]")] == [
        hit.score for hit in asked
    ]


@pytest.mark.parametrize(
    ("url", "kept"),
    [("http://91.203.14.77/keys", "http://91.203.14.77/keys"), (f"/of/{MAIL}/keys", "/of/[email 1]/keys")],
)
async def test_docs_may_stand_on_a_bare_address(world: World, url: str, kept: str) -> None:
    await run(world, Ask("what is the capital of France", page_url=url))
    (asked,) = await world.rt.db.run(
        messages.unanswered, world.site.id, since=world.rt.now() - timedelta(days=1), limit=9
    )
    assert asked.page_url == kept
