"""Runs migrations on the connection it is given, or on the database that `alembic -x url=...` names."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.runtime.migration import MigrationContext, MigrationInfo
from sqlalchemy import Connection

from askdocs.db import upgrades
from askdocs.db.columns import CleanJson, CleanText, Moment
from askdocs.db.engine import Limits, open_engine, parse
from askdocs.db.tables import Base


def record(
    ctx: MigrationContext, step: MigrationInfo, heads: Collection[Any], run_args: Mapping[str, Any]
) -> None:
    """After each step, up or down: what the migration that the tables are at now says of itself."""
    for migration in heads:
        script = context.script.get_revision(migration)
        assert script is not None  # noqa: S101  it has just been run
        assert ctx.connection is not None  # noqa: S101  we gave it
        upgrades.record(ctx.connection, migration, compatible_from=script.module.compatible_from)


def render_type(kind: str, value: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Our column types as plain ones: a migration must go on meaning the same when ours change."""
    if kind != "type":
        return False
    if isinstance(value, CleanText):
        return "sa.Text()"
    if isinstance(value, Moment):
        return "sa.DateTime(timezone=True)"
    if isinstance(value, CleanJson):
        autogen_context.imports.add("from sqlalchemy.dialects.postgresql import JSONB")
        return 'sa.JSON().with_variant(JSONB(), "postgresql")'
    return False


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        # One transaction for all, on SQLite too: our connections leave BEGIN to us there.
        transactional_ddl=True,
        # SQLite changes a table by copying it.
        render_as_batch=True,
        on_version_apply=record,
        render_item=render_type,
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    url = context.get_x_argument(as_dictionary=True)["url"]
    limits = Limits()
    engine = open_engine(parse(url), limits, limits.watchdog())
    with engine.connect() as connection, connection.begin():
        migrate(connection)
    engine.dispose()
