"""So many streams at once, and no slot is lost however they end."""

from __future__ import annotations

import pytest

from askdocs.errors import Busy, RateLimited
from askdocs.streams.slots import Slots


def test_conversation_network_and_process_have_bounds_of_their_own() -> None:
    slots = Slots(per_session=1, per_client=2, in_all=3)
    first = slots.take(client="a", session="s")
    with pytest.raises(RateLimited, match="conversation"):
        slots.take(client="a", session="s")
    slots.take(client="a")
    with pytest.raises(RateLimited, match="network"):
        slots.take(client="a", session="other")
    slots.take(client="b")
    with pytest.raises(Busy):
        slots.take(client="c")

    first.leave()

    slots.take(client="a", session="s")
    assert slots.taken == 3


def test_slot_is_taken_as_long_as_anybody_uses_it() -> None:
    slots = Slots(per_session=1, per_client=1, in_all=1)
    slot = slots.take(client="a", session="s")
    slot.share()
    slot.leave()
    assert slots.taken == 1
    slot.leave()

    assert (slots.taken, dict(slots._taken)) == (0, {})
