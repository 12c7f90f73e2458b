"""Benchmarks: how fast and how heavy Askdocs is, against the least that the same work could cost."""
