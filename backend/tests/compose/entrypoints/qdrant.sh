#!/bin/sh
# Serves on the image's ports, from its folder, with the key that its variable holds.
exec "$PYTHON" -m tests.fakes.qdrant --host 0.0.0.0 --port 6333 --grpc-port 6334 --dir /qdrant/storage \
    --api-key "$QDRANT__SERVICE__API_KEY"
