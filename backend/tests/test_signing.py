"""Tokens are taken from nobody but the server, and only on their own site; its key outlives a restart."""

from __future__ import annotations

import os
import re
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from askdocs.config import load
from askdocs.errors import ConfigError
from askdocs.signing import Pseudonyms, SessionTokens, read_key

TOKENS = SessionTokens(b"a key of 32 bytes or more, surely")
RANDOM = "A" * 24


def test_token_is_recognized_on_its_site() -> None:
    assert TOKENS.recognizes(TOKENS.make("site-1"), "site-1")


def test_token_says_its_version_and_fits_into_a_header() -> None:
    assert re.fullmatch(r"1\.[A-Za-z0-9_-]{24}\.[A-Za-z0-9_-]{43}", TOKENS.make("site-1"))


def test_no_two_tokens_are_the_same() -> None:
    assert len({TOKENS.make("site-1") for _ in range(1000)}) == 1000


def test_token_of_another_site_is_not_recognized() -> None:
    assert not TOKENS.recognizes(TOKENS.make("site-1"), "site-2")


def test_token_of_another_key_is_not_recognized() -> None:
    assert not SessionTokens(b"the key after a rotation").recognizes(TOKENS.make("site-1"), "site-1")


@pytest.mark.parametrize("place", range(70))
def test_token_with_one_other_character_is_not_recognized(place: int) -> None:
    token = TOKENS.make("site-1")
    changed = "B" if token[place] == "A" else "A"
    assert not TOKENS.recognizes(token[:place] + changed + token[place + 1 :], "site-1")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "documentation-assistant",
        f"1.{RANDOM}.",
        f"1.{RANDOM}.{'A' * 43}",
        f"2.{RANDOM}.{'A' * 43}",
        f"1.{RANDOM}.{'é' * 43}",
        f"1.{RANDOM}.{'A' * 43}\n",
        "\0",
        "\ud800",
        "1." * 100_000,
    ],
)
def test_what_is_no_token_is_not_recognized(token: str) -> None:
    assert not TOKENS.recognizes(token, "site-1")


@pytest.mark.parametrize("added", ["\n", " ", "=", "A"])
def test_token_with_something_after_it_is_not_recognized(added: str) -> None:
    assert not TOKENS.recognizes(TOKENS.make("site-1") + added, "site-1")


def test_random_part_cannot_reach_into_the_site() -> None:
    token = TOKENS.make("site-1")
    assert not TOKENS.recognizes(token, f"site-1\n{token.split('.')[1]}")


# the key


def test_configured_key_is_used_and_nothing_is_written(tmp_path: Path) -> None:
    settings = load("test", home=tmp_path, secret_key="k" * 32)
    assert read_key(settings) == b"k" * 32
    assert not list(tmp_path.iterdir())


def test_key_that_was_made_is_there_at_the_next_start(tmp_path: Path) -> None:
    settings = load("test", home=tmp_path / "home")
    assert read_key(settings) == read_key(settings)
    assert [file.name for file in (tmp_path / "home").iterdir()] == ["secret_key"]


def test_each_home_has_a_key_of_its_own(tmp_path: Path) -> None:
    keys = {read_key(load("test", home=tmp_path / name)) for name in ("one", "other")}
    assert len(keys) == 2


def test_nobody_else_may_read_the_key(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        read_key(load("test", home=tmp_path))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_those_that_start_together_share_one_key(tmp_path: Path) -> None:
    homes = [load("test", home=tmp_path / str(number)) for number in range(20)]
    together = threading.Barrier(8)

    def start(_: int) -> list[bytes]:
        keys = []
        for home in homes:
            together.wait()
            keys.append(read_key(home))
        return keys

    with ThreadPoolExecutor(8) as starting:
        assert len({tuple(keys) for keys in starting.map(start, range(8))}) == 1


def test_home_that_takes_no_file_gets_a_key_for_the_process_and_a_warning(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = load("test", home=tmp_path / "file" / "home")
    with structlog.testing.capture_logs() as lines:
        one, other = read_key(settings), read_key(settings)
    assert len(one) == len(other) == 32
    assert one != other
    assert [line["event"] for line in lines] == ["secret_key_not_kept"] * 2


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 64])
def test_file_without_a_key_stops_the_start(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret_key").write_bytes(content)
    with pytest.raises(ConfigError, match="does not hold the key") as refused:
        read_key(load("test", home=tmp_path))
    assert "Delete it" in refused.value.fix


NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
NAMES = Pseudonyms(b"a key of 32 bytes or more, surely")


def test_pseudonym_holds_for_a_day_in_every_process() -> None:
    again = Pseudonyms(b"a key of 32 bytes or more, surely")
    assert NAMES.name("192.0.2.7", now=NOON) == again.name("192.0.2.7", now=NOON + timedelta(hours=11))


@pytest.mark.parametrize(
    ("names", "reader", "now"),
    [
        (NAMES, "192.0.2.8", NOON),
        (NAMES, "192.0.2.7", NOON + timedelta(hours=12)),
        (NAMES, "192.0.2.7", NOON - timedelta(days=365)),
        (Pseudonyms(b"the key after a rotation"), "192.0.2.7", NOON),
    ],
    ids=["another reader", "the next day", "a year before", "another key"],
)
def test_pseudonym_is_nothing_but_that(names: Pseudonyms, reader: str, now: datetime) -> None:
    assert names.name(reader, now=now) != NAMES.name("192.0.2.7", now=NOON)


def test_pseudonym_does_not_hold_the_address() -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", NAMES.name("2001:db8::/64", now=NOON))
