"""Says sentences of a documentation in other words, as a model does, the same way in every run."""

from __future__ import annotations

import re
from random import Random

from askdocs.text.spans import Span

_OPENINGS = (
    "",
    "",
    "",
    "In short, ",
    "Note that ",
    "According to the documentation, ",
    "As you may expect, ",
)
_SYNONYMS = {
    "use": "employ",
    "used": "employed",
    "allows": "lets",
    "change": "modify",
    "changes": "modifications",
    "file": "document",
    "files": "documents",
    "run": "start",
    "create": "make",
    "created": "made",
    "need": "require",
    "needs": "requires",
    "see": "find",
    "specify": "state",
    "specifies": "states",
    "provide": "give",
    "provides": "gives",
    "directory": "folder",
    "also": "besides",
    "example": "sample",
    "however": "yet",
    "multiple": "several",
    "same": "identical",
    "different": "differing",
    "because": "since",
    "should": "ought to",
    "returns": "gives back",
    "contains": "holds",
    "usually": "mostly",
    "must": "has to",
    "large": "big",
    "small": "little",
    "way": "manner",
}
_DISPENSABLE = re.compile(r"also|just|very|really|then|the|th(?:is|at|ese|ose)|already|simply|typically")
_ASIDE = re.compile(r"\s\([^()]*\)")
_CONDITION = re.compile(r"(If|When|Once) ([^,.]{8,}), ([^.]{8,})\.\Z")


def reword(span: Span, chance: Random) -> str:
    """A line of Markdown that says what the span does, without a mark. Code and names stay as they are."""
    if span.block.is_code:
        return f"Run or write `{span.text.replace('`', '')}` for that"
    if span.cells:
        first, *others = span.cells
        said = f"For {first} it is {', '.join(others)}" if others else first
    else:
        said = _reword_sentence(span.text, chance)
    return re.sub(r"[`*\[\]【】|<>~]", " ", said)


def _reword_sentence(text: str, chance: Random) -> str:
    text = _ASIDE.sub("", text)
    if swapped := _CONDITION.match(text):
        then = swapped[3]
        text = f"{then[0].upper()}{then[1:]} {swapped[1].lower()} {swapped[2]}."
    words = []
    for word in text.split(" "):
        if _DISPENSABLE.fullmatch(word.lower()) and chance.random() < 0.5:
            continue
        words.append(_SYNONYMS.get(word, word) if chance.random() < 0.7 else word)
    opening = chance.choice(_OPENINGS)
    said = " ".join(words)
    return f"{opening}{said[:1].lower()}{said[1:]}" if opening else said
