"""What a revision keeps of its sources is read back, by other releases, too."""

from __future__ import annotations

import json
from pathlib import Path

from askdocs.db import published_sources
from askdocs.types import PublishedSource, SourceSpec

SOURCE = PublishedSource(
    SourceSpec(
        Path("/docs"),
        name="api",
        kind="html",
        base_url="/api",
        url_style="slash",
        include=("a/",),
        exclude=("b/", "c"),
        version="2",
        locale="de",
        weight=0.5,
    ),
    default_version="2",
    default_locale="de",
)


def test_sources_are_read_as_they_were_written() -> None:
    stored = json.loads(json.dumps(published_sources.encode([SOURCE])))

    assert published_sources.decode(stored) == (SOURCE,)


def test_row_of_a_program_that_knew_one_source_has_none() -> None:
    assert published_sources.decode(None) == ()


def test_what_a_newer_program_adds_is_passed_over_and_what_it_lacks_has_its_default() -> None:
    stored = published_sources.encode([SOURCE])
    stored["sources"][0]["colour"] = "blue"
    del stored["sources"][0]["weight"]

    (read,) = published_sources.decode(stored)

    assert (read.spec.name, read.spec.weight) == ("api", 1.0)
