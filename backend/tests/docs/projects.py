"""What lies where a page is followed: somebody's docs, with nothing indexed or with two revisions."""

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


def handbook(folder: Path) -> None:
    """The project of a docs team: Markdown, a folder of HTML, and `npm run build`, which makes a site."""
    shutil.copytree(_HANDBOOK, folder)
    shutil.copytree(_BUILT, folder / "built")
    shutil.copytree(_BUILT, folder / "public", ignore=shutil.ignore_patterns("docs-manifest.json"))


def clone(folder: Path, program: Path) -> None:
    """A clone of this repository in which `make` has installed and built what it takes minutes for."""
    makefile = (root() / "Makefile").read_text(encoding="utf-8")
    named = re.findall(r"\b(?:backend|scripts|website)/[\w./-]+", makefile)
    for name in ("Makefile", "scripts/run.sh", *(one for one in named if (root() / one).is_file())):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root() / name, folder / name)
    shutil.copytree(_BUILT, folder / "website" / "build")
    for tool, there in {"askdocs": program, "python": Path(sys.executable)}.items():
        (folder / ".venv" / "bin").mkdir(parents=True, exist_ok=True)
        (folder / ".venv" / "bin" / tool).symlink_to(there)
    for stamp in (".venv/.runtime", "website/node_modules/.installed", "website/build/docs-manifest.json"):
        (folder / stamp).parent.mkdir(parents=True, exist_ok=True)
        (folder / stamp).touch()


def indexed(folder: Path, variables: Mapping[str, str]) -> None:
    """The handbook's Markdown as site `docs`, in its second revision, with one question in the log."""
    handbook(folder)
    page = folder / "docs" / "backups.md"
    final = page.read_text(encoding="utf-8")
    page.write_text("# Backups\n\nThere are none yet.\n", encoding="utf-8")
    call = "askdocs index docs --site docs"
    _run(
        f"{call} && cat > docs/backups.md && {call} && askdocs ask 'Is there an app?'",
        folder,
        variables,
        final,
    )


def _run(script: str, folder: Path, variables: Mapping[str, str], given: str) -> None:
    subprocess.run(
        ["bash", "-euc", script],
        cwd=folder,
        env=variables,
        input=given,
        text=True,
        check=True,
        capture_output=True,
    )
