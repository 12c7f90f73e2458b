"""Keys of host applications, from the command line: added, listed, removed, and secrets shown once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from askdocs.config import load
from askdocs.db import sites
from askdocs.db.database import Database
from askdocs.signing import read_key
from askdocs.user_tokens import UserTokens
from tests.commands import Command
from tests.tokens import private_key, public_pem


def test_public_key_is_added_listed_and_removed(askdocs: Command, tmp_path: Path) -> None:
    pem = tmp_path / "users.pem"
    pem.write_text(public_pem(private_key("ES256")))
    arguments = ("--public-key", str(pem), "--kid", "2026-11")

    added, twice = (askdocs("site", "user-keys", "add", "docs", *arguments) for _ in range(2))
    (listed,) = json.loads(askdocs("site", "user-keys", "list", "docs", "--json").out)
    removed, gone = (askdocs("site", "user-keys", "remove", "docs", "2026-11") for _ in range(2))

    assert added.out == "2026-11: ES256\n"
    assert (twice.code, "already" in twice.err) == (3, True)
    assert (listed["kid"], listed["public_key"]) == ("2026-11", pem.read_text())
    assert (removed.code, gone.code) == (0, 2)


def test_shared_secret_is_shown_once_and_is_what_checks(askdocs: Command, tmp_path: Path) -> None:
    arguments = ("--shared-secret", "--expires", "2020-01-31", "--json")
    made = json.loads(askdocs("site", "user-keys", "add", "docs", *arguments).out)
    shown = askdocs("site", "user-keys", "list", "docs").out
    listed = askdocs("site", "user-keys", "list", "docs", "--json").out

    db = Database(f"sqlite:///{tmp_path / 'home' / 'askdocs.db'}")
    site = db.run_sync(sites.by_name, "docs")
    db.close()
    tokens = UserTokens(read_key(load("test", home=tmp_path / "home")))
    assert site
    assert made["secret"] == tokens.secret(site.id, made["kid"])
    assert made["secret"] not in shown + listed
    assert "2020-01-31 00:00:00 (over)" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--shared-secret", "--public-key", "users.pem"),
        ("--shared-secret", "--kid", "mine"),
        ("--public-key", "users.pem", "--kid", "a b"),
        ("--public-key", "missing.pem"),
    ],
)
def test_key_that_is_not_clear_is_refused(askdocs: Command, arguments: tuple[str, ...]) -> None:
    ended = askdocs("site", "user-keys", "add", "docs", *arguments)

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("askdocs: ")
