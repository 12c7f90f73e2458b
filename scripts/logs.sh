#!/usr/bin/env bash
# The log of a Cloud Run service as lines that people read: errors alone, one release, one request, or as it comes.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

usage() {
    cat << 'END'
Usage: scripts/logs.sh [SERVICE] [OPTION…]

  --since AGE                how far back, as 30m, 2h or 1d (30m)
  --errors                   errors only
  --revision REVISION        of one release; rollback.sh --list names them
  --request ID               of one request, by the x-request-id that its response carried
  --job                      of the admin job (migrations, moves of the index) instead of the service
  --follow                   as it comes, until Ctrl-C
  --limit N                  at most so many lines (200)
  --project PROJECT_ID, --region REGION, --env staging|production
  --dry-run                  show the command

Example: scripts/logs.sh --errors --since 2h --env production
END
}

SERVICE='' PROJECT='' REGION='' SINCE=30m ERRORS='' REVISION='' REQUEST='' JOB='' FOLLOW='' LIMIT=200
export ASKDOCS_ENV=staging

read_arguments() {
    while [ $# -gt 0 ]; do
        case $1 in
            -h | --help) usage && exit 0 ;;
            --since | --revision | --request | --limit | --project | --region | --env)
                [ -n "${2:-}" ] || fail 2 "$1 needs a value." "scripts/logs.sh --help"
                case $1 in
                    --since) SINCE=$2 ;;
                    --revision) REVISION=$2 ;;
                    --request) REQUEST=$2 ;;
                    --limit) LIMIT=$2 ;;
                    --project) PROJECT=$2 ;;
                    --region) REGION=$2 ;;
                    --env) ASKDOCS_ENV=$2 ;;
                esac
                shift
                ;;
            --errors) ERRORS=yes ;;
            --job) JOB=yes ;;
            --follow) FOLLOW=yes ;;
            --dry-run) DRY_RUN=yes ;;
            -*) fail 2 "unknown option $1." "scripts/logs.sh --help" ;;
            *) SERVICE=$1 ;;
        esac
        shift
    done
}

filter() {
    local parts
    if [ -n "$JOB" ]; then
        parts=("resource.type=cloud_run_job" "resource.labels.job_name=$SERVICE-admin")
    else
        parts=("resource.type=cloud_run_revision" "resource.labels.service_name=$SERVICE")
    fi
    parts+=("resource.labels.location=$REGION")
    [ -z "$ERRORS" ] || parts+=("severity>=ERROR")
    [ -z "$REVISION" ] || parts+=("resource.labels.revision_name=$REVISION")
    [ -z "$REQUEST" ] || parts+=("jsonPayload.request_id=\"$REQUEST\"")
    local joined
    joined=$(printf ' AND %s' "${parts[@]}")
    printf '%s' "${joined# AND }"
}

main() {
    read_arguments "$@"
    need_tools gcloud jq
    need_askdocs
    stop_on_problems 4
    read_settings
    SERVICE=${SERVICE:-$(setting deployment.service)}
    PROJECT=${PROJECT:-$(setting deployment.project)}
    REGION=${REGION:-$(setting deployment.region)}
    [ -n "$PROJECT" ] || fail 2 "no project is named." "--project, or deployment.project in config/$ASKDOCS_ENV.yaml; --env says which file."
    if [ -n "$FOLLOW" ]; then
        run gcloud beta logging tail "$(filter)" --project "$PROJECT" --format 'value(timestamp,severity,jsonPayload.message,jsonPayload.event,textPayload)'
    else
        run gcloud logging read "$(filter)" --project "$PROJECT" --freshness "$SINCE" --limit "$LIMIT" --order asc \
            --format 'value(timestamp,severity,jsonPayload.message,jsonPayload.event,jsonPayload.error,textPayload,httpRequest.status)'
    fi
}

main "$@"
