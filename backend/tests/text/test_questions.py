"""Only what asks the same is the same question: whoever asks gets the answer that another reader got."""

from __future__ import annotations

import pytest

from askdocs.text.questions import normalize


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I rotate keys?", "how can I rotate the keys"),
        ("How do I rotate keys?", "  How to  rotate keys ??"),
        ("How do I rotate keys?", "Hi, how should we rotate our keys, please"),
        ("what is a revision", "What's is the revision?".replace("'s", "")),
        ("rotate “keys”", 'rotate "keys"'),
        ("caf\u00e9", "cafe\u0301"),
        ("Wie rotiere ich Schlüssel?", "wie rotiere ich schlüssel"),
        ("鍵はどうやって回しますか？", "鍵はどうやって回しますか"),
    ],
)
def test_wording_makes_no_other_question(one: str, other: str) -> None:
    assert normalize(one) == normalize(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("build with a cache", "build without a cache"),
        ("why is it cached", "why is it not cached"),
        ("upgrade from 2 to 3", "upgrade from 3 to 2"),
        ("what changed in v3.1", "what changed in v3.2"),
        ("what changed in v3.1", "what changed in v31"),
        ("what does -v do", "what does -V do"),
        ("what does --no-cache do", "what does --cache do"),
        ("enable the cache", "disable the cache"),
        ("before the build", "after the build"),
        ("what is a revision", "where is a revision"),
        ("can I rotate keys", "how can I rotate keys"),
        ("should I rotate keys", "rotate keys"),
        ("C# client", "C client"),
        ("C++ client", "C client"),
        ("the .env file", "the env file"),
        ("!important", "important"),
        ("copy a to b", "copy b to a"),
        ("/docs/a", "/docs/b"),
        ("a_b", "a-b"),
        ("x²", "x2"),
        ("turn it on", "turn it off"),
        ("import", "important"),
    ],
)
def test_word_that_may_matter_makes_another(one: str, other: str) -> None:
    assert normalize(one) != normalize(other)


@pytest.mark.parametrize("question", ["", "?", "the", "¿", "how do I"])
def test_little_stays_little(question: str) -> None:
    assert normalize(question) in {"", "¿", "how"}
