"""Sites that Sphinx built are read without what surrounds their pages, and each object at its own anchor."""

from __future__ import annotations

from pathlib import Path

import pytest

from askdocs.errors import SourceError
from askdocs.sources import open_source
from askdocs.types import Page, Section, SourceSpec

SITES = Path(__file__).parents[1] / "fixtures" / "sources" / "sphinx"
THEMES = ("furo", "rtd", "alabaster")


def _pages(theme: str) -> dict[str, Page]:
    source = open_source(SourceSpec(SITES / theme))
    assert source.kind == "sphinx"
    pages = {page.title: page for page in source.pages}
    assert source.problems == []
    return pages


def _said(section: Section) -> list[str]:
    return [block.text for block in section.blocks]


@pytest.mark.parametrize(
    ("theme", "urls"),
    [
        ("furo", {"API": "/api.html", "Guide": "/guide/", "Lantern": "/"}),
        ("rtd", {"API": "/api.html", "Guide": "/guide/", "Lantern": "/"}),
        ("alabaster", {"API": "/api/", "Guide": "/guide/", "Lantern": "/"}),
    ],
)
def test_pages_are_the_authors_own(theme: str, urls: dict[str, str]) -> None:
    assert {page.title: page.url for page in _pages(theme).values()} == urls


@pytest.mark.parametrize("theme", THEMES)
def test_each_object_has_a_section(theme: str) -> None:
    sections = {
        section.anchor: section for section in _pages(theme)["API"].sections if section.anchor != "lamps"
    }

    assert list(sections) == [
        "",
        "lantern.Lamp",
        "lantern.Lamp.light",
        "lantern.Lamp.oil",
        "lantern.Lamp.refill",
        "snuff",
        "snuff_all",
        "command-line",
        "cmdoption-lantern-oil",
        "envvar-LANTERN_OIL",
    ]
    light = sections["lantern.Lamp.light"]
    assert light.heading == ("Lamps", "lantern.Lamp", "lantern.Lamp.light")
    assert light.blocks[0].language == "python"
    assert _said(light)[:2] == ["light(minutes: int, *, bright: bool = False) → bool", "Light the lamp."]
    assert _said(sections["snuff_all"]) == ["snuff_all()", "Put them out."]
    assert sections["cmdoption-lantern-oil"].heading == ("Command line", "--oil")


@pytest.mark.parametrize("theme", THEMES)
def test_what_follows_an_object_belongs_to_the_section_around_it(theme: str) -> None:
    around = [section for section in _pages(theme)["API"].sections if section.anchor == "lamps"]

    assert [_said(section) for section in around] == [[], ["Behind the class, about lamps again."]]
    assert around[1].heading == ("Lamps",)


@pytest.mark.parametrize("theme", THEMES)
def test_no_boilerplate_is_left(theme: str) -> None:
    guide, start = _pages(theme)["Guide"], _pages(theme)["Lantern"]

    assert [(section.anchor, _said(section)) for section in guide.sections] == [
        (
            "oil",
            [
                "Fill it with oil, see lantern.Lamp.",
                "Warning",
                "Hot glass.",
                "lantern --oil 3",
                "wick",
                "What burns.",
            ],
        ),
        ("id1", ["More oil."]),
    ]
    assert [_said(section) for section in start.sections] == [["A lamp for every room."]]


def test_a_built_site_is_found_beside_its_sources(tmp_path: Path) -> None:
    (tmp_path / "conf.py").write_text("")
    (tmp_path / "index.rst").write_text("")
    with pytest.raises(SourceError, match="only Sphinx reads") as raised:
        open_source(SourceSpec(tmp_path))
    (tmp_path / "_build").mkdir()
    (tmp_path / "_build" / "html").symlink_to(SITES / "rtd", target_is_directory=True)

    assert "sphinx-build" in raised.value.fix
    assert open_source(SourceSpec(tmp_path)).total == 3
