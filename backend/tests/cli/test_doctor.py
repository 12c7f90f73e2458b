"""`askdocs doctor` on an installation of its own: what it says of each state, and its exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Command, Ended


def findings(ended: Ended) -> dict[str, dict[str, Any]]:
    """By check; of several of one name the worst."""
    order = ["skipped", "ok", "warning", "wrong"]
    found: dict[str, dict[str, Any]] = {}
    for one in json.loads(ended.out):
        before = found.setdefault(one["check"], one)
        if order.index(one["state"]) > order.index(before["state"]):
            found[one["check"]] = one
    return found


def test_installation_without_an_index_is_wrong(askdocs: Command) -> None:
    ended = askdocs("doctor", "--json")

    found = findings(ended)
    assert ended.code == 1
    assert (found["database"]["state"], found["model"]["state"]) == ("ok", "ok")
    assert (found["index"]["state"], found["index"]["mend"]) == ("wrong", "askdocs index SOURCE --site docs")


def test_installation_with_an_index_is_well_but_for_what_is_amiss(askdocs: Command, docs: Path) -> None:
    (docs / "empty.md").write_text("")
    askdocs("index", str(docs))

    ended = askdocs("doctor", "--json")

    found = findings(ended)
    assert ended.code == 0
    assert {name for name, one in found.items() if one["state"] != "ok"} == {"origins", "pages", "server"}
    assert found["pages"]["said"] == "Pages: 1, chunks: 1, skipped: 1 (50.0%)."


def test_index_of_another_embedding_is_wrong(
    askdocs: Command, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    askdocs("index", str(docs))
    monkeypatch.setenv("ASKDOCS_INDEX__CHUNK_CHARS", "900")

    found = findings(askdocs("doctor", "--json"))

    assert (found["embeddings"]["state"], "Index anew" in found["embeddings"]["mend"]) == ("wrong", True)


def test_configuration_that_cannot_be_read_is_said_with_its_place(
    askdocs: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "many")

    ended = askdocs("doctor")

    assert (ended.code, "PORT: server.port:" in ended.out) == (1, True)


def test_site_that_is_not_there_is_said_with_those_that_are(askdocs: Command) -> None:
    ended = askdocs("doctor", "--site", "handbook")

    assert (ended.code, "There is no site named handbook (there is: docs)" in ended.out) == (1, True)


def test_site_s_file_is_held_against_what_is_stored(
    askdocs: Command, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(docs.parent)
    Path("askdocs.yaml").write_text(
        "site: docs\nkey: pk_other\norigins: [http://localhost:3000, https://docs.example.com]\n"
        "sources: [{path: docs}, {path: blog, name: blog}]"
    )

    found = findings(askdocs("doctor", "--json"))

    assert "no " + str(docs.parent / "blog") in found["askdocs.yaml"]["said"]
    assert "names the key pk_other" in found["site"]["said"]
    assert "--origin http://localhost:3000 --origin https://docs.example.com" in found["origins"]["mend"]


def test_site_s_file_that_cannot_be_read_is_said_with_its_line(
    askdocs: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("askdocs.yaml").write_text("site: docs\nsuorces: []\n")

    ended = askdocs("doctor", "--api", "http://127.0.0.1:9", "--site-key", "pk_x")

    assert (ended.code, "askdocs.yaml:2: unknown key 'suorces'" in ended.out) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--api", "https://ask.example.com"), "--api needs --site-key"),
        (("--url", "docs.example.com"), "is no page's address"),
    ],
)
def test_wrong_input_is_refused(askdocs: Command, arguments: tuple[str, ...], said: str) -> None:
    ended = askdocs("doctor", *arguments)

    assert (ended.code, said in ended.err) == (2, True)


def test_server_elsewhere_that_does_not_answer_is_one_line(askdocs: Command) -> None:
    ended = askdocs("doctor", "--api", "http://127.0.0.1:9", "--site-key", "pk_x")

    assert ended.code == 1
    assert [line.split()[:2] for line in ended.out.splitlines()] == [["wrong", "server"], ["1", "checks:"]]
