"""Anchors are those of github-slugger; the expected ones were made by it."""

from __future__ import annotations

import pytest

from askdocs.sources.slugs import Slugger, slugify


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Hello, World!", "hello-world"),
        ("a  b", "a--b"),
        ("foo_bar __init__", "foo_bar-__init__"),
        ("tab\tx", "tabx"),
        ("Überraschung & C++", "überraschung--c"),
        ("ΣΑΣ", "σας"),
        ("İ x", "i̇-x"),
        ("日本語 の 見出し", "日本語-の-見出し"),
        ("Ⓐ circled", "ⓐ-circled"),
        ("🚀 Rocket", "-rocket"),
        ("½ ² Ⅷ", "--ⅷ"),
        ("हिन्दी", "हिन्दी"),
    ],
)
def test_heading_is_slugged(text: str, slug: str) -> None:
    assert slugify(text) == slug


def test_repeated_headings_are_numbered() -> None:
    slugger = Slugger()
    headings = ["A", "a", "A 1", "a-1", "", ""]
    assert [slugger.slug(heading) for heading in headings] == ["a", "a-1", "a-1-1", "a-1-2", "", "-1"]
