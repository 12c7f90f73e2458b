"""What a trace tells of a question: how long its parts took, how it ended, and never what was asked."""

from __future__ import annotations

from collections.abc import Mapping

from askdocs.answer.draft import Draft
from askdocs.observability.tracing import Step, Value
from askdocs.types import ModelStop


def steps(draft: Draft, *, site: str, message_id: str) -> tuple[Step, list[Step]]:
    """The question as a whole, and its parts as far as it came."""
    taken = {name.removesuffix("_ms"): value / 1000 for name, value in draft.timings.items()}
    end, retrieval = taken["total"], draft.retrieval
    about: dict[str, Value] = {
        "askdocs.site": site,
        "askdocs.message_id": message_id,
        "askdocs.status": draft.status,
        "askdocs.mode": draft.mode,
    }
    first = {"first text": taken["first_token"]} if "first_token" in taken else {}
    whole = Step("question", 0, end, about, first, failed=draft.status == "failed")
    found: dict[str, Value] = {
        "askdocs.hits": len(retrieval.hits),
        "askdocs.confidence": round(retrieval.confidence, 3),
        "askdocs.revision": retrieval.revision.number if retrieval.revision else 0,
    }
    parts = [Step("retrieval", 0, taken.get("retrieval", end), found, failed="retrieval" not in taken)]
    if "model_called" in taken:
        parts.append(Step("model", taken["model_called"], taken.get("model_ended", end), _model(draft)))
    return whole, parts


def _model(draft: Draft) -> Mapping[str, Value]:
    """By OpenTelemetry's conventions for generative models."""
    stop = draft.stop or ModelStop("stop")
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "gcp.gemini",
        "gen_ai.request.model": draft.model,
        "gen_ai.usage.input_tokens": stop.prompt_tokens,
        "gen_ai.usage.output_tokens": stop.output_tokens,
    }
