"""Configuration. The only place that reads environment variables."""

from askdocs.config.answers import SiteSettings
from askdocs.config.layers import DEFAULTS, config_dir, metrics_dir, root, share_metrics
from askdocs.config.loading import REQUIRED, check, load, read
from askdocs.config.report import Setting, effective, mask_url, reference, secrets_in
from askdocs.config.settings import Settings

__all__ = [
    "DEFAULTS",
    "REQUIRED",
    "Setting",
    "Settings",
    "SiteSettings",
    "check",
    "config_dir",
    "effective",
    "load",
    "mask_url",
    "metrics_dir",
    "read",
    "reference",
    "root",
    "secrets_in",
    "share_metrics",
]
