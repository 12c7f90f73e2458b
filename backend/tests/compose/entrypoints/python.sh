#!/bin/sh
exec "$PYTHON" "$@"
