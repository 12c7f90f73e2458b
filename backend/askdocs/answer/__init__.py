"""A question to its answer."""
