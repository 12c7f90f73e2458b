#!/usr/bin/env bash
# Everything that can be tested: checks, the backend, the widget, the plugin, the site in a real browser.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/test-tools.sh

echo "== checks"
scripts/check.sh
echo "== backend"
(cd backend && ../.venv/bin/python -m pytest --numprocesses 2)
scripts/test-website.sh
