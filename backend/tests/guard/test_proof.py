"""Puzzles are those of ALTCHA, and nothing but a right solution in time is taken for one."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import altcha.v1 as theirs
import pytest

from askdocs.errors import ProofRejected
from askdocs.guard import proof
from tests.guard.puzzles import encode, number_of, solve

KEY = b"k" * 32
NOW = datetime.now(UTC)
"""Their library looks at the clock itself."""


def puzzle(*, key: bytes = KEY, numbers: int = 500, now: datetime = NOW) -> dict[str, Any]:
    return asdict(proof.make(key, numbers=numbers, now=now))


def rejected(solution: str, *, key: bytes = KEY, now: datetime = NOW) -> str:
    with pytest.raises(ProofRejected) as caught:
        proof.check(solution, key, now=now)
    return str(caught.value)


# the official library


def test_their_solver_solves_our_puzzles() -> None:
    for _ in range(20):
        given = puzzle()
        found = theirs.solve_challenge(
            given["challenge"], given["salt"], given["algorithm"], given["maxnumber"], 0
        )
        assert found is not None
        solution = theirs.Payload(
            given["algorithm"], given["challenge"], found.number, given["salt"], given["signature"]
        )
        assert proof.check(solution.to_base64(), KEY, now=NOW) == given["challenge"]


def test_their_server_takes_our_solutions_and_refuses_what_we_refuse() -> None:
    given = puzzle(now=datetime.now(UTC))  # they look at the clock themselves
    assert theirs.verify_solution(solve(given), KEY, check_expires=True) == (True, None)
    assert theirs.verify_solution(solve(given, number=number_of(given) + 1), KEY)[0] is False
    assert theirs.verify_solution(solve(given), b"another", check_expires=True)[0] is False
    assert (
        theirs.verify_solution(solve(puzzle(now=NOW - timedelta(hours=1))), KEY, check_expires=True)[0]
        is False
    )


def test_our_solver_solves_their_puzzles() -> None:
    for _ in range(20):
        made = theirs.create_challenge(theirs.ChallengeOptions(max_number=500, hmac_key=KEY, expires=NOW))
        given = {**made.to_dict(), "maxnumber": made.max_number}
        assert theirs.verify_solution(solve(given), KEY, check_expires=False) == (True, None)


# ours


def test_puzzles_differ_and_hide_their_number() -> None:
    made = [puzzle() for _ in range(50)]
    assert len({given["challenge"] for given in made}) == len({given["salt"] for given in made}) == 50
    assert {number_of(given) for given in made} > set()
    assert all(set(given) == {"algorithm", "challenge", "salt", "signature", "maxnumber"} for given in made)


@pytest.mark.parametrize(
    ("seconds", "is_taken"), [(-60, True), (0, True), (299, True), (301, False), (900, False), (10**8, False)]
)
def test_solution_is_taken_until_its_puzzle_expires(seconds: int, is_taken: bool) -> None:
    solution, now = solve(puzzle()), NOW + timedelta(seconds=seconds)
    if is_taken:
        assert proof.check(solution, KEY, now=now)
    else:
        assert "too late" in rejected(solution, now=now)


@pytest.mark.parametrize("number", [-1, 501, 10**7 + 1, 2**63, 10**30, 1.5, "7", True, [7], {}, None, "0x1f"])
def test_number_has_to_be_the_one(number: Any) -> None:
    rejected(solve(puzzle(), number=number))


@pytest.mark.parametrize("field", ["algorithm", "challenge", "salt", "signature", "number"])
@pytest.mark.parametrize("value", [None, "", "x", 7, [], "é", "\ud800", "0" * 64])
def test_every_field_has_to_be_right(field: str, value: Any) -> None:
    given = puzzle()
    fields = {**given, "number": number_of(given), field: value}
    rejected(encode(fields))


@pytest.mark.parametrize(
    "change",
    [
        lambda salt: salt.replace("expires=1", "expires=2"),
        lambda salt: salt.replace("&", "0&"),
        lambda salt: salt[:-1],
        lambda salt: f"{salt}expires=9999999999&",
        lambda salt: salt.replace("?", "?expires=9999999999&"),
        lambda salt: salt.upper(),
        lambda salt: f"0{salt}",
        lambda salt: f"{salt}\n",
    ],
)
def test_time_of_a_puzzle_cannot_be_moved(change: Any) -> None:
    given = puzzle(now=NOW - timedelta(hours=1))
    solved = number_of(given)
    rejected(encode({**given, "number": solved, "salt": change(given["salt"])}))


def test_digits_of_the_number_do_not_pass_for_time() -> None:
    given = puzzle(numbers=500)
    while (solved := number_of(given)) < 10:
        given = puzzle(numbers=500)
    first, rest = str(solved)[0], int(str(solved)[1:])
    rejected(encode({**given, "salt": given["salt"] + first, "number": rest}))


def test_whoever_makes_a_puzzle_of_their_own_has_to_sign_it() -> None:
    rejected(solve(puzzle(key=b"theirs")))
    rejected(solve(puzzle(), signature=puzzle()["signature"]))


@pytest.mark.parametrize(
    "solution",
    [
        "",
        "no base64!",
        "e30",
        "e30=",
        "bnVsbA==",
        base64.b64encode(b"[1]").decode(),
        base64.b64encode(b"\xff\xfe").decode(),
        base64.b64encode(b'{"number": NaN}').decode(),
        base64.b64encode(b"[" * 700).decode(),
        "e" * 1024,
        "ünïcode",
        base64.urlsafe_b64encode(json.dumps({"salt": "???>>>"}).encode()).decode(),
    ],
)
def test_what_is_no_solution_is_refused(solution: str) -> None:
    rejected(solution)
