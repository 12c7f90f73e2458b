"""What is known of each documentation generator: its files, its development server, where its build goes."""

from __future__ import annotations

from dataclasses import dataclass

_SCRIPTS = ("ts", "mts", "cts", "js", "mjs", "cjs")


@dataclass(frozen=True, slots=True)
class Generator:
    """`configs` are the names of its configuration, from the project's folder. `ports` are those of its
    development and preview servers as it sets them by default. `docs` is where pages are written, `built`
    where a build goes. `serve` and `build` are the usual commands, and `starts` is what a script of
    package.json that serves has in it."""

    kind: str
    title: str
    configs: tuple[str, ...]
    ports: tuple[int, ...]
    docs: str
    built: tuple[str, ...]
    serve: str
    build: str
    starts: str = ""


def _scripts(*stems: str) -> tuple[str, ...]:
    return tuple(f"{stem}.{suffix}" for stem in stems for suffix in _SCRIPTS)


def _data(*stems: str) -> tuple[str, ...]:
    return tuple(f"{stem}.{suffix}" for stem in stems for suffix in ("toml", "yaml", "yml", "json"))


DOCUSAURUS = Generator(
    "docusaurus",
    "Docusaurus",
    _scripts("docusaurus.config"),
    (3000,),
    "docs",
    ("build",),
    "npm start",
    "npm run build",
    starts="docusaurus start",
)
MKDOCS = Generator(
    "mkdocs",
    "MkDocs",
    ("mkdocs.yml", "mkdocs.yaml"),
    (8000,),
    "docs",
    ("site",),
    "mkdocs serve",
    "mkdocs build",
)
VITEPRESS = Generator(
    "vitepress",
    "VitePress",
    _scripts(".vitepress/config", ".vitepress/config/index"),
    (5173, 4173),
    ".",
    (".vitepress/dist",),
    "npx vitepress dev",
    "npx vitepress build",
    starts="vitepress dev",
)
STARLIGHT = Generator(
    "starlight",
    "Starlight",
    _scripts("astro.config"),
    (4321,),
    "src/content/docs",
    ("dist",),
    "npm run dev",
    "npm run build",
    starts="astro dev",
)
HUGO = Generator(
    "hugo",
    "Hugo",
    (*_data("hugo"), *_data("config/_default/hugo", "config/_default/config"), *_data("config")),
    (1313,),
    "content",
    ("public",),
    "hugo server",
    "hugo",
)
SPHINX = Generator(
    "sphinx",
    "Sphinx",
    ("conf.py", "source/conf.py"),
    (8000,),
    ".",
    ("_build/html", "_build/dirhtml", "build/html", "build/dirhtml", "../build/html", "../_build/html"),
    "sphinx-build -b html . _build/html && python -m http.server 8000 --directory _build/html",
    "sphinx-build -b html . _build/html",
)
WIKI = Generator("wiki", "a GitHub wiki", (), (), ".", (), "", "")
MDBOOK = Generator("mdbook", "mdBook", (), (), ".", (), "", "")
GITBOOK = Generator("gitbook", "GitBook", (), (), ".", (), "", "")
HTML = Generator("html", "HTML", (), (8080,), ".", (), "python -m http.server 8080", "")
MARKDOWN = Generator("markdown", "Markdown", (), (), ".", (), "", "")

PLAIN = {one.kind: one for one in (WIKI, MDBOOK, GITBOOK, MARKDOWN)}
"""What is no generator's project, by what reads it; the rest is built pages."""

BY_CONFIG = (DOCUSAURUS, VITEPRESS, STARLIGHT, MKDOCS, SPHINX, HUGO)
"""Those whose configuration tells them, in the order in which it does: names that only one of them has
first."""
