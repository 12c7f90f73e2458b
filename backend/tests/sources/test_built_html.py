"""The HTML that generators build is read without what they put beside the text."""

from __future__ import annotations

from pathlib import Path

import pytest

from askdocs.sources import open_source
from askdocs.types import SourceSpec

CODE_GROUP = """
<div class="vp-code-group vp-adaptive-theme"><div class="tabs"><input type="radio" checked>
<label data-title="config.js">config.js</label><input type="radio"><label>config.ts</label></div>
<div class="blocks">
<div class="language-js active"><span class="lang">js</span><pre><code>one</code></pre></div>
<div class="language-ts"><span class="lang">ts</span><pre><code>two</code></pre></div>
</div></div><div class="language-sh"><span class="lang">sh</span><pre><code>three</code></pre></div>
<p>It is in <span class="lang">English</span>.</p>
"""
STARLIGHT = """
<aside aria-label="Hot" class="starlight-aside"><p class="starlight-aside__title" aria-hidden="true">Hot</p>
<div class="starlight-aside__content"><p>Do not touch.</p></div></aside>
<div class="sl-heading-wrapper"><h2 id="fill">Fill</h2><a class="sl-anchor-link" href="#fill">
<span class="sr-only">Section titled Fill</span></a></div>
<starlight-tabs><div class="tablist-wrapper"><ul role="tablist">
<li><a role="tab">Oil</a></li><li><a role="tab">LED</a></li></ul></div>
<div role="tabpanel">Pour.</div><div role="tabpanel" hidden>Charge.</div></starlight-tabs>
"""
MKDOCSTRINGS = """
<h2 id="lamp.light" class="doc doc-heading">lamp.light</h2><div class="doc-contents"><p>Light it.</p>
<details class="mkdocstrings-source"><summary>Source code</summary><pre><code>x</code></pre></details></div>
"""


@pytest.mark.parametrize(
    ("html", "said"),
    [
        (CODE_GROUP, ["config.js:", "one", "config.ts:", "two", "three", "It is in English."]),
        (STARLIGHT, ["Hot", "Do not touch.", "Oil:", "Pour.", "LED:", "Charge."]),
        (MKDOCSTRINGS, ["Light it."]),
    ],
    ids=["VitePress", "Starlight", "mkdocstrings"],
)
def test_what_stands_beside_the_text_is_left_out(html: str, said: list[str], tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(f"<main><h1>Page</h1>{html}</main>")
    (page,) = open_source(SourceSpec(tmp_path)).pages

    assert [block.text for section in page.sections for block in section.blocks] == said
