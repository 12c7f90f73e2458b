"""Askdocs: answers inside the docs, with citations that were checked."""

__version__ = "0.1.0"
