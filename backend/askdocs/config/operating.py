"""Settings of what surrounds the program: deploying it, watching it, backing it up."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from askdocs.config.kinds import Count, DatabaseUrl, HttpUrl, Key, Seconds, Section, Share

Percentages = Annotated[tuple[Annotated[int, Field(ge=1, le=100)], ...], Field(min_length=1)]


class Deployment(Section):
    """What `deploy.sh` gives Cloud Run."""

    project: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9.:-]+$",
        description="Google Cloud project, where no script names one.",
    )
    region: str = Field(default="us-central1", pattern=r"^[a-z0-9-]+$", description="Region of Cloud Run.")
    service: str = Field(
        default="askdocs",
        pattern=r"^[a-z]([a-z0-9-]{0,40}[a-z0-9])?$",
        description="Name of the Cloud Run service, and first part of the names of its secrets and jobs.",
    )
    repository: str = Field(
        default="askdocs",
        pattern=r"^[a-z]([a-z0-9-]*[a-z0-9])?$",
        description="Repository of the images in Artifact Registry.",
    )
    service_account: str | None = Field(
        default=None,
        pattern=r"^[^@\s]+@[^@\s]+$",
        description="Service account that instances run as; none: the project's default one.",
    )
    memory: str = Field(
        default="512Mi", pattern=r"^[0-9]+(Mi|Gi)$", description="Memory of an instance, as 512Mi or 1Gi."
    )
    cpu: str = Field(default="1", pattern=r"^([1-8]|[0-9]{3,4}m)$", description="CPUs of an instance.")
    concurrency: int = Field(
        default=80, ge=1, le=1000, description="Requests that an instance takes at once."
    )
    timeout: int = Field(
        default=300, ge=1, le=3600, description="How long a request may take at Cloud Run, in seconds."
    )
    min_instances: int = Field(default=0, ge=0, description="Instances that are kept warm.")
    max_instances: Count = Field(default=10, description="Most instances.")
    traffic_steps: Percentages = Field(
        default=(10, 50, 100),
        description="Shares of the traffic, in percent, that a new release gets one after the other.",
    )
    step_seconds: Seconds = Field(
        default=60.0, description="How long each share is watched before the next one, in seconds."
    )
    smoke_question: str | None = Field(
        default=None,
        description="A question that the docs answer, which a new release must answer with citations; none: "
        'it is asked "How do I get started?", and any whole answer will do.',
    )
    eval_file: str | None = Field(
        default=None, description="Labelled questions that a promotion asks; none: it asks none."
    )

    @model_validator(mode="after")
    def lead_to_all_traffic(self) -> Self:
        steps = self.traffic_steps
        if list(steps) != sorted(set(steps)) or steps[-1] != 100:
            raise ValueError("traffic_steps rise, and the last one is 100")
        if self.min_instances > self.max_instances:
            raise ValueError(
                f"min_instances is {self.min_instances}, more than max_instances ({self.max_instances})"
            )
        return self


class AlertThresholds(Section):
    """What is too much, for the alerts and for a new release."""

    error_rate: Share = Field(default=0.02, description="Share of requests that end in a 5xx.")
    latency_p95: Seconds = Field(
        default=10.0, description="95th percentile of the time of a whole answer, in seconds."
    )
    time_to_first_token_p95: Seconds = Field(
        default=4.0, description="95th percentile of the time until an answer begins, in seconds."
    )
    fallback_share: Share = Field(
        default=0.2, description="Share of answers that are quoted because the model failed."
    )
    unanswered_share: Share = Field(
        default=0.5, description="Share of questions that the docs do not answer."
    )
    pool_share: Share = Field(default=0.9, description="Share of the database connections that are in use.")
    memory_share: Share = Field(default=0.9, description="Share of its memory that a process takes.")
    backup_age: Seconds = Field(default=93_600.0, description="Age of the newest backup, in seconds.")
    drill_age: Seconds = Field(
        default=691_200.0, description="Time since a backup was last restored in a drill, in seconds."
    )
    index_age: Seconds = Field(default=2_592_000.0, description="Age of a site's live revision, in seconds.")


def _check_recipient(value: str) -> str:
    if value.startswith("AGE-SECRET-KEY-"):
        raise ValueError("is a secret key; the public one begins with age1")
    if not value.startswith(("age1", "ssh-")):
        raise ValueError("is no public key of age: these begin with age1, or with ssh- if made by ssh-keygen")
    return value


class Backups(Section):
    database_url: DatabaseUrl | None = Field(
        default=None,
        description="Direct address of the database for backups, where database_url leads through a pooler.",
    )
    to: str | None = Field(
        default=None, description="Where backups go: a folder, or gs:// and a bucket with an optional path."
    )
    recipient: Annotated[str, AfterValidator(_check_recipient)] | None = Field(
        default=None, description="Public key of age that backups are encrypted for; none: not encrypted."
    )
    keep_days: Count = Field(default=30, description="Every backup is kept for this many days.")
    keep_weekly: int = Field(default=8, ge=0, description="Weeks of which the newest backup is kept longer.")
    keep_monthly: int = Field(
        default=12, ge=0, description="Months of which the newest backup is kept longer."
    )


class Tracing(Section):
    endpoint: HttpUrl | None = Field(
        default=None, repr=False, description="Where traces are sent by OTLP over HTTP; none: nowhere."
    )
    sample_share: Share = Field(default=0.1, description="Share of questions that are traced.")


class ErrorTracking(Section):
    dsn: Key | None = Field(default=None, description="Sentry's address for errors; none: nothing is sent.")


class Thresholds(Section):
    """What an evaluation must reach; none: nothing. A file of questions may hold the same names."""

    min_page_recall: Share | None = Field(
        default=None, description="Least share of questions with a right page among the first five."
    )
    min_section_recall: Share | None = Field(
        default=None, description="Least share of questions with a right section among the first five."
    )
    min_section_mrr: Share | None = Field(
        default=None, description="Least mean reciprocal rank of the first right section, of ten."
    )
    min_section_ndcg: Share | None = Field(default=None, description="Least nDCG@10 of sections.")
    min_facts: Share | None = Field(
        default=None,
        description="Least share of questions all of whose facts stand in the first 16,000 characters of the "
        "passages.",
    )
    min_auc: Share | None = Field(
        default=None, description="Least AUC of the confidence in answerable questions against others."
    )
    min_answered: Share | None = Field(
        default=None, description="Least share of answerable questions that are not declined."
    )
    min_refused: Share | None = Field(
        default=None, description="Least share of questions without an answer in the docs that are declined."
    )
    min_answer_facts: Share | None = Field(
        default=None, description="Least share of answers that hold all facts; needs --answers."
    )
    min_citation_precision: Share | None = Field(
        default=None, description="Least share of citations that lead to a right section; needs --answers."
    )
    min_citation_recall: Share | None = Field(
        default=None, description="Least share of answers that cite a right section; needs --answers."
    )
    max_search_ms: Seconds | None = Field(
        default=None, description="Most milliseconds that 95 % of the searches may take."
    )
    max_broken: int | None = Field(
        default=None,
        ge=0,
        description="Most questions that may be broken since the earlier result that --against names.",
    )


class Evaluation(Thresholds):
    """What `askdocs eval` asks of a result."""
