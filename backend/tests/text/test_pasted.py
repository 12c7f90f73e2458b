"""Of what readers paste the message is searched for, and not where their machine keeps what."""

from __future__ import annotations

import time

import pytest

from askdocs.text import pasted


@pytest.mark.parametrize(
    ("question", "cleaned"),
    [
        ("TypeError in /home/kim/site/vite.config.js:12:5", "TypeError in vite.config.js"),
        (r"cannot open C:\Users\kim\docs\config.yaml", "cannot open config.yaml"),
        ("request url /repo/node_modules/@a/b/font.woff2 is blocked", "request url font.woff2 is blocked"),
        ("Oops\n    at load (/srv/x/index.js:3:9)\n    at async run:7", "Oops"),
        ('File "/usr/lib/python3/site-packages/a.py", line 3, in f\nKeyError: title', "KeyError: title"),
        ("2026-01-31T10:20:30.123Z connection refused", "connection refused"),
        ("10:20:30 connection refused at 0x7ffd1234abcd", "connection refused at"),
        ("job 7d1c6a52-6d0f-4b8e-9c53-3a2b7a1f0e11 of 4fd2c91be3 died", "job   of   died"),
        ("\x1b[31mError\x1b[0m: no such option", "Error : no such option"),
    ],
)
def test_what_only_a_machine_knows_is_left_out(question: str, cleaned: str) -> None:
    assert pasted.clean(question) == cleaned


@pytest.mark.parametrize(
    "question",
    [
        "404 from /api/v1/otlp/v1/metrics",
        "What is `static/img/logo.svg` for?",
        "note/tip/warning",
        "http://localhost:9090/metrics answers 401",
        "why does python 3.11.2 and/or @scope/package fail on port 8080",
        "is 12:30 a time of day in cron, and what is a deadbeef facade",
        "edit /etc/prometheus/web-config.yml",
    ],
)
def test_what_docs_may_speak_of_stays(question: str) -> None:
    assert pasted.clean(question) == question


def test_question_that_is_nothing_else_stays() -> None:
    assert pasted.clean("0x7ffd1234abcd") == "0x7ffd1234abcd"


@pytest.mark.parametrize("unit", ["a", "a/", "/", "at ", "1", "12:", 'File "', "\\", "f0", "\n", " at x:"])
def test_long_input_takes_no_time(unit: str) -> None:
    began = time.perf_counter()

    pasted.clean(unit * (20_000 // len(unit)))

    assert time.perf_counter() - began < 1
