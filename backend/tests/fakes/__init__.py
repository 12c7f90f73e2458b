"""Servers that speak the protocols of what cannot be started here."""
