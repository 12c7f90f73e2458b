"""The world that the tests of answers ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.worlds import World, open_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, answers={"min_confidence": 0.5}) as opened:
        opened.write(
            {
                "keys.md": "# Keys\n\nRotate keys every month with the rotate command.",
                "cache.md": "# Cache\n\nAnswers are kept for an hour.",
                "install.md": "# Install\n\nRun the installer.",
            }
        )
        await opened.index()
        yield opened
