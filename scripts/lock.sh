#!/usr/bin/env bash
# Pin the Python dependencies with hashes, for every platform and Python from 3.11, naming no registry host.
set -euo pipefail
cd "$(dirname "$0")/../backend"

compile() {
    ../.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-header "$@"
}
compile pyproject.toml --extra local -o requirements.txt
compile pyproject.toml -c requirements.txt -o requirements-production.txt
compile pyproject.toml --extra local --extra dev -c requirements.txt -o requirements-dev.txt
compile --no-deps requirements-model.in -o requirements-model.txt
compile requirements-build.in -c requirements.txt -o requirements-build.txt
