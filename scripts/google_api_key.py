"""What detect-secrets lacks: keys of Google's APIs, Gemini's among them."""

import re

from detect_secrets.plugins.base import RegexBasedDetector


class GoogleApiKeyDetector(RegexBasedDetector):
    secret_type = "Google API key"  # noqa: S105  the name of what is found
    denylist = (re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),)
