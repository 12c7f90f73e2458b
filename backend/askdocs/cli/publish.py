"""The command that publishes to a server over HTTPS."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from askdocs.cli.output import AsJson, print_json, run, settings_for_command
from askdocs.cli.publishing import (
    BaseUrl,
    Exclude,
    Include,
    Kind,
    Locale,
    Name,
    Only,
    Publishing,
    Site,
    SourcePath,
    Style,
    Version,
    Weight,
    given,
)
from askdocs.cli.shown import print_summary, progress
from askdocs.config import Settings, github_token_request, in_github_actions
from askdocs.errors import ConfigError, InputError
from askdocs.publishing import server, upload
from askdocs.publishing.credentials import Credentials, Fixed, GitHubToken
from askdocs.types import SourceSpec


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: askdocs publish website/build --api https://ask.example.com --site docs")(
        publish
    )


def publish(
    api: Annotated[
        str, typer.Option(metavar="URL", help="The server, as https://ask.example.com.", show_default=False)
    ],
    source: SourcePath = None,
    site: Site = None,
    only: Only = [],  # noqa: B006  typer reads it
    name: Name = "",
    kind: Kind = None,
    base_url: BaseUrl = "",
    url_style: Style = None,
    include: Include = [],  # noqa: B006
    exclude: Exclude = [],  # noqa: B006
    docs_version: Version = "",
    locale: Locale = "",
    weight: Weight = 1.0,
    strict: Annotated[bool, typer.Option("--strict", help="Publish nothing if a page is skipped.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and publish nothing.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Publish even if most pages vanished.")] = False,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Stop a publish that is under way, and say whose it was.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Publish what the sources hold to a server, as `index` does where the database is.

    It needs the docs and an API key of the site in ASKDOCS_API_KEY, from `askdocs key create`; in GitHub
    Actions and GitLab no key, if the site trusts the repository: `askdocs publisher add`. Only pages that the
    server lacks are sent; a publish that broke off goes on where it was.
    """
    described = SourceSpec(
        Path(),
        name=name,
        kind=kind,
        base_url=base_url,
        url_style=url_style,
        include=tuple(include),
        exclude=tuple(exclude),
        version=docs_version,
        locale=locale,
        weight=weight,
    )
    settings = settings_for_command(required=())
    credentials = _credentials(settings, api)
    options = {"dry_run": dry_run, "force": force, "take_over": take_over}
    wanted = given(source, site, only, described)
    summary = run(_publish(api, credentials, wanted, options, strict=strict, quiet=as_json))
    if as_json:
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


async def _publish(
    api: str,
    credentials: Credentials,
    wanted: Publishing,
    options: Mapping[str, bool],
    *,
    strict: bool,
    quiet: bool,
) -> dict[str, Any]:
    with progress(quiet=quiet) as report:
        async with server.connect(api, wanted.site, credentials=credentials) as connected:
            sources, found = await upload.read(wanted.sources, strict=strict, report=report)
            try:
                manifest = upload.described(sources, found, whole=wanted.whole, origins=wanted.origins)
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                raise InputError(f"This cannot be sent: {first['msg']}: {first['input']!r:.200}") from error
            return await upload.publish(connected, manifest, found, options, report=report)
