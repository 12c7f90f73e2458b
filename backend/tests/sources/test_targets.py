"""Links of the docs that are quoted lead where they led on their page, or are no links."""

from __future__ import annotations

import pytest

from askdocs.sources.targets import file_address, web_address


@pytest.mark.parametrize(
    ("base", "href", "address"),
    [
        ("/docs/a", "b", "/docs/b"),
        ("/docs/a/", "../b#c", "/docs/b#c"),
        ("https://docs.test/a", "#part", "https://docs.test/a#part"),
        ("https://docs.test/a", "//evil.test/x", ""),
        ("/a", "https://evil.test/x", "https://evil.test/x"),
        ("/a", "javascript:alert(1)", ""),
        ("/a", "mailto:me@docs.test", ""),
        ("/a", "/\\evil.test", ""),
        ("/a", "http://[", ""),
        ("/a", "", ""),
        ("/a", "/" + "x" * 3000, ""),
    ],
)
def test_web_address_is_resolved_against_its_page(base: str, href: str, address: str) -> None:
    assert web_address(base, href) == address


@pytest.mark.parametrize(
    ("href", "address"),
    [
        ("b.md", "/pages/guide/b"),
        ("./b.md#part", "/pages/guide/b#part"),
        ("../top.mdx?x=1#part", "/pages/top#part"),
        ("/top", "/pages/top"),
        ("../folder/", "/pages/folder"),
        ("b.html", "/pages/guide/b"),
        ("b%2Emd", "/pages/guide/b"),
        ("#part", "/pages/guide/a#part"),
        ("missing.md", ""),
        ("../../outside.md", ""),
        ("mailto:me@docs.test", ""),
    ],
)
def test_link_between_files_leads_to_the_page(href: str, address: str) -> None:
    pages = {"guide/b.md": "/pages/guide/b", "top.mdx": "/pages/top", "folder/index.md": "/pages/folder"}

    found = file_address("guide/a.md", "/pages/guide/a", lambda path: pages.get(path, ""), href)

    assert found == address
