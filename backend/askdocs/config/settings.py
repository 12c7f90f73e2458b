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

from askdocs.config.answers import Answers
from askdocs.config.guarding import Guard, Prices
from askdocs.config.kinds import (
    AdminToken,
    Count,
    DatabaseUrl,
    HttpUrl,
    Key,
    LowerCase,
    RedisUrl,
    SecretKey,
    refuse_switches_as_numbers,
)
from askdocs.config.layers import Layers, on_cloud_run, root
from askdocs.config.operating import (
    AlertThresholds,
    Backups,
    Deployment,
    ErrorTracking,
    Evaluation,
    Tracing,
)
from askdocs.config.sections import (
    Accounts,
    Database,
    Embeddings,
    Gemini,
    Index,
    OpenId,
    Outbound,
    Publishers,
    Retrieval,
    Server,
    Sessions,
    Uploads,
    Vectors,
)
from askdocs.config.site_options import SiteSettings

Environment = Literal["development", "test", "staging", "production"]
ENVIRONMENTS: tuple[str, ...] = get_args(Environment)


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
    rate_limit_session: Count = Field(
        default=20, description="Questions per minute in one conversation; nobody reads answers so fast."
    )
    rate_limit_site: Count = Field(
        default=600, description="Questions per minute of a site, of all its readers together."
    )
    rate_limit_all_sites: Count = Field(
        default=2000, description="Questions per minute of all sites together."
    )
    max_content_length: ByteSize = Field(
        default=ByteSize(10_000_000),
        gt=0,
        description="Longest request body, in bytes or as 10MB; "
        "questions end at 256 kB, parts of a publish at 4 MB and other JSON at 64 kB even if this is more.",
    )
    monitoring_enabled: bool = Field(default=True, description="Serve /metrics.")
    metrics_token: Key | None = Field(
        default=None,
        description="Who reads /metrics must show this as a bearer token; none: everybody may, "
        "without what names sites.",
    )

    admin_token: AdminToken | None = Field(
        default=None,
        description="Who sends this as a bearer token administers all sites over HTTPS, and makes new ones; "
        "none: nobody makes sites but by command.",
    )

    secret_key: SecretKey | None = Field(
        default=None,
        description="Signs the tokens of readers' conversations and of people who sign in; none: a random "
        "key in the home folder.",
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
    api_key: Key | None = Field(
        default=None,
        description="API key of the site that `askdocs publish` publishes to; no other command needs one.",
    )
    id_token: Key | None = Field(
        default=None,
        description="The token that GitLab signs for a job, with which `askdocs publish` publishes without a "
        "key.",
    )
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
    uploads: Uploads = Uploads()
    accounts: Accounts = Accounts()
    openid: OpenId = OpenId()
    publishers: Publishers = Publishers()
    outbound: Outbound = Outbound()
    prices: Prices = Prices()
    guard: Guard = Guard()
    deployment: Deployment = Deployment()
    alert_thresholds: AlertThresholds = AlertThresholds()
    backups: Backups = Backups()
    evaluation: Evaluation = Evaluation()
    tracing: Tracing = Tracing()
    error_tracking: ErrorTracking = ErrorTracking()
    sites: tuple[SiteSettings, ...] = Field(
        default=(),
        description="Sites that are created at start when missing, and what is configured for them by name: "
        "support_url is where readers whose question was not answered can ask people, search_url the site's "
        "search, privacy_url its policy; consent is none, or required where browsers keep nothing before "
        "readers consent; suggested_questions are up to 6 to begin with; instructions, of at "
        "most 1000 characters, tell the model of tone and product, and override none of its rules; "
        "access is public, or members where only signed users may ask; "
        "rate_limit_requests, _searches, _session and _site hold for this site instead of the settings of "
        "these names; budget_per_hour, budget_per_day, tokens_per_hour and tokens_per_day bound what models "
        "take for it, beside those of guard; reader_sessions holds instead of that of "
        "guard; masking_patterns are up to 8 regular expressions of RE2 for what is masked besides.",
    )

    _overrides: dict[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def least_level(self) -> Literal["debug", "info", "warning", "error"]:
        """The least important level that is logged."""
        return "debug" if self.debug else self.log_level

    @property
    def proxy_hops(self) -> int:
        """`server.proxy_hops` with none decided."""
        hops = self.server.proxy_hops
        return int(on_cloud_run()) if hops is None else hops

    @property
    def vector_engine(self) -> Literal["embedded", "server"]:
        """`vectors.engine` with auto decided."""
        if self.vectors.engine == "auto":
            return "server" if self.qdrant_url else "embedded"
        return self.vectors.engine

    def site(self, name: str) -> SiteSettings | None:
        """What is configured for a site, None for one that stands in the database alone."""
        return next((site for site in self.sites if site.name == name), None)

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
