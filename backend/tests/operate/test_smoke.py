"""scripts/smoke.sh: what it asks, and that it does not call well what it could not ask."""

from __future__ import annotations

import subprocess

from askdocs.config import root
from tests import services
from tests.commands import Ended
from tests.operate.stage import GOOD, KEY, ORIGIN, Stage


def test_question_is_asked_or_it_is_said_why_not(stage: Stage) -> None:
    stage.stand(GOOD)

    def tried(*options: str, **variables: str) -> Ended:
        return stage.call("scripts/smoke.sh", stage.url, *options, **variables)

    def with_secrets() -> Ended:
        before = ("demo", "--env", "staging", "--", "scripts/smoke.sh", stage.url)
        return stage.call("scripts/with-secrets.sh", *before)

    asked = with_secrets()
    assert asked.code == 0, asked.err
    assert "ok      release: image" in asked.err
    assert "ok      question: answered by model" in asked.err
    assert "question: answered by model" in tried("--site", KEY, "--origin", ORIGIN).err

    unknown = tried()
    assert unknown.code == 1
    assert "FAILED  question: none could be asked, since no site is known" in unknown.err
    assert tried("--no-question").code == 0

    services.execute(stage.database, "UPDATE stores SET live_revision = NULL")
    unpublished = with_secrets()
    assert unpublished.code == 0, unpublished.err
    assert "-       question: none was asked, since nothing is published yet for docs" in unpublished.err


def test_address_where_nothing_answers_is_not_asked_on() -> None:
    address = f"http://127.0.0.1:{services.free_port()}"
    done = subprocess.run([root() / "scripts/smoke.sh", address], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "FAILED  health: it answers 000" in line
