"""What of two environments' settings may differ."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from askdocs.config import differences, effective, read
from tests.commands import Command


@pytest.fixture
def two(folder: Path, defaults: Path) -> Path:
    (folder / "staging.yaml").write_text("rate_limit_requests: 100\nanswers:\n  temperature: 0.9\n")
    (folder / "production.yaml").write_text("rate_limit_requests: 60\nanswers:\n  temperature: 0.2\n")
    return folder


def test_own_capacity_may_differ_and_what_answers_depend_on_may_not(two: Path) -> None:
    found = differences.between(read("staging"), read("production"))

    assert [(one.key, one.values, one.allowed) for one in found] == [
        ("rate_limit_requests", (100, 60), True),
        ("answers.temperature", (0.9, 0.2), False),
    ]


def test_difference_that_is_meant_is_allowed_by_its_name(two: Path) -> None:
    found = differences.between(read("staging"), read("production"), allow=["answers.temperature"])

    assert all(one.allowed for one in found)


def test_every_kind_of_key_is_there() -> None:
    """A section that was renamed would leave its guard behind."""
    keys = {setting.key for setting in effective(read("test"))}

    for guarded in differences.ANSWERS:
        assert any(key.startswith(guarded) for key in keys), guarded


def test_command_names_the_keys_and_how_to_allow_them(askdocs: Command, two: Path) -> None:
    refused = askdocs("config", "compare", "staging", "production")
    meant = ("--allow", "answers.temperature", "--json")
    allowed = askdocs("config", "compare", "staging", "production", *meant)

    assert (refused.code, "--allow answers.temperature" in refused.err) == (3, True)
    assert "rate_limit_requests  100      60          yes" in refused.out
    assert (allowed.code, [one["key"] for one in json.loads(allowed.out)]) == (
        0,
        ["rate_limit_requests", "answers.temperature"],
    )
