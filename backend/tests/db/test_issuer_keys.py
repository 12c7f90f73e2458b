"""The keys of issuers, on each kind of database."""

from __future__ import annotations

import pytest

from askdocs.db import issuer_keys, publishers
from askdocs.db.database import Database
from askdocs.types import Publisher
from tests.builders import NOW, DocsStore


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
def test_keys_are_kept_for_issuers_that_somebody_trusts(database: Database) -> None:
    site = DocsStore.make(database).site_id
    key = {"kid": "one", "n": "AQ", "e": "AQAB"}
    for issuer in ("https://a", "https://b"):
        trusted = Publisher(issuer, site, "github", issuer, "acme/docs", "main", "", NOW)
        database.run_sync(publishers.add, site, publisher=trusted)
        for keys in ([], [key]):
            database.run_sync(issuer_keys.put, issuer, keys=keys, now=NOW)
    database.run_sync(publishers.remove, site, publisher_id="https://a")
    database.run_sync(issuer_keys.put, "https://b", keys=[key, key], now=NOW)

    assert database.run_sync(issuer_keys.get, "https://a") is None
    assert database.run_sync(issuer_keys.get, "https://b") == ([key, key], NOW)
