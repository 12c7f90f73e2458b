"""Opens the outside systems that the settings ask for, one function each.

What talks to one is imported where it is opened: no process uses all of them, and most commands use the
database alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from askdocs.config import Settings
from askdocs.db.database import Database
from askdocs.errors import AddressRefused, ConfigError
from askdocs.observability.metrics import Metrics
from askdocs.openid.provider import Provider
from askdocs.outbound.fetching import Outbound
from askdocs.protocols import AnswerModel, Embedder, VectorStore
from askdocs.streams.shared import SharedStreams

if TYPE_CHECKING:
    from askdocs.models.gemini.client import GeminiClient


def open_database(settings: Settings, metrics: Metrics | None = None, *, direct: bool = False) -> Database:
    """`direct` leads past a connection pooler, where there is one and the settings name the way."""
    limits = settings.database
    chosen = (direct and settings.backups.database_url) or settings.database_url
    url = chosen.get_secret_value() if chosen else ""
    return Database(
        url or f"sqlite:///{settings.home / 'askdocs.db'}",
        pool_size=limits.pool_size,
        max_overflow=limits.max_overflow,
        pool_timeout=limits.pool_timeout,
        connect_timeout=limits.connect_timeout,
        connect_attempts=limits.connect_attempts,
        statement_timeout=limits.statement_timeout,
        metrics=metrics,
    )


def open_shared_streams(settings: Settings, metrics: Metrics) -> SharedStreams | None:
    if settings.redis_url is None or not settings.server.resume_grace:
        return None
    return SharedStreams(settings.redis_url.get_secret_value(), metrics)


def open_outbound(settings: Settings) -> Outbound:
    plain_http = settings.environment in ("development", "test")
    try:
        return Outbound(allow=settings.outbound.allow, plain_http=plain_http)
    except AddressRefused as error:
        raise ConfigError(f"outbound.allow names an origin that is none: {error}") from error


def open_openid(settings: Settings, outbound: Outbound) -> Provider | None:
    issuer = settings.openid.issuer
    return Provider(issuer, settings.openid, outbound) if issuer else None


def open_vectors(settings: Settings) -> VectorStore:
    if settings.vector_engine == "embedded":
        return _open_embedded(settings.home / "qdrant")
    # Imported here because it costs most of a second and 86 MB that the embedded default does not need.
    from askdocs.vectors.server import QdrantServer

    if not settings.qdrant_url:
        raise ConfigError(
            "vectors.engine is server, but qdrant_url is not set.", fix="Set QDRANT_URL, or use embedded."
        )
    key = settings.qdrant_api_key.get_secret_value() if settings.qdrant_api_key else None
    vectors = settings.vectors
    return QdrantServer(
        settings.qdrant_url,
        api_key=key,
        transport=vectors.transport,
        grpc_port=vectors.grpc_port,
        timeout=vectors.timeout,
    )


def _open_embedded(folder: Path) -> VectorStore:
    # Imported here because an installation for remote services comes without the engine.
    try:
        from askdocs.vectors.embedded import QdrantEmbedded
    except ImportError as error:
        raise ConfigError(
            f"This installation has no vector engine of its own: {error.name} is missing.",
            fix="Set QDRANT_URL, or install askdocs[local].",
        ) from error
    return QdrantEmbedded(folder)


def open_models(settings: Settings) -> tuple[Embedder, AnswerModel | None]:
    needs_gemini = "gemini" in (settings.embedding_provider, settings.answer_provider)
    client = _open_gemini(settings) if needs_gemini else None
    return _open_embedder(settings, client), _open_answer_model(settings, client)


def _open_embedder(settings: Settings, client: GeminiClient | None) -> Embedder:
    if client is None or settings.embedding_provider != "gemini":
        from askdocs.models.minilm import LocalEmbedder

        return LocalEmbedder()
    from askdocs.models.gemini.embedder import GeminiEmbedder

    embeddings = settings.embeddings
    return GeminiEmbedder(
        client,
        model=embeddings.model,
        dimensions=embeddings.dimensions,
        batch_size=embeddings.batch_size,
        timeout=embeddings.timeout,
        attempts=embeddings.attempts,
    )


def _open_answer_model(settings: Settings, client: GeminiClient | None) -> AnswerModel | None:
    if client is None or settings.answer_provider == "extractive":
        return None
    from askdocs.models.gemini.answers import Bounds, GeminiModel

    answers = settings.answers
    return GeminiModel(
        client,
        model=answers.model,
        temperature=answers.temperature,
        max_output_tokens=answers.max_output_tokens,
        thinking_budget=answers.thinking_budget,
        bounds=Bounds(
            begin_within=answers.fallback_after,
            idle=answers.idle_timeout,
            seconds=answers.max_seconds,
            chars=answers.max_chars,
        ),
    )


def _open_gemini(settings: Settings) -> GeminiClient:
    from askdocs.models.gemini.client import GeminiClient
    from askdocs.models.gemini.platforms import GeminiApi, VertexAi

    gemini, key = settings.gemini, settings.gemini_api_key
    if gemini.platform == "vertex":
        vertex = VertexAi(project=gemini.project, location=gemini.location, base_url=settings.gemini_base_url)
        return GeminiClient(vertex)
    if key is None:
        raise ConfigError(
            "A Gemini provider is configured without a key.",
            fix="Set GEMINI_API_KEY, or gemini.platform to vertex on Google Cloud.",
        )
    return GeminiClient(GeminiApi(key.get_secret_value(), base_url=settings.gemini_base_url))
