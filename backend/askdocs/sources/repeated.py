"""Finds what stands on almost every page of a site, as "Was this page helpful?" does, and takes it off.

What themes put around a page's text has a class of its own in each; that it is on all pages tells it in any.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from askdocs.types import Block, Page, Section

SAMPLE = 60
"""Pages that are looked at, spread over the site."""

LEAST = 20
"""Pages that must have said something: fewer have too much in common."""

SHARE = 0.85
"""Of the pages that have it. On the sites of OpenTelemetry (Docsy) and of Hugo what the theme says is on 92 %
of the pages or more; of what authors say the label "Syntax" is on most, 68 % of Hugo's."""

_VARIES = re.compile(r"\d+|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b", re.IGNORECASE)
"""What differs in "Last updated: 3 March 2026"."""


def sample(paths: Sequence[str]) -> Sequence[str]:
    """The paths of the pages to look at, evenly spread; none of a small site."""
    return paths[:: -(-len(paths) // SAMPLE)] if len(paths) >= LEAST else ()


def find(pages: Iterable[Page]) -> frozenset[str]:
    """The lines that almost all of these pages have."""
    counts: Counter[str] = Counter()
    total = 0
    for page in pages:
        total += 1
        counts.update(
            {_key(block) for section in page.sections for block in section.blocks if _may_repeat(block)}
        )
    return frozenset(line for line, count in counts.items() if total >= LEAST and count >= SHARE * total)


def without(page: Page, lines: frozenset[str]) -> Page:
    """The page without these lines, and without the headings that stand above nothing else."""
    if not lines:
        return page
    kept = (_without(section, lines) for section in page.sections)
    return replace(page, sections=tuple(section for section in kept if section is not None))


def _without(section: Section, lines: frozenset[str]) -> Section | None:
    blocks = tuple(block for block in section.blocks if not (_may_repeat(block) and _key(block) in lines))
    if len(blocks) == len(section.blocks):
        return section
    return replace(section, blocks=blocks) if blocks else None


def _may_repeat(block: Block) -> bool:
    return block.kind in ("prose", "item") and not block.is_code


def _key(block: Block) -> str:
    return _VARIES.sub("0", block.text.strip())
