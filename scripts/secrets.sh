#!/usr/bin/env bash
# Looks for secrets in the files that git tracks, with detect-secrets.
#
# Keys of known services and private keys are looked for everywhere; passwords and URLs with passwords only outside of
# programs and tests, in which a name like SECRET_KEY stands beside no value. Random strings as such are not looked for:
# locks and digests are nothing else.
set -euo pipefail

usage() {
    cat << 'END'
Usage: scripts/secrets.sh [CHECKOUT]

Looks for secrets in the tracked files of this checkout, or of another one. Changes nothing, needs no network.
A line that is meant to look like this ends in a comment: pragma: allowlist secret

Exit codes: 0 nothing found, 1 something found, 2 wrong input.
END
}

top=$(cd "$(dirname "$0")/.." && pwd)
case ${1:-} in
    --help | -h) usage && exit 0 ;;
    -*) usage >&2 && exit 2 ;;
esac
cd "${1:-$top}"

# What masking is measured on: made-up secrets in lines of JSON, which hold no comment.
LABELLED=':!backend/tests/fixtures/masking/*.jsonl'

# search FLAGS… : looks in the tracked files of the list `files` for what the flags leave switched on.
search() {
    git ls-files -z -- "${files[@]}" "$LABELLED" ':!*package-lock.json' ':!*requirements*.txt' \
        | xargs -0 --no-run-if-empty "$top/.venv/bin/detect-secrets-hook" --no-verify "$@" \
            --disable-plugin Base64HighEntropyString --disable-plugin HexHighEntropyString \
            --disable-plugin IPPublicDetector
}

found=0
files=(.)
search --plugin "$top/scripts/google_api_key.py" \
    --disable-plugin KeywordDetector --disable-plugin BasicAuthDetector || found=1
files=(
    '*.yml' '*.yaml' '*.sh' '*.toml' '*.ini' '*.conf' '*.tf' '*.json' '*.env*' '*Dockerfile*'
    ':!backend/tests' ':!website/e2e' ':!infra/helm/*/ci/*' # values that only tests use
)
# `secretRef` names a secret of the platform.
search --exclude-lines secretRef: || found=1
exit "$found"
