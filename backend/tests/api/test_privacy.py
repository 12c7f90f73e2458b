"""A site says what is kept of its readers, as it is configured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.served import KEY, ORIGIN, SITE, serve

pytestmark = pytest.mark.anyio

GEMINI = {"name": "Google Gemini API", "location": None, "purposes": ["answers", "embeddings"]}


async def told(folder: Path, options: dict[str, Any], **settings: Any) -> dict[str, Any]:
    site = {"name": "docs", "key": KEY, "origins": [ORIGIN], **options}
    async with serve(folder, sites=(site,), **settings) as served:
        response = await served.client.get(f"{SITE}/privacy")
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found


async def test_everything_stays_here_without_a_model(tmp_path: Path) -> None:
    said = await told(tmp_path, {"privacy_url": "https://docs.example/privacy"})
    assert said == {
        "conversations": {"stored": True, "days": 90, "backup_days": None},
        "masked": ["email", "phone", "card", "iban", "ip", "secret"],
        "addresses_stored": False,
        "cookies": False,
        "recipients": [],
        "shared_answers_seconds": 0,
        "deletion": {"method": "DELETE", "path": f"{SITE}/session", "header": "X-Askdocs-Session"},
        "policy_url": "https://docs.example/privacy",
    }


@pytest.mark.parametrize(
    ("days", "kept", "shared"),
    [
        (0, {"stored": False, "days": 0, "backup_days": None}, 0),
        (30, {"stored": True, "days": 30, "backup_days": 372}, 3600),
    ],
)
async def test_what_goes_to_google_is_said(
    tmp_path: Path, days: int, kept: dict[str, Any], shared: int
) -> None:
    said = await told(
        tmp_path, {"retention_days": days}, gemini_api_key="key", backups={"to": str(tmp_path / "backups")}
    )
    assert said["conversations"] == kept
    assert said["recipients"] == [GEMINI]
    assert said["shared_answers_seconds"] == shared
    assert said["policy_url"] is None
