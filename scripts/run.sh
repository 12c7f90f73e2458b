#!/usr/bin/env bash
# From a fresh clone to the documentation site with its chat, on http://127.0.0.1:$PORT.
set -euo pipefail
cd "$(dirname "$0")/.."

python="${PYTHON:-python3}"
if ! "$python" -c "
import socket, sys
with socket.socket() as s:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        s.bind(('127.0.0.1', int(sys.argv[1])))
    except OSError:
        sys.exit(1)" "$PORT"; then
    echo "Port $PORT is taken by another program. Choose another: PORT=$((PORT + 1)) make run" >&2
    exit 3
fi

make --no-print-directory setup site
.venv/bin/askdocs db upgrade
.venv/bin/askdocs index website/build --site docs
# The demo on somebody else's docs: thirteen pages.
.venv/bin/askdocs index website/build/demo/vite --site vite --base-url /demo/vite
exec .venv/bin/askdocs serve
