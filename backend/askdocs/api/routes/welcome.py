"""The page /try: the chat of a site, to try it before it is on the site's own pages.

Only in development: it tells everybody which sites there are.
"""

from __future__ import annotations

import html
from string import Template
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from askdocs.api.deps import RuntimeDep
from askdocs.db import sites
from askdocs.types import Site

router = APIRouter(include_in_schema=False)


@router.get("/try")
async def welcome(request: Request, rt: RuntimeDep, site: str = "") -> HTMLResponse:
    """The chat of the site that is named, or of the first one that has something published."""
    known = await rt.db.run(sites.all_sites)
    published = [one for one in known if await rt.live.get(one.id) is not None]
    chosen = next((one for one in published if one.name == site), published[0] if published else None)
    server = str(request.base_url).rstrip("/")
    if chosen is None:
        return HTMLResponse(_page("Nothing is published yet", _NOTHING, server=server))
    tag = _TAG.format(server=server, key=chosen.key)
    home = _home(chosen)
    body = _TRY.substitute(
        tag=tag,
        shown=html.escape(tag),
        others=_others(published, chosen, server),
        home=f'<a href="{html.escape(home)}">{html.escape(home)}</a>' if home else "your site",
    )
    return HTMLResponse(_page(f"Ask {chosen.name}", body, server=server, base=home))


def _home(site: Site) -> str:
    """Where the links of citations lead from here: to the site where readers find it, else to its development
    server."""
    local = ("localhost", "127.0.0.1", "::1")
    public = [origin for origin in site.origins if urlsplit(origin).hostname not in local]
    return next(iter((*public, *site.origins)), "")


def _others(published: list[Site], chosen: Site, server: str) -> str:
    links = [
        f'<a href="{server}/try?site={html.escape(one.name)}">{html.escape(one.name)}</a>'
        for one in published
        if one is not chosen
    ]
    return f"<p>Other sites here: {', '.join(links)}</p>" if links else ""


def _page(title: str, body: str, *, server: str, base: str = "") -> str:
    return _FRAME.substitute(
        title=html.escape(title),
        body=body,
        server=server,
        base=f'<base href="{html.escape(base)}/">' if base else "",
    )


_TAG = """\
<script
  src="{server}/widget/askdocs.js"
  data-site-key="{key}"
  data-api="{server}"
  defer
></script>"""

_FRAME = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>$title</title>
<link rel="icon" href="data:,">
$base
<style>
  :root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif }
  body { max-width: 34rem; margin: 12vh 0 0 max(1.25rem, 14vw - 6rem); padding-right: 1.25rem }
  pre { padding: 1rem; overflow-x: auto; border: 1px solid #8884; border-radius: .5rem; font-size: .8125rem }
  small { opacity: .75 }
</style>
<h1>$title</h1>
$body
<p><small><a href="$server/health">Health</a></small></p>
</html>
""")

_TRY = Template("""<p>The docs are indexed. Ask them in the chat, with the button in the corner.</p>
<p>Citations lead to $home, so that has to be up for them to open.</p>
<p>This page is for trying. On your own pages, this puts the chat:</p>
<pre>$shown</pre>
$others
$tag
<script>
  customElements.whenDefined("askdocs-chat").then(() => document.querySelector("askdocs-chat")?.open());
</script>""")

_NOTHING = """<p>Run this in the folder of your docs, then load this page again:</p>
<pre>askdocs init</pre>
<p>It finds out what the docs are made with, and indexes them.</p>"""
