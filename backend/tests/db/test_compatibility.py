"""The check that migrations are expand/contract: what an older program could not work with is marked.

`compatible_from` says which programs may use the tables after a migration. If it is wrong, a rollback runs a
program on tables that it breaks, or breaks on.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from alembic import op
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory

from askdocs.db.upgrades import MIGRATIONS

_HARMFUL = (
    (r"DROP TABLE", "drops a table"),
    (r"DROP COLUMN", "drops a column"),
    (r"\bRENAME\b", "renames"),
    (r"ALTER COLUMN \S+ TYPE", "changes a type"),
    (r"SET NOT NULL", "forbids null"),
    (r"DROP DEFAULT", "drops a default"),
    (r"ADD COLUMN (?!.*\bDEFAULT\b).*\bNOT NULL", "adds a column that must be given"),
    (r"ADD (CONSTRAINT \S+ )?(UNIQUE|CHECK|FOREIGN KEY|PRIMARY KEY)", "adds a constraint"),
    (r"CREATE UNIQUE INDEX", "adds a unique index"),
)
_TABLE = re.compile(r"(?:TABLE|ON) (?:IF EXISTS )?\"?(\w+)")


def harms(upgrade: Callable[[], None]) -> list[str]:
    """What a migration does, as SQL for PostgreSQL, to tables that programs before it use."""
    out = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": out}
    )
    with Operations.context(context):
        upgrade()
    statements = [" ".join(one.split()) for one in out.getvalue().split(";")]
    own = {found[1] for one in statements if (found := re.match(r"CREATE TABLE \"?(\w+)", one))}
    return [
        f"{what}: {one}"
        for one in statements
        for pattern, what in _HARMFUL
        if re.search(pattern, one) and not ((table := _TABLE.search(one)) and table[1] in own)
    ]


def migrations() -> list[Script]:
    """All of them, oldest first."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return list(reversed(list(ScriptDirectory.from_config(config).walk_revisions())))


@pytest.mark.parametrize("number", range(1, len(migrations())))
def test_migration_that_older_programs_cannot_work_with_says_so(number: int) -> None:
    before, migration = migrations()[number - 1 : number + 1]
    marked = migration.module.compatible_from > before.module.compatible_from
    found = harms(migration.module.upgrade)
    assert marked or not found, (
        f"{migration.revision} {'; '.join(found)}. Programs before it cannot work with that: set "
        f'compatible_from to the oldest that can ("{migration.revision}" is always right), or add now and '
        "drop in a later release."
    )


def test_no_migration_lets_older_programs_in_again() -> None:
    marks = [migration.module.compatible_from for migration in migrations()]
    assert marks == sorted(marks)
    assert all(mark <= migration.revision for mark, migration in zip(marks, migrations(), strict=True))


@pytest.mark.parametrize(
    ("upgrade", "harm"),
    [
        (lambda: op.drop_table("sites"), "drops a table"),
        (lambda: op.drop_column("sites", "name"), "drops a column"),
        (lambda: op.alter_column("sites", "name", new_column_name="title"), "renames"),
        (lambda: op.rename_table("sites", "tenants"), "renames"),
        (lambda: op.alter_column("sites", "name", type_=sa.Integer()), "changes a type"),
        (lambda: op.alter_column("sites", "name", nullable=False), "forbids null"),
        (lambda: op.alter_column("sites", "name", server_default=None), "drops a default"),
        (
            lambda: op.add_column("sites", sa.Column("plan", sa.Text(), nullable=False)),
            "adds a column that must be given",
        ),
        (lambda: op.create_unique_constraint("uq", "sites", ["name"]), "adds a constraint"),
        (lambda: op.create_check_constraint("ck", "sites", "name <> ''"), "adds a constraint"),
        (lambda: op.create_index("ix", "sites", ["name"], unique=True), "adds a unique index"),
        (lambda: op.execute("ALTER TABLE sites DROP COLUMN name"), "drops a column"),
    ],
)
def test_harm_is_seen(upgrade: Callable[[], None], harm: str) -> None:
    (found,) = harms(upgrade)
    assert found.startswith(harm)


def _add_table() -> None:
    op.create_table("plans", sa.Column("name", sa.Text(), nullable=False))
    op.create_unique_constraint("uq", "plans", ["name"])


@pytest.mark.parametrize(
    "upgrade",
    [
        _add_table,
        lambda: op.add_column("sites", sa.Column("plan", sa.Text())),
        lambda: op.add_column("sites", sa.Column("plan", sa.Text(), nullable=False, server_default="free")),
        lambda: op.alter_column("sites", "name", nullable=True),
        lambda: op.create_index("ix", "sites", ["name"]),
        lambda: op.drop_index("ix"),
    ],
)
def test_additions_do_no_harm(upgrade: Callable[[], None]) -> None:
    assert harms(upgrade) == []
