"""Who brings a database up to date: `askdocs db upgrade`, and in development the server."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from askdocs.api.app import create_app
from askdocs.config import load
from askdocs.db import tables, upgrades
from askdocs.db.database import Database
from askdocs.errors import SchemaMismatch
from tests.commands import Command


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A home whose database an older program made."""
    home = tmp_path / "home"
    home.mkdir()
    url = f"url=sqlite:///{home / 'askdocs.db'}"
    command.upgrade(Config(upgrades.MIGRATIONS / "alembic.ini", cmd_opts=Namespace(x=[url])), "0001")
    return home


def migration(home: Path) -> str | None:
    db = Database(f"sqlite:///{home / 'askdocs.db'}")
    try:
        return db.current_migration()
    finally:
        db.close()


@pytest.mark.parametrize(
    "arguments",
    [("site", "list"), ("search", "cache"), ("revisions",), ("index", "."), ("serve", "--port", "0")],
)
def test_command_says_what_to_run_and_changes_nothing(
    askdocs: Command, old: Path, arguments: tuple[str, ...]
) -> None:
    ended = askdocs(*arguments)

    assert ended.code == 3
    assert ended.err.endswith(
        f"askdocs: The database is older than this program: it is at 0001, not {tables.HEAD}.\n"
        "Run `askdocs db upgrade`.\n"
    )
    assert migration(old) == "0001"


def test_upgrade_says_what_it_did(askdocs: Command, old: Path) -> None:
    first, second = askdocs("db", "upgrade"), askdocs("db", "upgrade")

    assert first.out == f"The database was upgraded from 0001 to {tables.HEAD}.\n"
    assert second.out == f"The database is up to date, at {tables.HEAD}.\n"
    assert askdocs("site", "list").code == 0


def test_command_in_an_empty_home_makes_a_database(askdocs: Command, tmp_path: Path) -> None:
    listed = askdocs("site", "list")

    assert (listed.code, "pk_docs_local" in listed.out) == (0, True)
    assert migration(tmp_path / "home") == tables.HEAD


@pytest.mark.anyio
@pytest.mark.parametrize("environment", ["development", "test"])
async def test_server_upgrades_in_development_alone(old: Path, environment: str) -> None:
    settings = load(environment, home=old, server={"site_dir": None, "widget_dir": None})
    app = create_app(settings)

    if environment == "development":
        async with app.router.lifespan_context(app):
            pass
        assert migration(old) == tables.HEAD
    else:
        with pytest.raises(SchemaMismatch):
            async with app.router.lifespan_context(app):
                pass
        assert migration(old) == "0001"
