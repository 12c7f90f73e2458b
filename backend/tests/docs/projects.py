"""What lies where a page is followed: the docs of a program called Lantern, made with some generator."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from askdocs.config import root

_HANDBOOK = Path(__file__).parent / "handbook"
_BUILT = Path(__file__).parents[1] / "fixtures" / "sources" / "docusaurus"

_CONFIGURATIONS = {
    "docusaurus": (
        "docusaurus.config.ts",
        """\
import type { Config } from "@docusaurus/types";

const config: Config = {
  title: "Lantern",
  url: "https://docs.lantern.example",
  baseUrl: "/",
  presets: [["classic", { docs: { sidebarPath: "./sidebars.ts" } }]],
};

export default config;
""",
    ),
    "mkdocs": (
        "mkdocs.yml",
        "site_name: Lantern\nsite_url: https://docs.lantern.example/\ntheme:\n  name: material\n",
    ),
    "vitepress": (
        "docs/.vitepress/config.mts",
        """\
import { defineConfig } from "vitepress";

export default defineConfig({
  title: "Lantern",
  cleanUrls: true,
});
""",
    ),
    "starlight": (
        "astro.config.mjs",
        """\
import { defineConfig } from "astro/config";
import starlight from "@astrojs/starlight";

export default defineConfig({
  site: "https://docs.lantern.example",
  integrations: [starlight({ title: "Lantern" })],
});
""",
    ),
    "sphinx": ("docs/conf.py", 'project = "Lantern"\nhtml_theme = "alabaster"\n'),
}


def handbook(folder: Path) -> Path:
    """Markdown in `docs/`, HTML in `public/`, and `npm run build`, which makes a Docusaurus site."""
    shutil.copytree(_HANDBOOK, folder)
    shutil.copytree(_BUILT, folder / "built")
    _html(folder / "public")
    return folder


def project(folder: Path, generator: str) -> Path:
    """The same docs as a project of this generator, in which nothing was done for Askdocs yet."""
    handbook(folder)
    shutil.rmtree(folder / "public")
    name, text = _CONFIGURATIONS[generator]
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    if generator != "docusaurus":
        shutil.rmtree(folder / "built")
    if generator == "starlight":
        (folder / "src" / "content").mkdir(parents=True)
        (folder / "docs").rename(folder / "src" / "content" / "docs")
    if generator == "sphinx":
        _html(folder / "docs" / "_build" / "html")
    return folder


def clone(folder: Path, program: Path) -> Path:
    """A clone of this repository in which `make` has installed and built what it takes minutes for."""
    makefile = (root() / "Makefile").read_text(encoding="utf-8")
    named = re.findall(r"\b(?:backend|scripts|website)/[\w./-]+", makefile)
    for name in ("Makefile", "scripts/run.sh", *(one for one in named if (root() / one).is_file())):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root() / name, folder / name)
    shutil.copytree(_BUILT, folder / "website" / "build", dirs_exist_ok=True)
    _html(folder / "website" / "build" / "demo" / "vite")
    shutil.copytree(root() / "config", folder / "config")
    for tool, there in {"askdocs": program, "python": Path(sys.executable)}.items():
        (folder / ".venv" / "bin").mkdir(parents=True, exist_ok=True)
        (folder / ".venv" / "bin" / tool).symlink_to(there)
    for stamp in (".venv/.runtime", "website/node_modules/.installed", "website/build/docs-manifest.json"):
        (folder / stamp).parent.mkdir(parents=True, exist_ok=True)
        (folder / stamp).touch()
    return folder


def indexed(folder: Path, variables: Mapping[str, str]) -> Path:
    """The handbook's Markdown as site `docs`, in its second revision, with one question in the log."""
    handbook(folder)
    page = folder / "docs" / "backups.md"
    final = page.read_text(encoding="utf-8")
    page.write_text("# Backups\n\nThere are none yet.\n", encoding="utf-8")
    index = "askdocs index docs --site docs"
    script = f"""
        askdocs site add docs --origin http://localhost:3000
        {index}
        cat > docs/backups.md
        {index}
        askdocs ask 'Can I rename a release?'
    """
    subprocess.run(
        ["bash", "-euc", script],
        cwd=folder,
        env=variables,
        input=final,
        text=True,
        check=True,
        capture_output=True,
    )
    return folder


def _html(folder: Path) -> None:
    shutil.copytree(_BUILT, folder, ignore=shutil.ignore_patterns("docs-manifest.json"), dirs_exist_ok=True)
    home = "<!doctype html><title>Lantern</title><h1>Lantern</h1><p>Lantern keeps the lights on."
    (folder / "index.html").write_text(home, encoding="utf-8")
