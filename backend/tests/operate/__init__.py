"""What operators run: scripts, files for platforms, and what they promise."""
