"""What was sent of a publish that is not complete yet."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from askdocs.db.tables.base import Base


class Upload(Base):
    """`id` is a digest of the manifest, which is compressed JSON; `begun_at` is when it was last begun."""

    __tablename__ = "uploads"

    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    manifest: Mapped[bytes]
    begun_at: Mapped[datetime] = mapped_column(index=True)


class UploadPage(Base):
    """A page as compressed JSON, and the bytes that this takes."""

    __tablename__ = "upload_pages"

    site_id: Mapped[str] = mapped_column(primary_key=True)
    upload_id: Mapped[str] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes]
    size: Mapped[int]

    __table_args__ = (
        ForeignKeyConstraint(["site_id", "upload_id"], ["uploads.site_id", "uploads.id"], ondelete="CASCADE"),
    )
