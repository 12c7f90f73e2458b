"""In a real browser, links of citations open at their sentence: what text fragments must hold on to."""

from __future__ import annotations

import asyncio
from pathlib import Path

from askdocs.sources import open_source
from askdocs.text import chunking, fragments, spans
from askdocs.types import SourceSpec
from bench import links

FILLER = "\n\n".join(f"Paragraph {number} says nothing of interest to anybody here." for number in range(60))
PAGE = f"""# Reference

{FILLER}

## First option

- Type of value: boolean or number
- Installation

Call `open_runtime()` **once** in [the lifespan](life.md) of the app, re-run it, and close it & all that
it has opened when the app ends, in the order in which it was opened.

{FILLER}

## Second option

- Type of value: boolean or number
- Another one

| Name | What it is for |
| --- | --- |
| `timeout` | How long a request may take, in seconds |

```python
def answer(question):
    return   model.ask(question)
```

retries
:   How often a request is tried before it fails

## Installation

{FILLER}
"""


def test_every_quote_of_a_page_is_in_view_when_its_link_has_opened(tmp_path: Path) -> None:
    (tmp_path / "reference.md").write_text(PAGE)
    page = next(open_source(SourceSpec(tmp_path)).pages)
    citations = [
        {"url": chunk.link, "quote": span.text, "fragment": fragments.directive(span)}
        for chunk in chunking.split(page, max_chars=500)
        for span in spans.of(chunk.blocks)
        if "Paragraph" not in span.text
    ]

    seen = asyncio.run(links.look_at(tmp_path, citations))

    assert len(seen) == 9
    assert [one.citation for one in seen if not (one.is_right_heading and one.is_in_view)] == []
