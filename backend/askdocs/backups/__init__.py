"""Backups of what cannot be made again: taken while it is served, restored, and restored as a drill."""
