"""Docs folders as generators leave them, small."""

from __future__ import annotations

from pathlib import Path

MKDOCS = """\
site_name: Kettle
site_url: https://docs.kettle.dev/manual/
theme:
  name: material
markdown_extensions:
  - pymdownx.emoji:
      emoji_index: !!python/name:material.extensions.emoji.twemoji
extra:
  key: !ENV [KEY, "none"]
"""

VITEPRESS = """\
import { defineConfig } from 'vitepress'
import { withMermaid } from 'vitepress-plugin-mermaid'

// https://vitepress.dev/reference/site-config
export default withMermaid(defineConfig({
  title: "Kettle",
  base: '/kettle/',
  srcDir: 'pages',
  sitemap: { hostname: 'https://kettle.dev' },
  head: [['link', { rel: 'icon', href: '/kettle/favicon.ico' }]],
  themeConfig: { nav: [] }
}))
"""

ASTRO = """\
// @ts-check
import { defineConfig } from 'astro/config';
import starlight from '@astrojs/starlight';

// https://astro.build/config
export default defineConfig({
	site: 'https://kettle.dev',
	base: '/docs',
	integrations: [
		starlight({
			title: 'Kettle',
			social: [{ icon: 'github', label: 'GitHub', href: 'https://github.com/kettle/kettle' }],
			sidebar: [{ label: 'Guides', items: [{ label: 'Example', slug: 'guides/example' }] }],
		}),
	],
});
"""

CONF_PY = """\
# Configuration file for the Sphinx documentation builder.
project = 'Kettle'
copyright = '2026, Kettle'
extensions = []
html_theme = 'furo'
html_static_path = ['_static']
html_baseurl = 'https://kettle.readthedocs.io/en/latest/'
"""

HUGO = """\
baseURL = 'https://kettle.dev/docs/'
title = 'Kettle'
theme = 'docsy'
"""

PAGE = "# Kettle\n\nPress the red button to boil water.\n"

CONFIGS = Path(__file__).parent / "configs"
DOCUSAURUS = (CONFIGS / "classic.ts").read_text()

FILES: dict[str, dict[str, str]] = {
    "docusaurus": {"docusaurus.config.ts": DOCUSAURUS, "docs/intro.md": PAGE, "package.json": "{}"},
    "mkdocs": {"mkdocs.yml": MKDOCS, "docs/index.md": PAGE},
    "vitepress": {".vitepress/config.mts": VITEPRESS, "pages/index.md": PAGE, "package.json": "{}"},
    "starlight": {"astro.config.mjs": ASTRO, "src/content/docs/index.mdx": PAGE},
    "sphinx": {"conf.py": CONF_PY, "index.rst": "Kettle\n======\n"},
    "hugo": {"hugo.toml": HUGO, "content/_index.md": f"---\ntitle: Kettle\n---\n{PAGE}"},
    "wiki": {"Home.md": "Welcome\n", "_Sidebar.md": "* [Home](Home)\n"},
    "gitbook": {"SUMMARY.md": "* [Kettle](README.md)\n", "README.md": PAGE},
    "html": {"index.html": "<html><title>Kettle</title><body><h1>Kettle</h1><p>Water.</body></html>"},
    "markdown": {"README.md": "# Kettle\n", "docs/boil.md": PAGE},
}


def lay(folder: Path, kind: str) -> Path:
    """A project of this kind in the folder."""
    for name, text in FILES[kind].items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
