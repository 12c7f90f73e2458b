"""Configuration. The only place that reads environment variables."""

from askdocs.config.layers import metrics_dir, root, share_metrics
from askdocs.config.loading import REQUIRED, check, load, read
from askdocs.config.report import Setting, effective, mask_url, reference
from askdocs.config.settings import Settings, SiteSettings

__all__ = [
    "REQUIRED",
    "Setting",
    "Settings",
    "SiteSettings",
    "check",
    "effective",
    "load",
    "mask_url",
    "metrics_dir",
    "read",
    "reference",
    "root",
    "share_metrics",
]
