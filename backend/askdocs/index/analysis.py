"""How the text of a page becomes terms: by its language, and with the particles that may be meant."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, islice

from askdocs.text import languages, tokens
from askdocs.text.languages import ENGLISH
from askdocs.types import Page

_LINES = 200
"""Lines of a page that are enough to tell its language."""


def of_page(page: Page) -> Callable[[str], list[str]]:
    """What makes terms of the page's texts, in the language that it names or else seems to be written in."""
    language = languages.primary(page.language) or languages.guess(_prose(page)) or ENGLISH

    def terms(text: str) -> list[str]:
        return tokens.terms(text, language) + tokens.particles(text)

    return terms


def _prose(page: Page) -> str:
    blocks = chain.from_iterable(section.blocks for section in page.sections)
    return "\n".join(islice((block.text for block in blocks if not block.is_code), _LINES))
