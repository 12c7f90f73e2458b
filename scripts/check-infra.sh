#!/usr/bin/env bash
# Hold the Helm chart and Terraform's files against checkov's policies, offline. infra/checkov.yaml says what is left out.
set -euo pipefail
cd "$(dirname "$0")/.."

checkov=3.3.30
bin=$PWD/.venv/bin
rendered=$(mktemp -d)
trap 'rm -rf "$rendered"' EXIT

for values in infra/helm/askdocs/ci/*.yaml; do
    "$bin/helm" template docs infra/helm/askdocs --values "$values" \
        > "$rendered/$(basename "$values")"
done
policies() { "$bin/uv" tool run --quiet "checkov@$checkov" --config-file infra/checkov.yaml "$@"; }
policies --framework kubernetes --directory "$rendered"
policies --framework terraform --directory infra/terraform
