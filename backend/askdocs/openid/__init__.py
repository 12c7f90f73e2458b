"""Signing in with another provider's account, by OpenID Connect."""
