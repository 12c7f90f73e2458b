"""Fetches of addresses that somebody else chose: an issuer's keys, pages to crawl, webhooks."""
