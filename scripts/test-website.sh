#!/usr/bin/env bash
# The widget, the plugin, other people's parsers of our stream, and the site in a real browser.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "== widget and plugin"
(cd website && npm run --silent test --workspaces --if-present)
echo "== stream parsers"
(cd website/e2e && npm run --silent parsers)
echo "== browser"
(cd website/e2e && npm run --silent test)
