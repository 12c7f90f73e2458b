"""Askdocs: answers inside the docs, with citations that were checked."""
