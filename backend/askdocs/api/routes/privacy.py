"""What is kept of a site's readers, for how long and where it goes, for programs and for the chat."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from askdocs.api import problems
from askdocs.api.deps import RuntimeDep, SiteDep
from askdocs.config import Settings
from askdocs.runtime import Runtime
from askdocs.text import masking

router = APIRouter(prefix="/api/v1/sites/{site_key}", tags=["privacy"], responses=problems.DOCUMENTED)


class Conversations(BaseModel):
    stored: bool = Field(description="Whether questions, answers, votes and comments are stored at all.")
    days: int = Field(description="After how many days without a question they are deleted; 0: not stored.")
    backup_days: int | None = Field(
        description="How long a backup holds what was deleted at the most, about; null: none are made by us."
    )


class Recipient(BaseModel):
    """A service outside of this server."""

    name: str
    location: str | None = Field(description="Where that is, if it was chosen; null: not said.")
    purposes: list[Literal["answers", "embeddings"]]


class Deletion(BaseModel):
    """How a reader deletes a conversation."""

    method: Literal["DELETE"] = "DELETE"
    path: str
    header: Literal["X-Askdocs-Session"] = "X-Askdocs-Session"


class Privacy(BaseModel):
    conversations: Conversations
    masked: list[str] = Field(description="What is masked before it is stored or goes anywhere.")
    addresses_stored: Literal[False] = Field(
        default=False, description="Readers are counted by a digest that changes each day."
    )
    cookies: Literal[False] = False
    recipients: list[Recipient] = Field(
        description="To whom questions go, with earlier ones of the conversation; empty: to nobody."
    )
    shared_answers_seconds: int = Field(
        description="How long what the model said is kept for others who ask the same; 0: not at all."
    )
    deletion: Deletion
    policy_url: str | None = Field(description="The site's privacy policy; null: not said.")


@router.get("/privacy", summary="What is kept, and where it goes")
async def privacy(site: SiteDep, rt: RuntimeDep) -> Privacy:
    """As the server is configured at the moment."""
    days = rt.retention_days(site)
    shares = rt.keeps(site) and rt.settings.answer_provider == "gemini"
    return Privacy(
        conversations=Conversations(
            stored=rt.keeps(site), days=days, backup_days=_backup_days(rt.settings) if days else None
        ),
        masked=[kind for kind in masking.KINDS if kind != "private" or rt.options(site).masking_patterns],
        recipients=_recipients(rt),
        shared_answers_seconds=rt.settings.answers.cache_ttl if shares else 0,
        deletion=Deletion(path=f"/api/v1/sites/{site.key}/session"),
        policy_url=rt.options(site).privacy_url or None,
    )


def _recipients(rt: Runtime) -> list[Recipient]:
    settings = rt.settings
    purposes: list[Literal["answers", "embeddings"]] = []
    if settings.answer_provider == "gemini":
        purposes.append("answers")
    if settings.embedding_provider == "gemini":
        purposes.append("embeddings")
    if not purposes:
        return []
    vertex = settings.gemini.platform == "vertex"
    name = "Google Vertex AI" if vertex else "Google Gemini API"
    return [Recipient(name=name, location=settings.gemini.location if vertex else None, purposes=purposes)]


def _backup_days(settings: Settings) -> int | None:
    """Those of the oldest one that is kept."""
    kept = settings.backups
    return max(kept.keep_days, 7 * kept.keep_weekly, 31 * kept.keep_monthly) if kept.to else None
