"""What all tables share, and the state that they are in."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, LargeBinary, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from askdocs.db.columns import CleanJson, CleanText, Moment

HEAD = "0017"
"""The migration that makes these tables; a test holds the two together."""


def new_id() -> str:
    return uuid.uuid4().hex


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy declares it as an instance variable
        str: CleanText(),
        datetime: Moment(),
        date: Date(),
        bytes: LargeBinary(),
        dict[str, Any]: CleanJson(),
        list[str]: CleanJson(),
        list[Any]: CleanJson(),
    }


class SchemaInfo(Base):
    """One row: the migration that these tables are at, the oldest one whose program may use them as well, and
    the version of the program that made them."""

    __tablename__ = "schema_info"

    migration: Mapped[str] = mapped_column(primary_key=True)
    compatible_from: Mapped[str]
    program: Mapped[str]
