#!/usr/bin/env bash
# Everything that can be tested: checks, the backend, the widget, the plugin, the site in a real browser. What does not
# need one another is installed, built and tested side by side; what a part has to say comes when it has ended.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/test-tools.sh

log=$(mktemp)
trap 'rm -f "$log"' EXIT
parts=(check test-backend test-website)
if ! make --no-print-directory --jobs 4 --output-sync=target --keep-going "${parts[@]}" 2>&1 | tee "$log"; then
    # Of a part that failed make says so where it ended, far above the end of the last one.
    printf '\nNot all is well:\n%s\n' "$(grep '^make.*\*\*\*' "$log")"
    exit 1
fi
