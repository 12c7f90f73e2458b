"""Who serves Gemini, and what opens the door: the Gemini API with a key, or Vertex AI without one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from askdocs.errors import ModelMisconfigured, ModelUnavailable
from askdocs.models.gemini.wire import Remedies
from askdocs.observability.logging import log

if TYPE_CHECKING:
    import aiohttp
    from google import genai

_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
_MULTI_REGIONS = ("us", "eu")


class Platform(Protocol):
    """One of Google's two APIs for Gemini. Errors: `ModelUnavailable` and its kinds."""

    remedies: Remedies
    base_url: str | None
    """Another address than Google's, for tests and proxies."""

    def batch(self, model: str) -> int:
        """Most texts that one request may embed."""

    async def target(self, model: str) -> tuple[str, Mapping[str, str]]:
        """URL and headers of a streamed answer."""

    async def warm(self) -> None:
        """Do now what the first request would wait for."""

    async def make_sdk(self, session: aiohttp.ClientSession) -> genai.Client: ...


class GeminiApi:
    """The API of Google AI Studio, with a key."""

    remedies = Remedies(
        credential="the key",
        access="Check GEMINI_API_KEY.",
        disabled="Enable the Generative Language API in the project of the key.",
        model="Check answers.model and embeddings.model.",
    )

    def __init__(self, api_key: str, *, base_url: str | None = None) -> None:
        self.base_url = base_url
        self._api_key = api_key
        self._url = (base_url or "https://generativelanguage.googleapis.com").rstrip("/")

    def batch(self, model: str) -> int:
        return 100

    async def target(self, model: str) -> tuple[str, Mapping[str, str]]:
        url = f"{self._url}/v1beta/models/{model}:streamGenerateContent?alt=sse"
        return url, {"x-goog-api-key": self._api_key}

    async def warm(self) -> None:
        pass

    async def make_sdk(self, session: aiohttp.ClientSession) -> genai.Client:
        return await asyncio.to_thread(
            lambda: _client(self._url, "v1beta", session, api_key=self._api_key, vertexai=False)
        )


class VertexAi:
    """Vertex AI, with what google-auth finds: on Google Cloud the service account of the instance.

    `project` None stands for the project of the credentials.
    """

    def __init__(self, *, project: str | None, location: str, base_url: str | None = None) -> None:
        self.base_url = base_url
        self.remedies = Remedies(
            credential="the service account",
            access="Grant it the role roles/aiplatform.user in the project of gemini.project, or its own.",
            disabled="Enable the API in the project: gcloud services enable aiplatform.googleapis.com",
            model=f"Check answers.model, embeddings.model, and that gemini.location ({location}) has them.",
        )
        self._project, self._location = project, location
        self._url = (base_url or _vertex_url(location)).rstrip("/")
        self._credentials: Any = None  # google-auth is not typed
        self._renewal: asyncio.Task[None] | None = None

    def batch(self, model: str) -> int:
        # Gemini's models take one text. The others take 20,000 tokens in all, which 50 chunks do not reach.
        return 1 if "gemini" in model else 50

    async def target(self, model: str) -> tuple[str, Mapping[str, str]]:
        headers: dict[str, str] = {}
        (await self._fresh_credentials()).apply(headers)
        place = f"projects/{self._project}/locations/{self._location}/publishers/google/models/{model}"
        return f"{self._url}/v1/{place}:streamGenerateContent?alt=sse", headers

    async def warm(self) -> None:
        await self._fresh_credentials()

    async def make_sdk(self, session: aiohttp.ClientSession) -> genai.Client:
        credentials = await self._fresh_credentials()
        return await asyncio.to_thread(
            lambda: _client(
                self._url,
                "v1beta1",
                session,
                vertexai=True,
                project=self._project,
                location=self._location,
                credentials=credentials,
            )
        )

    async def _fresh_credentials(self) -> Any:
        """google-auth's credentials, with an access token that is good.

        Making one is a request, once an hour and in a thread. In the token's last minutes, which google-auth
        calls stale, it is made in the background, and no question waits for it.
        """
        if self._state != "FRESH" and (self._renewal is None or self._renewal.done()):
            self._renewal = asyncio.create_task(asyncio.to_thread(self._renew))
            self._renewal.add_done_callback(_note_failure)
        if self._state == "INVALID" and self._renewal is not None:
            # Shared by all who ask meanwhile, and shielded from those who leave: looking for credentials
            # where there are none takes ten seconds of a thread.
            await asyncio.shield(self._renewal)
        return self._credentials

    @property
    def _state(self) -> str:
        return "INVALID" if self._credentials is None else self._credentials.token_state.name

    def _renew(self) -> None:
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import Request

        credentials = self._credentials or self._find_credentials()
        try:
            credentials.refresh(Request())
        except GoogleAuthError as error:
            raise auth_failure(error) from error
        self._credentials = credentials

    def _find_credentials(self) -> Any:
        import google.auth
        from google.auth.exceptions import DefaultCredentialsError

        try:
            credentials, project = google.auth.default(scopes=_SCOPES)
        except DefaultCredentialsError as error:
            raise ModelMisconfigured(
                "gemini.platform is vertex, but there are no Google credentials.",
                fix="On Google Cloud give the service a service account; elsewhere run "
                "`gcloud auth application-default login` or set GOOGLE_APPLICATION_CREDENTIALS.",
            ) from error
        self._project = self._project or project
        if not self._project:
            raise ModelMisconfigured(
                "The Google credentials name no project to use Vertex AI in.", fix="Set gemini.project."
            )
        return credentials


def auth_failure(error: Exception) -> ModelUnavailable:
    """google-auth's error as ours: `error` is a `GoogleAuthError`."""
    from google.auth.exceptions import TransportError

    unreached = isinstance(error, TransportError) or isinstance(error.__cause__, TransportError)
    if unreached or getattr(error, "retryable", False):
        return ModelUnavailable(f"No access token could be made: {error}")
    return ModelMisconfigured(
        f"Google made no access token for these credentials: {error}",
        fix="Check that the service account exists and is enabled, and its key if it comes from a file.",
    )


def _note_failure(renewal: asyncio.Task[None]) -> None:
    if not renewal.cancelled() and (error := renewal.exception()):
        log.warning("access_token_not_made", error=str(error))


def _vertex_url(location: str) -> str:
    if location == "global":
        return "https://aiplatform.googleapis.com"
    if location in _MULTI_REGIONS:
        return f"https://aiplatform.{location}.rep.googleapis.com"
    return f"https://{location}-aiplatform.googleapis.com"


def _client(url: str, version: str, session: aiohttp.ClientSession, **access: Any) -> genai.Client:
    from google import genai
    from google.genai import types

    options = types.HttpOptions(
        base_url=url,
        api_version=version,
        aiohttp_client=session,
        # One attempt, or the SDK waits up to ten seconds by itself when a connection fails.
        retry_options=types.HttpRetryOptions(attempts=1),
    )
    return genai.Client(http_options=options, **access)
