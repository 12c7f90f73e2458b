"""scripts/secrets.sh finds what must not be committed. That there is nothing here, scripts/check.sh sees."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from askdocs.config import root

# Put together here, so that this file holds none of them.
LEAKS = {
    "notes.md": "The key is AIza" + "SyA1234567890abcdefghijklmnopqrstuv",
    "deploy.py": "token = 'ghp_" + "0123456789abcdefghijABCDEFGHIJ012345'",
    "key.json": '{"private_key": "-----BEGIN PRIVATE' + ' KEY-----\\nMIIE"}',
    "production.yaml": "secret_key: " + "kf83jf0dk3jd93kd03kd",
    ".env": "DATABASE_URL=postgresql://app:" + "s3cr3tpassw0rd@db.example.com/app",
}


def scan(checkout: Path) -> subprocess.CompletedProcess[str]:
    subprocess.run(["git", "init", "--quiet", checkout], check=True)
    subprocess.run(["git", "-C", checkout, "add", "--all"], check=True)
    return subprocess.run(
        [root() / "scripts/secrets.sh", checkout], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("name", LEAKS)
def test_secret_is_found(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(LEAKS[name] + "\n")

    found = scan(tmp_path)

    assert (found.returncode, name in found.stdout) == (1, True), found.stdout + found.stderr


def test_names_of_secrets_and_files_that_are_not_tracked_are_none(tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text('OPERATORS_NAMES = {"secret_key": "SECRET_KEY"}\n')
    (tmp_path / "production.yaml").write_text("secret_key:\n")
    (tmp_path / ".gitignore").write_text(".env\n")
    (tmp_path / ".env").write_text(LEAKS[".env"])

    found = scan(tmp_path)

    assert found.returncode == 0, found.stdout
