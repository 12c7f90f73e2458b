"""Publishes from a machine that has the docs and an API key, and nothing else."""
