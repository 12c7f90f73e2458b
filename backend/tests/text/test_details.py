"""A claim loses its mark when it says another number, version or option, or the opposite."""

from __future__ import annotations

import pytest

from askdocs.text import tokens
from askdocs.text.citations import CitationStream
from tests.builders import hit

WRONG = [
    # numbers
    ("The cache keeps answers for two hours.", "The cache keeps answers for one hour."),
    ("The cache keeps answers for 30 minutes.", "The cache keeps answers for 15 minutes."),
    ("The server listens on port 8080 by default.", "By default the server listens on port 3000."),
    ("Requests time out after 30 seconds.", "Requests time out after 30 minutes."),
    ("Requests time out after 30s.", "Requests time out after 3s."),
    ("At most 100 files are uploaded at once.", "At most 10 files are uploaded at once."),
    ("Up to 1,000 rows are shown.", "Up to 10,000 rows are shown."),
    ("The sample rate is 10 % by default.", "The sample rate is 1 % by default."),
    ("Files below 4 KB are inlined.", "Files below 4 MB are inlined."),
    ("It retries five times before it gives up.", "It retries three times before it gives up."),
    ("Backups are kept for 14 days.", "Backups are kept."),
    ("The default is `0.5`.", "The default is `0.75`."),
    ("Der Cache behält Antworten zwei Stunden lang.", "Der Cache behält Antworten eine Stunde lang."),
    # versions
    ("The option was added in version 2.1.", "The option was added in version 2.2."),
    ("The plugin needs Node.js 20.", "The plugin needs Node.js 18."),
    ("It was removed in v3.0.0.", "It was removed in v4.0.0."),
    ("The plugin supports Python 3.9.", "The plugin supports Python 3.11."),
    # options
    ("Pass `--force` to overwrite the files.", "Pass `--overwrite` to overwrite the files."),
    ("Pass --no-cache to build the image.", "Pass --cache to build the image."),
    ("Start the server with -p for the port.", "Start the server with -P for the port."),
    ("Set -storage.path to move the data.", "Set -storage.dir to move the data."),
    # negations
    ("The plugin is not installed by default.", "The plugin is installed by default."),
    ("The plugin is installed by default.", "The plugin is not installed by default."),
    ("Passwords are never written to the log.", "Passwords are written to the log."),
    ("Passwords are written to the log.", "Passwords are never written to the log."),
    ("You can't change the key later.", "You can change the key later."),
    ("The server works without a database.", "The server works with a database."),
    ("Das Plugin wird installiert.", "Das Plugin wird nicht installiert."),
    # opposites
    ("Compression is enabled by default.", "Compression is disabled by default."),
    ("Set `strict` to true for this check.", "Set `strict` to false for this check."),
    ("The name of the field is optional.", "The name of the field is required."),
    ("Hooks run before the page is written.", "Hooks run after the page is written."),
    ("Use at least three replicas for the store.", "Use at most three replicas for the store."),
    ("Drafts are included in the build output.", "Drafts are excluded from the build output."),
]

RIGHT = [
    ("Answers stay in the cache for 1 hour.", "The cache keeps answers for one hour."),
    ("By default it listens on port 3000.", "- Default port: `3000`"),
    ("Requests time out after 30 s.", "Requests time out after 30 seconds."),
    ("Up to 1000 rows are shown.", "Up to 1,000 rows are shown."),
    ("It needs Node.js 18 or newer.", "The plugin requires Node.js 18+."),
    ("The option exists since 2.1.", "The option was added in v2.1.0."),
    ("Overwrite the files with `--force`.", "Pass `--force` to overwrite the files."),
    ("There are two ways to install the plugin.", "Install the plugin by hand or with the installer."),
    ("The plugin isn't installed by default.", "The plugin is not installed by default."),
    ("Use the mirror in production.", "Do not use the origin directly; use the mirror in production."),
    ("Passwords stay out of the log.", "Passwords are never written to the log."),
    ("Only admins can change the key.", "Readers cannot change the key, admins can."),
    ("1. Restart the server after the change.", "Then restart the server after each change."),
    ("Text is stored as UTF-8.", "All text is stored in the encoding UTF-8."),
    ("Compression is on by default.", "| Option | Default |\n| --- | --- |\n| compression | on |"),
]


@pytest.mark.parametrize(("claim", "passage"), WRONG)
def test_claim_that_disagrees_with_its_passage_loses_its_mark(claim: str, passage: str) -> None:
    assert answer(f"{claim} [1]", passage).text == claim


@pytest.mark.parametrize(("claim", "passage"), RIGHT)
def test_claim_that_agrees_with_its_passage_keeps_its_mark(claim: str, passage: str) -> None:
    assert answer(f"{claim} [1]", passage).text == f"{claim} [1]"


def test_the_sentence_that_agrees_is_quoted_though_another_has_more_of_the_words() -> None:
    passage = "The proxy timeout of the server is 10 seconds. The timeout is 30 seconds behind a balancer."

    (citation,) = answer("The proxy timeout of the server is 30 seconds [1].", passage).citations

    assert citation.quote == "The timeout is 30 seconds behind a balancer."


def answer(text: str, passage: str) -> CitationStream:
    stream = CitationStream([hit(passage, heading=("Reference",))], terms=tokens.terms)
    stream.feed(text)
    stream.close()
    return stream
