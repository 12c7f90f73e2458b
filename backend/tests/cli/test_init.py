"""`askdocs init`: from a docs folder to an index of it, with nothing written that nobody agreed to."""

from __future__ import annotations

import re
import shutil
import signal
from pathlib import Path

import httpx
import pytest
import yaml

from tests import services
from tests.commands import Command
from tests.processes import Start, announcement, end
from tests.setup.projects import FILES, lay

BUILT = Path(__file__).parents[1] / "fixtures" / "sources" / "docusaurus"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_docs_are_found_written_down_and_indexed_and_a_second_run_changes_nothing(
    askdocs: Command, project: Path
) -> None:
    lay(project, "mkdocs")

    first = askdocs("init", "--yes", "--no-serve")
    before = contents(project)
    second = askdocs("init", "--yes", "--no-serve")

    assert (first.code, "Revision 1 is live" in first.out) == (0, True), first
    said = yaml.safe_load((project / "askdocs.yaml").read_text())
    assert (said["site"], said["sources"][0]["kind"]) == ("kettle", "mkdocs")
    assert said["key"] in askdocs("site", "list").out
    assert "Nothing to change" in second.out
    assert "Nothing changed: revision 1 stays live" in second.out
    assert contents(project) == before


def test_site_of_docusaurus_is_indexed_as_its_file_says_and_its_build_takes_the_place_of_its_markdown(
    askdocs: Command, project: Path
) -> None:
    lay(project, "docusaurus")

    first = askdocs("init", "--yes", "--no-serve")
    again = askdocs("index")
    shutil.copytree(BUILT, project / "build")
    built = askdocs("init", "--yes", "--no-serve")

    assert "Until then its Markdown is read" in first.out
    assert (again.code, "Nothing changed: revision 1 stays live" in again.out) == (0, True), again
    assert (built.code, "Revision 2 is live" in built.out, "1 removed" in built.out) == (0, True, True), built


@pytest.mark.parametrize("kind", FILES)
def test_every_kind_of_docs_gets_a_file_that_names_it(askdocs: Command, project: Path, kind: str) -> None:
    lay(project, kind)

    shown = askdocs("init", "--dry-run").out

    file = shown.partition("+++ b/askdocs.yaml")[2].partition("\n--- ")[0]
    said = yaml.safe_load("\n".join(line[1:] for line in file.splitlines() if line.startswith("+")))
    assert said["sources"][0]["kind"] == kind
    assert said["key"].startswith("pk_")


def test_nothing_of_others_is_edited_unasked(askdocs: Command, project: Path) -> None:
    lay(project, "docusaurus")
    before = contents(project)

    ended = askdocs("init", "--no-serve")

    assert "Not written: docusaurus.config.ts" in ended.out
    assert "+      'docusaurus-plugin-askdocs'," in ended.out
    assert {name: text for name, text in contents(project).items() if name != "askdocs.yaml"} == before


def test_dry_run_shows_everything_and_writes_nothing(askdocs: Command, project: Path) -> None:
    lay(project, "mkdocs")
    before = contents(project)

    ended = askdocs("init", "--dry-run")

    assert all(
        name in ended.out for name in ("+site: kettle", "+extra_javascript:", "+++ b/docs/javascripts/")
    )
    assert contents(project) == before
    assert "kettle" not in askdocs("site", "list").out


def test_key_that_the_pages_have_becomes_the_site_s(askdocs: Command, project: Path) -> None:
    lay(project, "docusaurus")
    config = project / "docusaurus.config.ts"
    entry = "plugins: [['docusaurus-plugin-askdocs', {siteKey: 'pk_theirs', api: ''}]],\n  presets: ["
    config.write_text(config.read_text().replace("presets: [", entry, 1))

    assert "+key: pk_theirs" in askdocs("init", "--dry-run").out


def test_site_of_the_name_that_is_another_one_is_left_alone(askdocs: Command, project: Path) -> None:
    lay(project, "mkdocs")

    ended = askdocs("init", "--yes", "--no-serve", "--site", "docs")

    assert (ended.code, "--site docs-2" in ended.err) == (3, True)
    assert not (project / "askdocs.yaml").exists()


def test_origins_that_the_file_gets_are_the_site_s_after_the_next_run(
    askdocs: Command, project: Path
) -> None:
    lay(project, "mkdocs")
    askdocs("init", "--yes", "--no-serve")
    file = project / "askdocs.yaml"
    file.write_text(file.read_text().replace("origins:\n", "origins:\n  - https://preview.example.net\n"))

    askdocs("init", "--yes", "--no-serve")

    assert "https://preview.example.net" in askdocs("site", "list").out


@pytest.mark.parametrize(
    ("folders", "arguments", "said"),
    [
        ((), (), "holds no docs"),
        ((), ("nowhere",), "There is no folder nowhere"),
        (("guide", "manual"), (), "askdocs init guide"),
    ],
)
def test_folder_that_will_not_do_is_said_with_what_will(
    askdocs: Command, project: Path, folders: tuple[str, ...], arguments: tuple[str, ...], said: str
) -> None:
    for name in folders:
        lay(project / name, "mkdocs")

    ended = askdocs("init", *arguments)

    assert (ended.code, said in ended.err) == (2, True)


def test_docs_that_must_be_built_first_say_how(
    askdocs: Command, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(project, "sphinx")
    monkeypatch.setenv("PATH", "")

    ended = askdocs("init", "--yes", "--no-serve")

    assert (ended.code, "sphinx-build -b html . _build/html" in ended.err) == (3, True)


def test_package_manager_of_the_project_is_the_one_that_is_named(askdocs: Command, project: Path) -> None:
    lay(project, "docusaurus")
    (project / "pnpm-lock.yaml").write_text("")

    assert "pnpm add docusaurus-plugin-askdocs" in askdocs("init", "--dry-run").out


def test_script_that_starts_the_site_is_named_where_it_is(askdocs: Command, project: Path) -> None:
    lay(project / "docs", "vitepress")
    (project / "package.json").write_text('{"scripts": {"lint": "eslint", "docs": "vitepress dev docs"}}')

    assert "  npm run docs\n" in askdocs("init", "--dry-run").out


def test_docs_are_served_where_the_pages_look_for_the_server(
    start: Start, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(project, "mkdocs")

    monkeypatch.delenv("PORT", raising=False)
    port = str(services.free_port())
    served = start("init", "--yes", variables={"ASKDOCS_ENV": "development", "PORT": port})
    assert served.stdout is not None
    lines: list[str] = []
    while not lines or "Ask at" not in lines[-1]:
        lines.append(served.stdout.readline())
        assert lines[-1], lines
    page = re.search(r"http://\S+", lines[-1])
    assert page
    shown = httpx.get(page[0], trust_env=False)
    served.send_signal(signal.SIGINT)

    assert (shown.status_code, end(served).code) == (200, 0)
    assert 'data-site-key="pk_' in shown.text
    assert '<base href="https://docs.kettle.dev/">' in shown.text

    again = start("serve", variables={"ASKDOCS_ENV": "development"})
    announced = announcement(again)
    again.send_signal(signal.SIGINT)
    end(again)
    assert f"Askdocs is at http://127.0.0.1:{port} " in announced


def test_nothing_is_put_into_a_folder_that_is_published_as_it_is(askdocs: Command, project: Path) -> None:
    lay(project / "public", "html")
    published = contents(project / "public")

    ended = askdocs("init", "public", "--yes", "--no-serve")

    assert ended.code == 0, ended
    assert contents(project / "public") == published
    said = yaml.safe_load((project / "askdocs.yaml").read_text())
    assert said["sources"][0]["path"] == "public"
