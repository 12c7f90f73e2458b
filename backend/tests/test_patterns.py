"""What people of a site may write as patterns, and how much time these take at most."""

from __future__ import annotations

import pytest

from askdocs import patterns
from askdocs.config import SiteOptions
from askdocs.config.site_options import merge


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(", "missing )"),
        ("[a-", "missing ]"),
        ("*", "no argument for repetition operator"),
        ("a(?=b)", "invalid perl operator"),
        ("(?<!a)b", "invalid perl operator"),
        (r"(\w)\1", "invalid escape sequence"),
        (".{0,900}", "pattern too large"),
        ("(?:a{1000}){1000}", "invalid repetition size"),
        ("a*", "matches an empty text"),
        ("|", "matches an empty text"),
        ("^", "matches an empty text"),
    ],
)
def test_pattern_that_cannot_be_used_is_refused_with_the_reason(pattern: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason.replace(")", r"\)")):
        patterns.check(pattern)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        (r"CUST-\d{6}", ["CUST-123456", "CUST-654321"]),
        (r"(?i)cust-\pN+", ["CUST-123456", "CUST-654321"]),
        (r"\pL+straße", ["Hauptstraße"]),
        (r"🦜\w", ["🦜x"]),
        (r"nothing", []),
    ],
)
def test_matches_are_counted_in_characters(pattern: str, found: list[str]) -> None:
    text = "ä🦜x CUST-123456, Hauptstraße, CUST-654321"
    find = patterns.finder((patterns.check(pattern),))
    assert find is not None
    assert [text[start:end] for start, end in find(text)] == found


def test_patterns_that_another_version_stored_are_passed_over() -> None:
    options = merge(SiteOptions(), {"masking_patterns": ["("], "access": "members"})
    assert (options.masking_patterns, options.access) == ((), "members")


def test_site_has_eight_at_most() -> None:
    with pytest.raises(ValueError, match="at most 8"):
        SiteOptions(masking_patterns=tuple(f"CUST-{number}" for number in range(9)))
