"""Runs what docker-compose.yml describes where there is no Docker engine.

The same processes start, with the same users, environments, commands, files, networks, health checks and
order, in Linux namespaces.
"""
