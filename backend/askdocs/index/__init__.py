"""Pages to a published revision."""
