"""The parts of an answer's stream, described for OpenAPI."""

from __future__ import annotations

from typing import Any, get_args

from askdocs.types import AnswerMode, Limit, Support

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}

_CITATION: Schema = {
    "type": "object",
    "description": "A mark `[index]` in the text, and what it rests on.",
    "required": ["index", "url", "title", "heading", "quote", "occurrence", "fragment"],
    "properties": {
        "index": {"type": "integer"},
        "url": _TEXT,
        "title": _TEXT,
        "heading": _TEXT,
        "quote": {**_TEXT, "description": "The sentence of the page that carries the claim, or empty."},
        "occurrence": {"type": "integer", "description": "Which mark of the text it is, from 0."},
        "fragment": {
            **_TEXT,
            "description": "A text directive that leads to the quote, to follow `:~:`, or empty.",
        },
    },
}

_ANSWER: Schema = {
    "type": "object",
    "required": [
        "message_id",
        "status",
        "mode",
        "confidence",
        "support",
        "citations",
        "version",
        "language",
        "reviewed_on",
        "limited",
        "release",
    ],
    "properties": {
        "message_id": {**_TEXT, "description": "For feedback on this answer."},
        "status": {"enum": ["answered", "unanswered"]},
        "mode": {"enum": list(get_args(AnswerMode))},
        "confidence": {"type": "number"},
        "support": {
            "enum": list(get_args(Support)),
            "description": "How much of it rests on the docs.",
        },
        "citations": {"type": "array", "items": _CITATION, "description": "One for each mark, in order."},
        "version": {**_TEXT, "description": "Of the docs that it speaks for; empty where there is one."},
        "language": {
            **_TEXT,
            "description": "Of the docs that it speaks for; empty where there is one.",
        },
        "reviewed_on": {**_TEXT, "description": "When people reviewed this answer, as 2026-01-31, or empty."},
        "limited": {
            "enum": list(get_args(Limit)),
            "description": "Why it is quoted although a model writes answers here: the budget for that is "
            "spent, or the same was asked over and over; or empty.",
        },
        "release": {"type": "object"},
    },
}

_SESSION: Schema = {
    "type": "object",
    "required": ["session"],
    "properties": {"session": {**_TEXT, "description": "Send it with the next question."}},
}


def _part(kind: str, description: str, **properties: Schema) -> Schema:
    return {
        "type": "object",
        "title": kind,
        "description": description,
        "required": ["type", *properties],
        "properties": {"type": {"const": kind}, **properties},
    }


PART: Schema = {
    "title": "Part",
    "description": "What the data of an event holds, but for the last, which is `[DONE]`.",
    "oneOf": [
        _part("start", "The answer begins.", messageId=_TEXT, messageMetadata=_SESSION),
        _part("start-step", "Nothing that readers see."),
        _part("source-url", "A passage that may be cited.", sourceId=_TEXT, url=_TEXT, title=_TEXT),
        _part("text-start", "The text begins.", id=_TEXT),
        _part("text-delta", "More of the text, as Markdown with marks such as [1].", id=_TEXT, delta=_TEXT),
        _part("text-end", "The text ends.", id=_TEXT),
        _part("data-answer", "The finished answer.", data=_ANSWER),
        _part("finish-step", "Nothing that readers see."),
        _part("finish", "The answer is stored and complete."),
        _part("error", "The answer failed, for a reason in words for readers.", errorText=_TEXT),
    ],
}

STREAM: Schema = {
    "description": "An AI SDK UI message stream, v1. Ends in `finish` or `error`, then `data: [DONE]`.",
    "content": {
        "text/event-stream": {
            "itemSchema": {
                "type": "object",
                "required": ["data"],
                "properties": {
                    "data": {
                        "type": "string",
                        "anyOf": [
                            {
                                "contentMediaType": "application/json",
                                "contentSchema": {"$ref": "#/components/schemas/Part"},
                            },
                            {"const": "[DONE]"},
                        ],
                    }
                },
            }
        }
    },
}
"""The response, in the form that FastAPI gives its own event streams: an `itemSchema` as of OpenAPI 3.2."""
