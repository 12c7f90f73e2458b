"""Every setting: its name, type, default and meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    ByteSize,
    Field,
    PrivateAttr,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from askdocs.config.answers import Answers, SiteSettings
from askdocs.config.kinds import (
    Count,
    DatabaseUrl,
    HttpUrl,
    Key,
    LowerCase,
    RedisUrl,
    Seconds,
    SecretKey,
    Section,
    Share,
    refuse_switches_as_numbers,
)
from askdocs.config.layers import Layers, root
from askdocs.config.operating import (
    AlertThresholds,
    Backups,
    Deployment,
    ErrorTracking,
    Evaluation,
    Tracing,
)

Environment = Literal["development", "test", "staging", "production"]
ENVIRONMENTS: tuple[str, ...] = get_args(Environment)


class Server(Section):
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    site_dir: Path | None = Field(default=None, description="A built documentation site to serve at /.")
    widget_dir: Path | None = Field(
        default=None,
        description="The built widget to serve at /widget/; none: the one that the package brings.",
    )
    proxy_hops: int = Field(
        default=0,
        ge=0,
        description="Proxies in front, each of which adds the address it saw to X-Forwarded-For; "
        "readers' addresses count for rate limits.",
    )
    receive_timeout: Seconds = Field(
        default=20.0, description="How long a request may take to arrive, with its body, in seconds."
    )
    send_timeout: Seconds = Field(
        default=60.0, description="A reader who takes nothing of an answer for this long is gone, in seconds."
    )
    shutdown_grace: Seconds = Field(
        default=10.0, description="How long answers may finish after a stop, in seconds."
    )
    shutdown_patience: Seconds = Field(
        default=5.0,
        description="How long the process may take after that to store what was cut short and to close "
        "connections, in seconds; whatever still hangs then is left behind.",
    )
    resume_grace: float = Field(
        default=60.0,
        ge=0,
        description="How long an answer that its reader can resume goes on while nobody reads it, in "
        "seconds; 0: every answer ends with its reader's connection.",
    )
    memory_limit: Count | None = Field(
        default=None,
        description="Memory that the process may take, in bytes, for the alert that it takes nearly all of "
        "it; none: that of its container, where it has a limit.",
    )


class Database(Section):
    pool_size: Count = Field(default=5, description="Connections kept open.")
    max_overflow: int = Field(default=5, ge=0, description="Further connections under load.")
    pool_timeout: Seconds = Field(
        default=10.0, description="How long to wait for a free connection, in seconds."
    )
    connect_timeout: Seconds = Field(
        default=10.0, description="How long a connection may take to open, in seconds."
    )
    connect_attempts: Count = Field(
        default=5,
        description="How often to try to connect, with growing pauses: a serverless database wakes up.",
    )
    statement_timeout: Seconds = Field(
        default=15.0,
        description="How long a statement may run, in seconds; a third later the connection is given up.",
    )


class Vectors(Section):
    engine: Literal["auto", "embedded", "server"] = Field(
        default="auto",
        description="Qdrant in this process or a Qdrant server; auto: a server if qdrant_url is set.",
    )
    transport: Literal["auto", "grpc", "rest"] = Field(
        default="auto",
        description="How to talk to the Qdrant server; auto: gRPC if its port answers, else REST.",
    )
    grpc_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="The Qdrant server's gRPC port; none: the one after that of qdrant_url.",
    )
    timeout: Seconds = Field(
        default=5.0, description="How long a request to the Qdrant server may take, in seconds."
    )
    collection_prefix: str = Field(
        default="askdocs",
        pattern=r"^[A-Za-z0-9_-]+$",
        description="First part of our collections' names in Qdrant.",
    )


class Embeddings(Section):
    provider: Literal["auto", "local", "gemini"] = Field(
        default="auto",
        description="Who embeds; auto: gemini with a key or on Vertex AI, else the local model.",
    )
    model: str = Field(default="gemini-embedding-001", description="Gemini's embedding model.")
    dimensions: Count = Field(default=768, description="Length of Gemini's embeddings.")
    batch_size: int = Field(
        default=100, ge=1, le=100, description="Texts per request to Gemini, which takes 100."
    )
    timeout: Seconds = Field(
        default=30.0, description="How long a request for embeddings may take, in seconds."
    )
    attempts: Count = Field(default=5, description="How often to try a request for embeddings.")
    cache_days: Count = Field(
        default=30,
        description="Forget an embedding in the database that no index run asked for in this many days.",
    )


class Gemini(Section):
    platform: Literal["developer", "vertex"] = Field(
        default="developer",
        description="Which API serves Gemini: developer: the Gemini API with gemini_api_key; vertex: Vertex "
        "AI with the service account of the instance.",
    )
    project: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9.:-]+$",
        description="Google Cloud project of Vertex AI; none: that of the service account.",
    )
    location: str = Field(
        default="us-central1",
        pattern=r"^[a-z0-9-]+$",
        description="Location of Vertex AI, such as europe-west4, or global.",
    )


class Retrieval(Section):
    candidates: Count = Field(default=200, description="Chunks that each of the two rankings contributes.")
    dense_weight: float = Field(default=0.5, ge=0, description="Weight of the embeddings' ranking.")
    sparse_weight: float = Field(default=0.5, ge=0, description="Weight of the words' ranking.")
    spelling: Share = Field(
        default=0.5,
        description="Weight of the word that one the docs lack may be a misspelling of; 0: it is not sought.",
    )


class Index(Section):
    chunk_chars: int = Field(
        default=500, ge=100, description="Longest text of a chunk, code not counted, in characters."
    )
    code_view: bool = Field(
        default=True,
        description="Embed longer pieces with their code besides: finds more of what stands in code, for "
        "about two thirds as many points again.",
    )
    retention: Count = Field(default=10, description="Published revisions kept for a rollback.")
    max_shrinkage: Share = Field(
        default=0.5,
        description="Refuse a publish that loses more than this share of the pages, unless forced.",
    )
    lease_seconds: Seconds = Field(
        default=30.0, description="A publish that gave no sign of life for this long is dead."
    )
    withdrawal_grace: float = Field(
        default=5.0,
        ge=0,
        description="How long a publish waits before it overwrites what was live a moment ago, as after a "
        "rollback, in seconds: other processes may still answer from it.",
    )
    canaries: int = Field(
        default=5, ge=0, description="Questions asked of a new revision before it goes live."
    )


class Sessions(Section):
    ttl_days: Count = Field(default=90, description="Chat sessions are deleted after this many days.")


class Settings(BaseSettings):
    """What `load` returns. Secrets do not show in its repr."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    environment: Environment = Field(default="development", description="Whose defaults apply.")
    home: Path = Field(default_factory=lambda: root() / ".askdocs", description="Folder of all local state.")
    debug: bool = Field(
        default=False, description="Log everything, whatever log_level says; never in answers to readers."
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], LowerCase] = Field(
        default="info", description="Least important message that is logged."
    )
    log_format: Literal["console", "json", "cloud"] = Field(
        default="json", description="How log lines look; cloud: as Google Cloud Logging reads them."
    )
    rate_limit_requests: Count = Field(
        default=100, description="Requests per minute and client; searches are counted apart."
    )
    rate_limit_searches: Count = Field(
        default=240, description="Searches per minute and client: whoever types makes some four a second."
    )
    max_content_length: ByteSize = Field(
        default=ByteSize(10_000_000),
        gt=0,
        description="Longest request body, in bytes or as 10MB; "
        "questions end at 256 kB and other JSON at 64 kB even if this is more.",
    )
    monitoring_enabled: bool = Field(default=True, description="Serve /metrics.")
    metrics_token: Key | None = Field(
        default=None,
        description="Who reads /metrics must show this as a bearer token; none: everybody may, "
        "without what names sites.",
    )

    secret_key: SecretKey | None = Field(
        default=None,
        description="Signs the tokens of readers' conversations; none: a random key in the home folder.",
    )
    database_url: DatabaseUrl | None = Field(
        default=None, description="PostgreSQL or SQLite; none: SQLite in the home folder."
    )
    redis_url: RedisUrl | None = Field(
        default=None, description="Redis for rate limits and cached answers; none: this process's memory."
    )
    gemini_api_key: Key | None = Field(default=None, description="Key of the Gemini API.")
    gemini_base_url: HttpUrl | None = Field(
        default=None, repr=False, description="Another address of the Gemini API, for tests and proxies."
    )
    qdrant_url: HttpUrl | None = Field(
        default=None, repr=False, description="A Qdrant server; none: Qdrant inside this process."
    )
    qdrant_api_key: Key | None = Field(default=None, description="Key of the Qdrant server.")
    image: str | None = Field(
        default=None,
        description="The container image that this is, with its digest; logged with every answer.",
    )

    server: Server = Server()
    database: Database = Database()
    vectors: Vectors = Vectors()
    embeddings: Embeddings = Embeddings()
    gemini: Gemini = Gemini()
    answers: Answers = Answers()
    retrieval: Retrieval = Retrieval()
    index: Index = Index()
    sessions: Sessions = Sessions()
    deployment: Deployment = Deployment()
    alert_thresholds: AlertThresholds = AlertThresholds()
    backups: Backups = Backups()
    evaluation: Evaluation = Evaluation()
    tracing: Tracing = Tracing()
    error_tracking: ErrorTracking = ErrorTracking()
    sites: tuple[SiteSettings, ...] = Field(
        default=(),
        description="Sites that are created at start when missing, and what is configured for them by name: "
        "support_url is where readers whose question was not answered can ask people; instructions, of at "
        "most 1000 characters, tell the model of tone and product, and override none of its rules.",
    )

    _overrides: dict[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def least_level(self) -> Literal["debug", "info", "warning", "error"]:
        """The least important level that is logged."""
        return "debug" if self.debug else self.log_level

    @property
    def vector_engine(self) -> Literal["embedded", "server"]:
        """`vectors.engine` with auto decided."""
        if self.vectors.engine == "auto":
            return "server" if self.qdrant_url else "embedded"
        return self.vectors.engine

    def site(self, name: str) -> SiteSettings | None:
        """What is configured for a site, None for one that stands in the database alone."""
        return next((site for site in self.sites if site.name == name), None)

    def instructions(self, name: str) -> str:
        """What the model is told by the site, "" if nothing."""
        site = self.site(name)
        return site.instructions.strip() if site else ""

    @property
    def has_gemini(self) -> bool:
        """Whether anything is there to use Gemini with."""
        return self.gemini.platform == "vertex" or bool(self.gemini_api_key)

    @property
    def embedding_provider(self) -> Literal["local", "gemini"]:
        """`embeddings.provider` with auto decided."""
        if self.embeddings.provider == "auto":
            return "gemini" if self.has_gemini else "local"
        return self.embeddings.provider

    @property
    def answer_provider(self) -> Literal["gemini", "extractive"]:
        """`answers.provider` with auto decided."""
        if self.answers.provider == "auto":
            return "gemini" if self.has_gemini else "extractive"
        return self.answers.provider

    @model_validator(mode="after")
    def leave_room_for_instructions(self) -> Self:
        longest = max((len(site.instructions) for site in self.sites), default=0)
        least = self.answers.least_prompt_tokens(longest)
        if self.answers.prompt_tokens < least:
            raise ValueError(
                f"answers.prompt_tokens is {self.answers.prompt_tokens}, but with a site's instructions of "
                f"{longest} characters prompts take up to {least}"
            )
        return self

    @model_validator(mode="before")
    @classmethod
    def refuse_switches_as_numbers(cls, values: Any) -> Any:
        return refuse_switches_as_numbers(cls, values)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, Layers(settings_cls, init_settings().get("environment"))
