"""Finding out what a docs folder is, and what its configuration says."""

from __future__ import annotations

from pathlib import Path

import pytest

from askdocs.setup import projects
from askdocs.setup.projects import Project
from tests.setup.projects import CONFIGS, FILES, lay


def only(folder: Path) -> Project:
    (found,) = projects.find(folder)
    return found


@pytest.mark.parametrize("kind", FILES)
def test_each_generator_is_told_by_its_files(tmp_path: Path, kind: str) -> None:
    assert only(lay(tmp_path, kind)).kind == kind


@pytest.mark.parametrize(
    ("kind", "title", "origin", "base", "docs"),
    [
        ("docusaurus", "Kettle", "https://kettle.dev", "/", "docs"),
        ("mkdocs", "Kettle", "https://docs.kettle.dev", "/manual/", "docs"),
        ("vitepress", "Kettle", "https://kettle.dev", "/kettle/", "pages"),
        ("starlight", "Kettle", "https://kettle.dev", "/docs/", "src/content/docs"),
        ("sphinx", "Kettle", "https://kettle.readthedocs.io", "/en/latest/", "."),
        ("hugo", "Kettle", "https://kettle.dev", "/docs/", "content"),
        ("html", "Kettle", "", "/", "."),
        ("markdown", "", "", "/", "docs"),
    ],
)
def test_configuration_tells_title_address_and_folder(
    tmp_path: Path, kind: str, title: str, origin: str, base: str, docs: str
) -> None:
    found = only(lay(tmp_path, kind))

    assert (found.said.title, found.public_origin, found.base_path) == (title, origin, base)
    assert found.docs == tmp_path / docs


@pytest.mark.parametrize(
    ("kind", "port"),
    [("docusaurus", 3000), ("mkdocs", 8000), ("vitepress", 5173), ("starlight", 4321), ("hugo", 1313)],
)
def test_origins_are_the_public_one_and_the_development_servers(tmp_path: Path, kind: str, port: int) -> None:
    found = only(lay(tmp_path, kind))

    assert found.origins[0] == found.public_origin
    assert {f"http://localhost:{port}", f"http://127.0.0.1:{port}"} < set(found.origins)


def test_port_that_the_configuration_names_counts(tmp_path: Path) -> None:
    lay(tmp_path, "mkdocs")
    (tmp_path / "mkdocs.yml").write_text("site_name: K\ndev_addr: 127.0.0.1:9001\n")

    assert only(tmp_path).origins == ("http://localhost:9001", "http://127.0.0.1:9001")


@pytest.mark.parametrize(
    "url", ["https://your-docusaurus-site.example.com", "http://localhost:3000", "", "x"]
)
def test_placeholder_of_a_template_is_no_address(tmp_path: Path, url: str) -> None:
    lay(tmp_path, "docusaurus")
    config = tmp_path / "docusaurus.config.ts"
    config.write_text(config.read_text().replace("https://kettle.dev", url))

    assert only(tmp_path).public_origin == ""


@pytest.mark.parametrize("below", ["website", "packages/docs"])
def test_docs_of_a_monorepo_are_found_below(tmp_path: Path, below: str) -> None:
    (tmp_path / "README.md").write_text("# Monorepo")
    lay(tmp_path / below, "docusaurus")
    lay(tmp_path / "node_modules" / "theme", "mkdocs")
    lay(tmp_path / "examples", "vitepress")

    assert only(tmp_path).folder == tmp_path / below


def test_several_projects_are_all_told(tmp_path: Path) -> None:
    lay(tmp_path / "guide", "mkdocs")
    lay(tmp_path / "site", "docusaurus")
    lay(tmp_path / "web", "vitepress")

    assert [found.kind for found in projects.find(tmp_path)] == ["mkdocs", "docusaurus", "vitepress"]


def test_build_is_found_where_the_generator_leaves_it(tmp_path: Path) -> None:
    lay(tmp_path, "sphinx")
    (tmp_path / "_build/html").mkdir(parents=True)
    (tmp_path / "_build/html/index.html").write_text("<p>")

    assert only(tmp_path).built == tmp_path / "_build/html"


def test_configuration_that_cannot_be_read_tells_nothing_and_stops_nobody(tmp_path: Path) -> None:
    lay(tmp_path, "docusaurus")
    (tmp_path / "docusaurus.config.ts").write_text("export default {")

    assert (only(tmp_path).kind, only(tmp_path).said.title) == ("docusaurus", "")


@pytest.mark.parametrize("name", ["satisfies.ts", "named_function.mjs", "jsdoc_cast.js", "function.js"])
def test_title_is_read_however_the_configuration_is_exported(tmp_path: Path, name: str) -> None:
    lay(tmp_path, "docusaurus")
    (tmp_path / "docusaurus.config.ts").unlink()
    (tmp_path / f"docusaurus.config{Path(name).suffix}").write_text((CONFIGS / name).read_text())

    assert only(tmp_path).said.title in ("Constants", "Named", "Cast", "Async")


def test_folder_without_docs_holds_none(tmp_path: Path) -> None:
    (tmp_path / "main.c").write_text("int main() {}")

    assert projects.find(tmp_path) == []
