"""The same operations for commands, here or in the process that owns the index."""
