import json
from pathlib import Path

import pytest

from askdocs.answer import kept
from askdocs.answer.kept import KeptAnswer
from askdocs.types import Citation

OLD = (Path(__file__).parents[1] / "fixtures" / "schema1" / "answer.json").read_bytes()
"""What release 0.1.0 wrote, which knew no schema number."""

ANSWER = KeptAnswer(
    text="Every month [1].",
    citations=(Citation(1, "/keys", "Keys", "", "Rotate keys."),),
    model="gemini",
    confidence=0.8,
    support="supported",
    version="",
    language="",
    sources=(({"path": "keys.md"}, 0.7),),
    documents={"keys.md": "abc"},
    revision="1@0.0",
    expires_at=0.0,
)
FIELDS = json.loads(kept.dump(ANSWER))


def test_answer_is_kept_as_it_was() -> None:
    assert kept.load(kept.dump(ANSWER)) == ANSWER


@pytest.mark.parametrize(
    "entry",
    [
        None,
        b"",
        b"\xff\x00 garbage",
        b"null",
        b"[]",
        OLD,
        json.dumps(FIELDS | {"schema": 2}).encode(),
        json.dumps(FIELDS | {"schema": 4}).encode(),
        json.dumps({"answer": FIELDS["answer"]}).encode(),
        json.dumps(FIELDS | {"answer": FIELDS["answer"] | {"text": 7}}).encode(),
        json.dumps(FIELDS | {"answer": FIELDS["answer"] | {"citations": [{"index": "1"}]}}).encode(),
        kept.dump(ANSWER)[:-9],
    ],
    ids=str,
)
def test_any_other_entry_is_a_miss(entry: bytes | None) -> None:
    assert kept.load(entry) is None
