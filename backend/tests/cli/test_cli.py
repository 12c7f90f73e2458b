"""The command: what it prints, where, and the exit code it ends with."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import update

from askdocs import __version__
from askdocs.db import tables
from askdocs.db.database import Database
from tests.commands import Command


def test_port_beyond_the_last_one_is_refused(askdocs: Command) -> None:
    ended = askdocs("serve", "--port", "65536")

    assert (ended.code, "--port" in ended.err) == (2, True)


def test_taken_port_is_named_with_the_next_one(askdocs: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = askdocs("serve", "--port", str(port))

    assert ended.code == 3
    assert f"Port {port} on 127.0.0.1 is taken" in ended.err
    assert f"--port {port + 1}" in ended.err


@pytest.mark.parametrize(
    ("source", "site", "said"),
    [("nowhere", "docs", "There is no folder"), ("docs", "nowhere", "There is no site named nowhere")],
)
def test_watch_that_cannot_begin_ends(
    askdocs: Command, docs: Path, source: str, site: str, said: str
) -> None:
    ended = askdocs("watch", str(docs.parent / source), "--site", site)

    assert (ended.code, said in ended.err) == (2, True)


def test_watch_indexes_what_is_saved_and_outlives_a_broken_source(docs: Path, tmp_path: Path) -> None:
    page = docs / "cache.md"
    env = {**os.environ, "ASKDOCS_ENV": "test", "ASKDOCS_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-u", "-c", "from askdocs.cli import main; main()", "watch", str(docs)]
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as watching:

        def wait_for(words: str) -> str:
            assert watching.stdout is not None
            return next(line for line in watching.stdout if words in line)

        wait_for("Revision 1 is live")
        page.unlink()
        wait_for("holds no Markdown")
        page.write_text("# Cache\n\nAnswers are kept for a day.")
        assert "1 changed" in wait_for("Revision 2 is live")
        watching.send_signal(signal.SIGINT)
        wait_for("Stopped")

    assert watching.returncode == 130


def test_question_without_quotation_marks_is_asked_whole(askdocs: Command, docs: Path) -> None:
    askdocs("index", str(docs))

    asked = json.loads(askdocs("ask", "how", "long", "are", "answers", "kept", "--json").out)

    assert "kept for an hour" in asked["answer"]


def test_refusal_is_said_once_without_a_list_of_sources(askdocs: Command, docs: Path) -> None:
    askdocs("index", str(docs))

    refused = askdocs("ask", "who bakes zebra cakes")

    assert (refused.code, refused.out.count("nothing in the documentation")) == (0, 1)
    assert "Sources" not in refused.out


@pytest.mark.parametrize("command", ["ask", "search"])
def test_question_before_anything_is_published_says_so(askdocs: Command, command: str) -> None:
    ended = askdocs(command, "how long are answers kept")

    assert (ended.code, ended.out) == (2, "")
    assert "docs has nothing published yet" in ended.err


@pytest.mark.parametrize("command", ["ask", "search"])
def test_docs_cannot_command_the_terminal(askdocs: Command, docs: Path, command: str) -> None:
    (docs / "cache.md").write_text("# Cache \x1b[31m\n\nAnswers are \x1b]0;owned\x07kept for an \x9bhour.")
    askdocs("index", str(docs))

    printed = askdocs(command, "how long are answers kept").out

    assert "Cache" in printed
    assert not set(printed) & {"\x1b", "\x07", "\x9b"}


def test_answer_that_breaks_off_says_why(askdocs: Command, docs: Path, tmp_path: Path) -> None:
    askdocs("index", str(docs))
    with (tmp_path / "home/qdrant/.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ended = askdocs("ask", "how long are answers kept")

    assert ended.code == 4
    assert "Another process is using the vector store" in ended.err


def test_empty_question_is_refused(askdocs: Command) -> None:
    assert askdocs("ask", " ").code == 2


def test_tables_are_neither_cut_nor_padded_in_a_pipe(askdocs: Command) -> None:
    origin = "https://a-rather-long-name-of-a-host.documentation.example.com"
    askdocs("site", "add", "handbook", "--origin", origin, "--origin", "https://b.example.com")

    listed = askdocs("site", "list")

    assert f"{origin}, https://b.example.com" in listed.out
    assert not any(line.endswith(" ") for line in listed.out.splitlines())


def test_configuration_is_shown_as_files_have_it(askdocs: Command) -> None:
    lines = [line.split(maxsplit=2) for line in askdocs("config", "show").out.splitlines()]

    assert ["redis_url", "null"] in [line[:2] for line in lines]
    assert ["debug", "false"] in [line[:2] for line in lines]


def test_revision_that_a_rollback_left_behind_is_called_withdrawn(askdocs: Command, docs: Path) -> None:
    for text in ("one", "two", "three"):
        (docs / "cache.md").write_text(f"# Cache\n\nIt is {text}.")
        askdocs("index", str(docs))
        if text == "two":
            askdocs("rollback")

    lines = [line.split() for line in askdocs("revisions").out.splitlines()[1:]]

    assert [line[:3] for line in lines] == [
        ["*", "3", "published"],
        ["2", "withdrawn", "1"],
        ["1", "published", "1"],
    ]


def test_unanswered_question_takes_one_line_with_its_time_zone(askdocs: Command, docs: Path) -> None:
    askdocs("index", str(docs))
    askdocs("ask", "who bakes\nzebra cakes " + "of the largest size " * 6)

    (line,) = askdocs("unanswered").out.splitlines()

    assert " UTC  who bakes zebra cakes of" in line


def test_unanswered_question_is_listed_with_what_it_is_about(
    askdocs: Command, docs: Path, tmp_path: Path
) -> None:
    askdocs("index", str(docs))
    askdocs("ask", "who bakes zebra cakes")
    db = Database(f"sqlite:///{tmp_path / 'home' / 'askdocs.db'}")
    marking = update(tables.Message).where(tables.Message.role == "user")
    db.run_sync(lambda session: session.execute(marking.values(excerpt="a tiered\ncake " + "of sugar " * 20)))
    db.close()

    (line,) = askdocs("unanswered").out.splitlines()

    assert "who bakes zebra cakes  (about: a tiered cake of sugar of" in line
    assert line.endswith(" …)")


@pytest.mark.parametrize("name", ["", " ", "a b", "-a", "../a", "a" * 64])
def test_name_that_could_not_be_typed_again_is_refused(askdocs: Command, name: str) -> None:
    ended = askdocs("site", "add", "--origin", "https://docs.example.com", "--", name)

    assert (ended.code, "cannot be the name of a site" in ended.err) == (2, True)


@pytest.mark.parametrize("how", ["version", "--version"])
def test_version_is_printed_alone(askdocs: Command, how: str) -> None:
    assert askdocs(how).out == f"{__version__}\n"


def test_incomplete_configuration_is_shown_before_it_is_refused(
    askdocs: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKDOCS_ENV", "production")
    monkeypatch.setenv("GEMINI_API_KEY", "planted-key")

    ended = askdocs("config", "show", "--json")

    shown = {one["key"]: one for one in json.loads(ended.out)}
    assert shown["gemini_api_key"]["source"] == "GEMINI_API_KEY"
    assert "planted-key" not in ended.out + ended.err
    assert ended.code == 2
    assert "production needs SECRET_KEY, DATABASE_URL, QDRANT_URL" in ended.err


def test_origins_of_a_site_are_replaced(askdocs: Command) -> None:
    askdocs("site", "add", "handbook", "--origin", "https://old.example")

    askdocs("site", "set-origins", "handbook", "--origin", "https://new.example")

    listed = json.loads(askdocs("site", "list", "--json").out)
    assert [site["origins"] for site in listed if site["name"] == "handbook"] == [["https://new.example"]]
