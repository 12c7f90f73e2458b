"""Content security policies: what of the chat they block, and what is missing."""

from __future__ import annotations

import pytest

from askdocs.doctor import policies

PAGE = "https://docs.example.com/intro"
SCRIPT = "https://ask.example.com/widget/askdocs.js"
API = "https://ask.example.com"


@pytest.mark.parametrize(
    "policy",
    [
        "",
        "img-src 'none'",
        "default-src *",
        "default-src https:",
        "script-src 'self' https://ask.example.com; connect-src https://ask.example.com",
        "script-src ask.example.com; connect-src 'self' *.example.com",
        "default-src 'none'; script-src https://ask.example.com/widget/; connect-src https://ask.example.com:443",
        "Default-Src 'none'; SCRIPT-SRC HTTPS://ASK.EXAMPLE.COM; connect-src ask.example.com:*",
        "script-src http://ask.example.com; connect-src http://ask.example.com",
    ],
)
def test_policy_that_allows_the_chat_blocks_nothing(policy: str) -> None:
    assert policies.blocked([policy], page=PAGE, script=SCRIPT, api=API) == []


@pytest.mark.parametrize(
    ("policy", "lacking"),
    [
        ("script-src 'self'", ["the chat's script: script-src lacks https://ask.example.com"]),
        (
            "script-src-elem 'none'; script-src *",
            ["the chat's script: script-src-elem lacks https://ask.example.com"],
        ),
        ("connect-src 'self'", ["its connection to the server: connect-src lacks https://ask.example.com"]),
        (
            "default-src 'self'",
            [
                "the chat's script: script-src lacks https://ask.example.com",
                "its connection to the server: connect-src lacks https://ask.example.com",
            ],
        ),
        (
            "script-src https://ask.example.com/other/",
            ["the chat's script: script-src lacks https://ask.example.com"],
        ),
        (
            "script-src https://ask.example.com:8443",
            ["the chat's script: script-src lacks https://ask.example.com"],
        ),
        ("script-src *.ask.example.com", ["the chat's script: script-src lacks https://ask.example.com"]),
        (
            "script-src 'strict-dynamic' https:",
            ["the chat's script: script-src lacks https://ask.example.com"],
        ),
    ],
)
def test_what_a_policy_blocks_is_said_with_what_it_lacks(policy: str, lacking: list[str]) -> None:
    assert policies.blocked([policy], page=PAGE, script=SCRIPT, api=API) == lacking


def test_every_one_of_several_policies_must_allow_it() -> None:
    found = policies.blocked(["default-src *", "connect-src 'self'"], page=PAGE, script=SCRIPT, api=API)

    assert found == ["its connection to the server: connect-src lacks https://ask.example.com"]


def test_server_of_the_site_itself_is_self() -> None:
    own = "https://docs.example.com"

    assert (
        policies.blocked(["default-src 'self'"], page=PAGE, script=f"{own}/askdocs/askdocs.js", api=own) == []
    )
    assert policies.blocked(["script-src 'none'"], page=PAGE, script=f"{own}/a.js", api=own) == [
        "the chat's script: script-src lacks 'self'"
    ]
