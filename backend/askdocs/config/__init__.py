"""Configuration. The only place that reads environment variables."""

from askdocs.config.layers import (
    DEFAULTS,
    config_dir,
    github_token_request,
    has_windows,
    in_environment,
    in_github_actions,
    metrics_dir,
    root,
    share_metrics,
)
from askdocs.config.loading import REQUIRED, check, load, read
from askdocs.config.report import Setting, effective, mask_url, reference, secrets_in
from askdocs.config.sections import Accounts, OpenId
from askdocs.config.settings import Settings
from askdocs.config.site_file import NAME, SOURCE_NAME, SiteFile, read_site_file
from askdocs.config.site_options import SiteOptions, SiteSettings, merge

__all__ = [
    "DEFAULTS",
    "NAME",
    "REQUIRED",
    "SOURCE_NAME",
    "Accounts",
    "OpenId",
    "Setting",
    "Settings",
    "SiteFile",
    "SiteOptions",
    "SiteSettings",
    "check",
    "config_dir",
    "effective",
    "github_token_request",
    "has_windows",
    "in_environment",
    "in_github_actions",
    "load",
    "mask_url",
    "merge",
    "metrics_dir",
    "read",
    "read_site_file",
    "reference",
    "root",
    "secrets_in",
    "share_metrics",
]
