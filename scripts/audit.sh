#!/usr/bin/env bash
# Asks the registries' advisories about every locked dependency, Python's and npm's.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

usage() {
    cat << 'END'
Usage: scripts/audit.sh [options]

Asks for known vulnerabilities in what the locks name: what is shipped, and what builds and tests it.

  --osv-url URL   ask this OSV server about Python's packages (default: PyPI's own advisories)
  --dry-run       say what would be asked
  --help          this

Needs the network, sends names and versions of packages, changes nothing. npm asks the registry it is set up with.
Exit codes: 0 nothing known, 1 something known or not all could be asked, 2 wrong input.
END
}

# The release is pinned here and not in our locks, because it would pin pip itself there.
PIP_AUDIT=pip-audit@2.10.1
SITES=(website website/e2e)

service=()
while [ $# -gt 0 ]; do
    case $1 in
        --osv-url) service=(--vulnerability-service osv --osv-url "${2:?}") && shift 2 ;;
        --dry-run) DRY_RUN=1 && shift ;;
        --help | -h) usage && exit 0 ;;
        *) fail 2 "there is no option $1." "scripts/audit.sh --help lists them." ;;
    esac
done

need_tools npm .venv/bin/uv
stop_on_problems 2

found=0
for lock in backend/requirements*.txt; do
    # --strict: a package that nobody could be asked about is a finding too.
    run .venv/bin/uv tool run --quiet "$PIP_AUDIT" --strict --progress-spinner off --disable-pip --require-hashes \
        "${service[@]}" --requirement "$lock" || found=1
done
for site in "${SITES[@]}"; do
    run npm audit --prefix "$site" --package-lock-only --no-fund --no-update-notifier || found=1
done
exit "$found"
