"""Prints the reference page of all settings."""

from askdocs.config.report import reference

print(reference(), end="")
