"""Vector stores: the Qdrant engine in this process, or a Qdrant server."""
