"""Observations as tests make them."""

from __future__ import annotations

from askdocs.evaluation.observe import Answer, Found, Observation


def observation(
    *places: str, confidence: float = 1.0, passages: tuple[str, ...] = (), answer: Answer | None = None
) -> Observation:
    """Sections such as `page#anchor`, best first, of which anything above .5 is sure."""
    split = [place.partition("#") for place in places]
    found = tuple(Found(path, anchor, "T", f"/{path}", 1.0) for path, _, anchor in split)
    return Observation(found, passages, confidence, 0.5, 2.0, 1, answer)


def answer(text: str, *cited: str, status: str = "answered") -> Answer:
    split = [place.partition("#") for place in cited]
    places = tuple((path, anchor) for path, _, anchor in split)
    return Answer(text, status, "model", "supported", places, 900, 100, 300, 1200)
