"""Whether a result reaches what settings and the questions' file ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from askdocs.config.operating import Evaluation
from askdocs.errors import SourceError

_FIGURES: Mapping[str, tuple[str, ...]] = {
    "min_page_recall": ("page", "recall@5"),
    "min_section_recall": ("section", "recall@5"),
    "min_section_mrr": ("section", "mrr@10"),
    "min_section_ndcg": ("section", "ndcg@10"),
    "min_facts": ("context", "facts@16000"),
    "min_auc": ("auc",),
    "min_answered": ("refusals", "answerable_answered"),
    "min_refused": ("refusals", "unanswerable_refused"),
    "min_answer_facts": ("answers", "facts"),
    "min_citation_precision": ("answers", "citation_precision"),
    "min_citation_recall": ("answers", "citation_recall"),
    "max_search_ms": ("latency_ms", "search_p95"),
}
"""Where in a result the figure of each threshold stands. `max_broken` is judged by comparison."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A threshold and the figure that it is held against, None if that was not measured."""

    name: str
    bound: float
    figure: float | None

    @property
    def holds(self) -> bool:
        if self.figure is None:
            return True
        return self.figure >= self.bound if self.name.startswith("min_") else self.figure <= self.bound

    def __str__(self) -> str:
        if self.figure is None:
            return f"{self.name} {self.bound:g}: not measured"
        return f"{self.name} {self.bound:g}: {self.figure:.3f}"


def merge(settings: Evaluation, written: Mapping[str, Any], *, file: object) -> Evaluation:
    """The settings' thresholds, overruled by those `written` in `file`. Raises `SourceError`."""
    try:
        return Evaluation.model_validate(settings.model_dump() | dict(written))
    except ValidationError as error:
        (first, *_) = error.errors()
        name = ".".join(map(str, first["loc"])) or "thresholds"
        raise SourceError(f"{file} has a threshold that is none: {name}: {first['msg']}.") from error


def gates(asked: Evaluation, result: Mapping[str, Any]) -> list[Gate]:
    """Every threshold that is asked for, with its figure."""
    return [
        Gate(name, bound, _figure(result, place))
        for name, place in _FIGURES.items()
        if (bound := getattr(asked, name)) is not None
    ]


def _figure(result: Mapping[str, Any], place: tuple[str, ...]) -> float | None:
    value: Any = result
    for name in place:
        value = value.get(name) if isinstance(value, Mapping) else None
    return None if value is None else float(value)
