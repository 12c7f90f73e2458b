#!/usr/bin/env bash
# Writes what the project is made of as CycloneDX: the packages that its locks name.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

usage() {
    cat << 'END'
Usage: scripts/sbom.sh [--to DIR]

Writes backend.cdx.json (Python) and website.cdx.json (npm), read from the locks; nothing is installed or built.

  --to DIR    folder to write to (default: sbom)
  --dry-run   say what would be written
  --help      this

Exit codes: 0 done, 1 failed, 2 wrong input.
END
}

CYCLONEDX=cyclonedx-bom@7.5.0

to=sbom
while [ $# -gt 0 ]; do
    case $1 in
        --to) to=${2:?} && shift 2 ;;
        --dry-run) DRY_RUN=1 && shift ;;
        --help | -h) usage && exit 0 ;;
        *) fail 2 "there is no option $1." "scripts/sbom.sh --help lists them." ;;
    esac
done

need_tools npm jq .venv/bin/uv
stop_on_problems 2

run mkdir -p "$to"
run .venv/bin/uv tool run --quiet --from "$CYCLONEDX" cyclonedx-py requirements backend/requirements.txt \
    --output-reproducible --of JSON -o "$to/backend.cdx.json"
say "  $ npm sbom --prefix website > $to/website.cdx.json"
# A serial number and the time of day would be all that differs between two runs.
[ -n "$DRY_RUN" ] || npm sbom --prefix website --package-lock-only --omit dev --sbom-format cyclonedx |
    jq 'del(.serialNumber, .metadata.timestamp)' > "$to/website.cdx.json"
