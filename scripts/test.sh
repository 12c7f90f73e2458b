#!/usr/bin/env bash
# Everything that can be tested: checks, the backend, the widget, the plugin, the site in a real browser.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/test-tools.sh

echo "== checks"
scripts/check.sh
echo "== backend"
(cd backend && ../.venv/bin/python -m pytest --numprocesses 2)
echo "== widget and plugin"
(cd website && npm run --silent test --workspaces --if-present)
echo "== stream parsers"
(cd website/e2e && npm run --silent parsers)
echo "== browser"
(cd website/e2e && npm run --silent test)
