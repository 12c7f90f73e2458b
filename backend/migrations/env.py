"""Runs migrations on the connection it is given, or on the database that `alembic -x url=...` names."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from askdocs.db.engine import Limits, open_engine, parse
from askdocs.db.tables import Base


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        # One transaction for all, on SQLite too: our connections leave BEGIN to us there.
        transactional_ddl=True,
        # SQLite changes a table by copying it.
        render_as_batch=True,
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
