"""An OpenID provider in the settings: named as a whole, or the start says what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from askdocs.config import load
from askdocs.errors import ConfigError

WHOLE: dict[str, Any] = {
    "issuer": "https://id.example.com",
    "client_id": "askdocs",
    "redirect_uris": ["https://console.example.com/back"],
}


def test_secret_comes_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    file.write_text("hush\n")
    monkeypatch.setenv("OPENID_CLIENT_SECRET_FILE", str(file))
    found = load("test", home=tmp_path, openid=WHOLE).openid

    assert found.client_secret is not None
    assert found.client_secret.get_secret_value() == "hush"
    assert "hush" not in repr(found)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"client_id": ""}, "needs client_id"),
        ({"redirect_uris": []}, "redirect_uris"),
        ({"scopes": ["email"]}, "scope openid"),
        ({"redirect_uris": ["http://console.example.com/back"]}, "neither https"),
        ({"redirect_uris": ["https://console.example.com/back#x"]}, "neither https"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "http"),
        ({"issuer": "id.example.com"}, "http"),
    ],
)
def test_half_a_provider_stops_the_start(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        load("test", home=tmp_path, openid={**WHOLE, **changes})


@pytest.mark.parametrize("uri", ["http://127.0.0.1/back", "http://[::1]/back", "http://localhost:3000/back"])
def test_redirect_on_this_machine_may_be_plain_http(tmp_path: Path, uri: str) -> None:
    assert load("test", home=tmp_path, openid={**WHOLE, "redirect_uris": [uri]}).openid.redirect_uris == (
        uri,
    )
