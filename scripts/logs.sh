#!/usr/bin/env bash
# The log of a Cloud Run service as lines that people read: errors alone, one release, one request, or as it comes.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

usage() {
    cat << 'END'
Usage: scripts/logs.sh [SERVICE] [OPTION…]

Prints the log of the Cloud Run service, oldest line first.

  --since AGE                how far back, as 30m, 2h or 1d (30m)
  --errors                   errors only
  --revision REVISION        of one release; rollback.sh --list names them
  --request ID               of one request, by the x-request-id that its response carried
  --job                      of the admin job (migrations, moves of the index) instead of the service
  --follow                   as it comes, until Ctrl-C
  --limit N                  at most so many entries, the newest (200)
  --project PROJECT_ID, --region REGION, --env staging|production
                             (deployment.project, deployment.region, staging)
  --dry-run                  show the command

Exit codes: 0 shown, 2 wrong input, 4 the log cannot be read. --follow needs gcloud's beta commands and prints fewer fields.
Example: scripts/logs.sh --errors --since 2h --env production
END
}

WORK='' SERVICE='' PROJECT='' REGION='' SINCE=30m ERRORS='' REVISION='' REQUEST='' JOB='' FOLLOW='' LIMIT=200
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

# The entries of `gcloud logging read`, newest first, as lines in the order of time. What our lines carry besides the
# message stands behind it, and a stack trace below.
as_lines() {
    jq -r '
        def message: .jsonPayload.message // .jsonPayload.event // .textPayload // .protoPayload.status.message
            // (.httpRequest | "\(.requestMethod // "-") \(.requestUrl // "-") \(.status // "-")");
        def details: .jsonPayload // {} | del(.message, .event, .stack_trace, .exception) | to_entries
            | map("\(.key)=\(.value | if type == "string" then . else tojson end)") | join(" ");
        def trace: .jsonPayload.stack_trace // .jsonPayload.exception // empty | split("\n")[] | "    \(.)";
        reverse[] | ([.timestamp, .severity // "DEFAULT", message, details] | join("  ") | sub(" +$"; "")), trace'
}

check_arguments() {
    [[ $ASKDOCS_ENV =~ ^(staging|production)$ ]] || fail 2 "--env is staging or production."
    [[ $SINCE =~ ^[0-9]+[smhdw]$ ]] || fail 2 "--since is a number and s, m, h, d or w, as 30m."
    [[ $LIMIT =~ ^[1-9][0-9]*$ ]] || fail 2 "--limit is a number."
    [[ $REQUEST != *[\"\\]* ]] || fail 2 "--request is an x-request-id."
}

main() {
    read_arguments "$@"
    check_arguments
    need_tools gcloud jq
    need_askdocs
    stop_on_problems 4
    read_settings
    SERVICE=${SERVICE:-$(setting deployment.service)}
    PROJECT=${PROJECT:-$(setting deployment.project)}
    REGION=${REGION:-$(setting deployment.region)}
    [ -n "$PROJECT" ] || fail 2 "no project is named." "--project, or deployment.project in config/$ASKDOCS_ENV.yaml; --env says which file."
    if [ -n "$FOLLOW" ]; then
        run gcloud beta logging tail "$(filter)" --project "$PROJECT" \
            --format 'value(timestamp,severity,jsonPayload.message,jsonPayload.event,jsonPayload.error,textPayload,httpRequest.status)'
        return 0
    fi
    temporary_folder WORK
    # gcloud minds --freshness only in its own order, the newest first. So --limit takes the newest, too.
    run gcloud logging read "$(filter)" --project "$PROJECT" --freshness "$SINCE" --limit "$LIMIT" --format json \
        > "$WORK/entries" || fail 4 "the log cannot be read."
    [ -z "$DRY_RUN" ] || return 0
    as_lines < "$WORK/entries"
    [ "$(jq length "$WORK/entries")" != 0 ] || say "No line of $SERVICE in $PROJECT ($REGION), $ASKDOCS_ENV, in the last $SINCE."
}

main "$@"
