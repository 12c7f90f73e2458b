"""Decisions on text, without input or output."""
