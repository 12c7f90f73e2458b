"""Settings of serving, storing, retrieving and publishing, a section each."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import ByteSize, Field, model_validator

from askdocs.config.kinds import Count, Days, HttpUrl, Key, Seconds, Section, Share


class Server(Section):
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    site_dir: Path | None = Field(default=None, description="A built documentation site to serve at /.")
    widget_dir: Path | None = Field(
        default=None,
        description="The built widget to serve at /widget/; none: the one that the package brings.",
    )
    proxy_hops: int | None = Field(
        default=None,
        ge=0,
        description="Proxies in front, each of which adds the address it saw to X-Forwarded-For; readers' "
        "addresses count for rate limits. None: 1 on Cloud Run, whose front end does so, else 0.",
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
    ttl_days: Days = Field(
        default=90,
        description="Conversations are deleted this many days after their last question; 0: nothing of a "
        "question or an answer is stored, and each question stands alone.",
    )


class Uploads(Section):
    """Of publishes over HTTPS, for each site."""

    max_pages: Count = Field(default=50_000, description="Pages that a build may have.")
    max_bytes: ByteSize = Field(
        default=ByteSize(500_000_000),
        gt=0,
        description="What the pages that were sent and are not published yet may take, compressed, in bytes "
        "or as 500MB.",
    )


class Accounts(Section):
    access_token_expire_minutes: int = Field(
        default=60,
        ge=1,
        le=1440,
        description="How long an access token of somebody who signed in is good, in minutes; it is renewed "
        "without a password.",
    )
    sign_in_days: int = Field(
        default=30, ge=1, le=365, description="After so many days people have to sign in again."
    )
    signing_key_file: Path | None = Field(
        default=None,
        description="A private RSA key, as PEM, that signs access tokens by RS256; none: HS256 with a key "
        "that is derived from secret_key.",
    )
    former_key_files: tuple[Path, ...] = Field(
        default=(),
        description="Files with keys that signed access tokens before, each an RSA key as PEM or a former "
        "secret_key: tokens that they signed are good until they expire.",
    )


class Publishers(Section):
    """CI jobs that publish with a token of their provider."""

    audience: HttpUrl | None = Field(
        default=None,
        description="This server's address as CI jobs name it to `askdocs publish`: tokens for another one "
        "are refused; none: all of them are.",
    )
    keys_file: Path | None = Field(
        default=None,
        description="A JSON file with the public keys of issuers, a JSON web key set for each issuer's URL, "
        "where they cannot be fetched; those that it lacks are fetched.",
    )


_HERE = ("127.0.0.1", "::1", "localhost")


class OpenId(Section):
    """An OpenID provider, with whose accounts members may sign in."""

    issuer: HttpUrl | None = Field(
        default=None,
        description="The provider, by the URL that its metadata has as `issuer`, to the letter; none: people "
        "sign in with passwords.",
    )
    client_id: str = Field(default="", description="As what the provider knows this installation.")
    client_secret: Key | None = Field(
        default=None, description="What it shows to the provider; none: it is a public client."
    )
    scopes: tuple[str, ...] = Field(
        default=("openid", "email"), description="What the provider is asked to tell of a person."
    )
    redirect_uris: tuple[HttpUrl, ...] = Field(
        default=(),
        description="Where the provider may send people back to, as it knows them: pages of clients, each to "
        "the letter; http://127.0.0.1/… and http://[::1]/… with any port.",
    )
    email_domains: tuple[str, ...] = Field(
        default=(), description="Domains of the addresses of those who may sign in so; none: any."
    )
    verified_claim: str = Field(
        default="email_verified",
        min_length=1,
        description="The claim that says whether an e-mail address is the person's; with Microsoft Entra ID "
        "xms_edov.",
    )

    @model_validator(mode="after")
    def be_whole(self) -> Self:
        if self.issuer is None:
            return self
        if not self.client_id or not self.redirect_uris:
            raise ValueError("needs client_id and redirect_uris beside the issuer")
        if "openid" not in self.scopes:
            raise ValueError("needs the scope openid")
        for uri in self.redirect_uris:
            parts = urlsplit(uri)
            if parts.fragment or (parts.scheme == "http" and parts.hostname not in _HERE):
                raise ValueError(f"has a redirect URI that is neither https nor on this machine: {uri}")
        return self


class Outbound(Section):
    allow: tuple[HttpUrl, ...] = Field(
        default=(),
        description="Origins that the server may fetch from although they are private or plain http, such as "
        "an issuer in your network; everything else that sites configure must be public and https.",
    )
