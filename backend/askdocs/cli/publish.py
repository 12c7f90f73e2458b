"""The command that publishes to a server over HTTPS."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from pydantic import ValidationError

from askdocs.cli.output import print_json, run, settings_for_command
from askdocs.cli.publishing import Asked, Publishing, publishes
from askdocs.cli.shown import print_summary, progress
from askdocs.config import Settings, github_token_request, in_github_actions
from askdocs.errors import ConfigError, InputError
from askdocs.publishing import server, upload
from askdocs.publishing.credentials import Credentials, Fixed, GitHubToken


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: askdocs publish website/build --api https://ask.example.com --site docs")(
        publish
    )


@publishes
def publish(
    asked: Asked,
    api: Annotated[
        str, typer.Option(metavar="URL", help="The server, as https://ask.example.com.", show_default=False)
    ],
) -> None:
    """Publish what the sources hold to a server, as `index` does where the database is.

    It needs the docs and an API key of the site in ASKDOCS_API_KEY, from `askdocs key create`; in GitHub
    Actions and GitLab no key, if the site trusts the repository: `askdocs publisher add`. Only pages that the
    server lacks are sent; a publish that broke off goes on where it was.
    """
    settings = settings_for_command(required=())
    credentials = _credentials(settings, api)
    summary = run(_publish(api, credentials, asked.find(), asked))
    if asked.as_json:
        print_json(summary)
    else:
        print_summary(summary)


def _credentials(settings: Settings, api: str) -> Credentials:
    """The key, if there is one; else what the CI provider gives this job."""
    if (fixed := settings.api_key or settings.id_token) is not None:
        return Fixed(fixed.get_secret_value())
    if (asking := github_token_request()) is not None:
        url, secret = asking
        return GitHubToken(url, secret, audience=api.rstrip("/"))
    if in_github_actions():
        raise ConfigError(
            "ASKDOCS_API_KEY is not set, and this job may not have a token about itself.",
            fix="Give it `permissions: id-token: write`, with `contents: read` beside it. Jobs of pull "
            "requests from forks cannot have it.",
        )
    raise ConfigError(
        "ASKDOCS_API_KEY is not set.",
        fix="It holds a key of the site, which its operator makes: askdocs key create SITE --name CI",
    )


async def _publish(api: str, credentials: Credentials, wanted: Publishing, asked: Asked) -> dict[str, Any]:
    options = {"dry_run": asked.dry_run, "force": asked.force, "take_over": asked.take_over}
    with progress(quiet=asked.as_json) as report:
        async with server.connect(api, wanted.site, credentials=credentials) as connected:
            sources, found = await upload.read(wanted.sources, strict=asked.strict, report=report)
            try:
                manifest = upload.described(sources, found, whole=wanted.whole, origins=wanted.origins)
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                raise InputError(f"This cannot be sent: {first['msg']}: {first['input']!r:.200}") from error
            return await upload.publish(connected, manifest, found, options, report=report)
