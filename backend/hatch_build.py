"""Puts the local embedding model into the wheel, so that nothing is built where it runs."""

from __future__ import annotations

import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ModelHook(BuildHookInterface[Any]):
    """Leaves the model out, and says so, where the packages that build it are not installed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        sys.path.insert(0, self.root)
        try:
            from askdocs.errors import ModelMisconfigured
            from askdocs.models.minilm.build import build
        except ImportError as error:
            self.app.display_warning(f"Built without the local embedding model: {error.name} is missing.")
            return
        try:
            build()
        except ImportError as error:
            self.app.display_warning(f"Built without the local embedding model: {error.name} is missing.")
        except ModelMisconfigured as error:
            self.app.display_warning(f"Built without the local embedding model: {error}")
