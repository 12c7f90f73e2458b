"""Every shell block of the pages for readers and docs teams runs as it is written, in its page's order."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from askdocs.config import root
from tests import warm
from tests.docs import projects, sandbox
from tests.docs.blocks import blocks, matches, with_output
from tests.docs.sandbox import Sandbox

WEBSITE = root() / "website"
DOCS = WEBSITE / "docs"
PARTS = ("start", "use", "decide")
PAGES = sorted(path for part in PARTS for path in (DOCS / part).glob("**/*.md"))


def name(page: Path) -> str:
    return f"{page.parent.name}/{page.stem}"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Of a copy outside of the repository, so that it takes itself for an installed one."""
    folder = tmp_path_factory.mktemp("bin")
    copied = shutil.copytree(
        root() / "backend" / "askdocs",
        folder / "lib" / "askdocs",
        ignore=shutil.ignore_patterns("__pycache__"),
        ignore_dangling_symlinks=True,
    )
    with warm.commands(folder, library=copied.parent) as found:
        yield found.askdocs


@pytest.fixture(scope="module")
def indexed(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project to make copies of, with its index."""
    base = tmp_path_factory.mktemp("indexed")
    return projects.indexed(base / "lantern", sandbox.environment(base, program))


@pytest.fixture(scope="module")
def gemini() -> Iterator[str]:
    """The address of what stands in for Gemini, for blocks that set a key."""
    command = [sys.executable, "-m", "tests.fakes.gemini", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        yield server.stdout.readline().strip()
        server.terminate()


@pytest.fixture
def shell(page: Path, program: Path, gemini: str, indexed: Path, tmp_path: Path) -> Iterator[Sandbox]:
    folder, variables = tmp_path / "lantern", {"GEMINI_BASE_URL": gemini}
    match name(page):
        case "start/try-it":
            projects.clone(folder, program)
            variables["ASKDOCS_CONFIG_DIR"] = str(folder / "config")
        case "start/docusaurus" | "start/mkdocs" | "start/vitepress" | "start/starlight" | "start/sphinx":
            projects.project(folder, page.stem)
        case "start/quick-start":
            folder = projects.handbook(folder) / "docs"
        case place if place.startswith("start/") or place == "use/sources":
            projects.handbook(folder)
        case _:
            shutil.copytree(indexed, folder)
    with sandbox.opened(tmp_path / "home", folder, program, **variables) as opened:
        yield opened


@pytest.mark.parametrize(
    "page", [page for page in PAGES if any(one.is_run for one in blocks(page))], ids=name
)
def test_page_runs(page: Path, shell: Sandbox) -> None:
    for block, shown in with_output(blocks(page)):
        if block.file:
            shell.write(block.file, block.code)
        if block.is_run:
            ended = shell.run(block)
            told = f"{block.place}\n{block.code}\n{ended.out}{ended.err}"
            assert ended.code == int(block.marks.get("exit", 0)), told
            assert shown is None or matches(shell.own(shown.code), ended.out + ended.err), (
                f"it shows another output: {told}"
            )


GERMAN = WEBSITE / "i18n" / "de" / "docusaurus-plugin-content-docs" / "current"


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent.name in ("start", "use")], ids=name)
def test_german_page_has_the_same_blocks(page: Path) -> None:
    translated = GERMAN / page.relative_to(DOCS)

    def shown(path: Path) -> list[tuple[str, dict[str, str], str]]:
        return [(block.language, dict(block.marks), block.code) for block in blocks(path)]

    assert shown(translated) == shown(page)


def test_few_blocks_cannot_run_and_each_says_why() -> None:
    left_out = {
        (name(page), reason)
        for page in PAGES
        for block in blocks(page)
        if (reason := block.marks.get("not-run") or block.marks.get("example"))
    }

    assert left_out == {
        ("start/docusaurus", "it loads a package of a registry"),
        ("start/go-live", "needs a server on the internet"),
        ("start/install", "it builds everything, which takes a minute"),
        ("start/install", "it loads a package of a registry"),
        ("start/install", "it loads the packages of a registry"),
        ("start/install", "it needs a release's files"),
        ("start/install", "it needs the file"),
        ("start/install", "the pages of each generator run it"),
        ("start/quick-start", "it loads the packages of a registry"),
        ("start/sphinx", "needs Sphinx, which no test installs"),
        ("use/evaluate", "a change to the docs of a site with 34 questions"),
    }
