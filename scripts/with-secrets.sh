#!/usr/bin/env bash
# Runs a command with the settings and secrets of an environment on Google Cloud, as its instances have them.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
# shellcheck source=scripts/google-cloud.sh
. scripts/google-cloud.sh

usage() {
    cat << 'END'
Usage: scripts/with-secrets.sh [PROJECT_ID [REGION]] --env staging|production [options] -- COMMAND…

Runs a command from the top of the repository with ASKDOCS_ENV and, in files that only you can read and that go with
this script, the newest version of each secret SERVICE-*: DATABASE_URL_FILE, QDRANT_URL_FILE and so on. No secret is
in a variable, on a command line or in a log.

  --env NAME       the environment
  --service NAME   first part of the secrets' names (default: deployment.service)
  --dry-run        say which secrets there are, and run nothing
  --help           this

Needs roles/secretmanager.secretAccessor. Exit code: the command's; 2 wrong input, 4 a secret cannot be read.
Example: scripts/with-secrets.sh my-project --env production -- .venv/bin/askdocs revisions --site docs
END
}

env='' named=() command=()
while [ $# -gt 0 ]; do
    case $1 in
        --env) env=${2:?} && shift 2 ;;
        --service) SERVICE=${2:?} && shift 2 ;;
        --dry-run) DRY_RUN=1 && shift ;;
        --help | -h) usage && exit 0 ;;
        --) shift && command=("$@") && break ;;
        -*) fail 2 "there is no option $1." "scripts/with-secrets.sh --help lists them." ;;
        *) named+=("$1") && shift ;;
    esac
done
[[ $env =~ ^(staging|production)$ ]] || problem "--env is staging or production."
[ ${#named[@]} -le 2 ] || problem "It takes a project and a region; the command stands after --."
[ ${#command[@]} -gt 0 ] || problem "No command is named: put it after --."
need_tools gcloud jq curl
need_askdocs
stop_on_problems 2

export ASKDOCS_ENV=$env
read_settings
PROJECT=${named[0]:-$(setting deployment.project)}
REGION=${named[1]:-$(setting deployment.region)}
SERVICE=${SERVICE:-$(setting deployment.service)}
[ -n "$PROJECT" ] || fail 2 "no project is named." "Name it, or set deployment.project in the configuration."

open_google_cloud || fail 4 "gcloud knows no account: $(tail -n 1 "$WORK/log")" "gcloud auth login"
list_secrets || fail 4 "the secrets of $PROJECT cannot be listed: $(api_error)"
for name in "${SECRETS[@]}" "${BACKUP_SECRETS[@]}"; do
    grep -qx "$SERVICE-$name" "$WORK/secrets" || continue
    if [ -n "$DRY_RUN" ]; then
        say "$SERVICE-$name"
        continue
    fi
    (umask 077 && fetch_secret "$name" "$WORK/$name.value") ||
        fail 4 "the secret $SERVICE-$name cannot be read: $(api_error)"
    variable=${name^^}
    export "${variable//-/_}_FILE=$WORK/$name.value"
    unset "${variable//-/_}"
done
[ -z "$DRY_RUN" ] || exit 0
"${command[@]}"
