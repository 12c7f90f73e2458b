"""The public keys of those who sign tokens for CI jobs, kept for when they cannot be asked.

They belong to no site: an issuer has the same for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select

from askdocs.db import tables
from askdocs.db.database import Session, read_only
from askdocs.db.statements import insert

SCHEMA = 1
"""Of what is stored: part of the key, so that programs of two schemas keep one each."""


@read_only
def get(db: Session, issuer: str) -> tuple[Sequence[Mapping[str, str]], datetime] | None:
    """JSON web keys, and when they were fetched."""
    found = db.get(tables.IssuerKeys, (issuer, SCHEMA))
    return (found.keys, found.fetched_at) if found else None


def put(db: Session, issuer: str, *, keys: Sequence[Mapping[str, str]], now: datetime) -> None:
    """Keep these in place of those before. Those of issuers whom no site trusts any more are forgotten."""
    values = {"keys": list(keys), "fetched_at": now}
    db.execute(
        insert(db, tables.IssuerKeys)
        .values(issuer=issuer, schema_number=SCHEMA, **values)
        .on_conflict_do_update(index_elements=["issuer", "schema_number"], set_=values)
    )
    trusted = select(tables.Publisher.issuer)
    db.execute(delete(tables.IssuerKeys).where(tables.IssuerKeys.issuer.not_in(trusted)))
