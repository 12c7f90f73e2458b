"""A source is taken for unchanged only where all its pages would be what they were."""

from __future__ import annotations

import ast
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from askdocs.config import root
from askdocs.errors import SourceError
from askdocs.sources import inputs, open_source
from askdocs.text import chunking
from askdocs.types import Inputs, SourceSpec

SITES = root() / "backend" / "tests" / "fixtures" / "sources"
KINDS = sorted(path.name for path in SITES.iterdir() if path.is_dir())
PACKAGE = root() / "backend" / "askdocs"

Pages = dict[str, tuple[str, str]] | str


def read(folder: Path) -> tuple[Pages, Inputs | None]:
    """Hash and address of each page, or why there are none; and what that was read from."""
    try:
        source = open_source(SourceSpec(folder))
        pages = {page.path: (chunking.content_hash(page), page.url) for page in source.pages}
    except SourceError as error:
        return str(error), None
    assert source.recorder is not None
    return {**pages, "": (str(source.problems), str(source.skipped))}, source.recorder.inputs()


def finds(folder: Path, before: Inputs) -> bool:
    try:
        recorder = open_source(SourceSpec(folder)).recorder
    except SourceError:
        return False
    assert recorder is not None
    return recorder.finds(before)


def changes(site: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """Each file gets another text, and goes; each folder gets more files. With what brings the site back."""
    seen: set[Path] = set()
    for file in sorted(path for path in site.rglob("*") if path.is_file()):
        data = file.read_bytes()
        beside = [file.with_name(name) for name in ("index.md", "README.md", "added.md", "index.html")]
        name = file.relative_to(site).as_posix()

        def back(file: Path = file, data: bytes = data) -> None:
            file.write_bytes(data)

        file.write_bytes(data + b"\nA sentence more.\n")
        yield f"{name} changed", back
        file.unlink()
        yield f"{name} gone", back
        for added in (each for each in beside if file.parent not in seen and not each.exists()):
            shutil.copy(file, added)
            yield f"{name} copied to {added.name}", added.unlink
        seen.add(file.parent)


@pytest.mark.parametrize("kind", KINDS)
def test_source_that_would_be_read_differently_is_not_taken_for_the_same(kind: str, tmp_path: Path) -> None:
    site = Path(shutil.copytree(SITES / kind, tmp_path / kind))
    before, known = read(site)
    assert known is not None
    assert finds(site, known)
    noticed, wrong = 0, []
    for what, back in changes(site):
        if not finds(site, known):
            noticed += 1
        elif read(site)[0] != before:
            wrong.append(what)
        back()
    assert wrong == []
    assert noticed > 3
    assert finds(site, known)


def test_file_that_pages_include_from_elsewhere_counts(tmp_path: Path) -> None:
    (tmp_path / "mkdocs.yml").write_text("site_name: x\nmarkdown_extensions: [pymdownx.snippets]\n")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text('# Start\n\n--8<-- "README.txt"\n')
    (tmp_path / "README.txt").write_text("Install it.")
    _, known = read(tmp_path / "docs")
    assert known is not None
    assert finds(tmp_path / "docs", known)

    (tmp_path / "README.txt").write_text("Do not install it.")

    assert not finds(tmp_path / "docs", known)


def test_page_whose_day_comes_is_read_then(tmp_path: Path) -> None:
    for name in ("content", "archetypes"):
        (tmp_path / name).mkdir()
    (tmp_path / "hugo.toml").write_text('baseURL = "https://docs.test/"')
    (tmp_path / "content" / "old.md").write_text("# Old\n\nText.")
    soon = datetime.now(UTC) + timedelta(days=1)
    (tmp_path / "content" / "new.md").write_text(f"---\npublishDate: {soon.isoformat()}\n---\n# New\n\nText.")
    pages, known = read(tmp_path)
    assert known is not None
    assert (known.until, "new.md" in pages) == (soon, False)
    assert finds(tmp_path, known)
    past = Inputs(known.read_by, known.questions, known.answers, datetime.now(UTC))
    assert not finds(tmp_path, past)


def test_settings_that_make_other_pages_count_and_weight_does_not(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A\n\nText.")
    _, known = read(tmp_path)
    assert known is not None

    def is_found(**settings: object) -> bool:
        recorder = open_source(SourceSpec(tmp_path, **settings)).recorder  # type: ignore[arg-type]  # one each
        return recorder is not None and recorder.finds(known)

    assert is_found(weight=0.5)
    assert not is_found(base_url="/docs")
    assert not is_found(exclude=("b.md",))
    assert not is_found(version="2")


def test_folder_that_is_changed_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text("# A\n\n[B](b.md) and [A](a.md).")
    source = open_source(SourceSpec(tmp_path))
    next(source.pages)
    (tmp_path / "b.md").write_text("# B\n\nAnother text.")
    list(source.pages)

    assert source.recorder is not None
    assert source.recorder.inputs() is None


def test_copy_of_a_folder_is_the_same_source(tmp_path: Path) -> None:
    """A checkout elsewhere, say on another runner, with other times of its files."""
    one = tmp_path / "one" / "site"
    shutil.copytree(SITES / "vitepress", one)
    _, known = read(one)
    assert known is not None
    other = Path(shutil.copytree(one, tmp_path / "another" / "site"))
    for file in other.rglob("*.md"):
        os.utime(file, (1, 1))

    assert finds(other, known)


def modules() -> list[Path]:
    return [path for name in ("sources", "text", "types") for path in sorted((PACKAGE / name).glob("*.py"))]


def test_libraries_that_pages_are_made_with_are_known() -> None:
    imported = set()
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.partition(".")[0])
    names = packages_distributions()
    used = {name.lower() for module in imported - {"askdocs"} for name in names.get(module, ())}

    # Numbers are made of pages, and pages are not made of numbers; stems belong to the search.
    assert used - {"numpy", "snowballstemmer"} == set(inputs.PARSERS)


def test_no_reader_looks_at_files_past_what_is_recorded() -> None:
    asking = {"exists", "glob", "is_dir", "is_file", "iterdir", "lstat", "open", "read_bytes", "read_text"}
    asking |= {"rglob", "scandir", "listdir", "stat", "isfile", "isdir"}
    found = []
    for path in modules():
        if path.parent.name != "sources" or path.name in ("files.py", "inputs.py"):
            continue
        for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            owner = getattr(getattr(call.func, "value", None), "id", "")
            if name in asking and owner != "files":
                found.append((path.name, name))

    # The folder that is named is looked at before all else; the other is a pattern of Hugo's.
    assert found == [("__init__.py", "is_dir"), ("hugo_content.py", "glob")]
