#!/usr/bin/env bash
# The widget, the plugin, other people's parsers of our stream, and the site in a real browser.
set -euo pipefail
cd "$(dirname "$0")/.."

shell=/usr/bin/chromium-headless-shell
[ ! -x $shell ] || export CHROMIUM="${CHROMIUM:-$shell}"

# Each is run whatever the ones before it found.
failed=0
echo "== widget and plugin"
# Of what the site was built with: their own `test` would build the widget once more.
(cd website && npm exec --silent --workspaces -c "vitest run") || failed=1
echo "== stream parsers"
(cd website/e2e && npm run --silent parsers) || failed=1
echo "== browser"
(cd website/e2e && npm run --silent test) || failed=1
exit $failed
