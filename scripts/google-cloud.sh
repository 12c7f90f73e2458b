# shellcheck shell=bash
# What deploy.sh and rollback.sh know of Google Cloud. Source it after lib.sh.
#
# gcloud changes what runs. What is only read, and the two annotations of ours on the service, go through the REST
# API: 30 ms instead of 1.5 s a look, and a change is refused if somebody else was faster (resourceVersion), while
# `gcloud run services replace` overwrites what it has not read.

PROJECT='' REGION='' SERVICE='' WORK='' HOLDER=''
# shellcheck disable=SC2034 # of those who source this
CANDIDATE=candidate # the tag of a release that is being tried

# GOOGLE_CLOUD_PATIENCE is how many seconds a script repeats what Google Cloud does not answer. An outage longer than
# that is for people: without an end, gcloud's retries inside of ours took more than seven minutes.
PATIENCE=${GOOGLE_CLOUD_PATIENCE:-120}
GIVE_UP_AT=''

# within SECONDS COMMAND… : whatever it asks of Google Cloud, and repeats, ends by then; inside of another `within` by
# the earlier of the two.
within() {
    local until=$((SECONDS + $1))
    [ -z "$GIVE_UP_AT" ] || [ "$until" -lt "$GIVE_UP_AT" ] || until=$GIVE_UP_AT
    local GIVE_UP_AT=$until
    shift
    "$@"
}

is_time_up() { [ -n "$GIVE_UP_AT" ] && [ "$SECONDS" -ge "$GIVE_UP_AT" ]; }

# time_left MOST : seconds until then, MOST at the most; never 0, which means for ever to curl and timeout
time_left() {
    local left=$((${GIVE_UP_AT:-$((SECONDS + $1))} - SECONDS))
    echo $((left < 1 ? 1 : left < $1 ? left : $1))
}

# pause SECONDS : before another attempt; 1 if there is no time left for one
pause() { ! is_time_up && sleep "$(time_left "$1")" && ! is_time_up; }

# limit : into LIMIT what ends a command that it is put before, if that takes longer. Not by TERM: those who put things
# back ignore it. Not as a function round the command: a signal's trap would find its redirections in force.
limit() {
    LIMIT=()
    [ -z "$GIVE_UP_AT" ] || LIMIT=(timeout --foreground --signal KILL "$(time_left 3600)")
}

# Folder for what must not be read by others, who we are, and a token. Call it before anything else here.
open_google_cloud() {
    temporary_folder WORK
    HOLDER="$(id -un)@$(uname -n), ${0##*/} $$"
    # Of its own it waits five minutes for an answer, several times.
    export CLOUDSDK_CORE_HTTP_TIMEOUT=${CLOUDSDK_CORE_HTTP_TIMEOUT:-60}
    refresh_token
}

# An access token lasts an hour at least; scripts may take longer than that.
refresh_token() {
    [ -z "$(find "$WORK" -name authorization -mmin -20)" ] || return 0
    local token
    limit
    token=$("${LIMIT[@]}" gcloud auth print-access-token 2> "$WORK/log") || return 1
    printf 'Authorization: Bearer %s' "$token" > "$WORK/authorization"
}

# python of the backend, for what is decided there
rollout() { "$(dirname "$ASKDOCS")/python" -m askdocs.rollout "$@"; }

# endpoint API : where it is, which gcloud lets people change. Cloud Run's has the region in its host's name.
endpoint() {
    local override="CLOUDSDK_API_ENDPOINT_OVERRIDES_${1^^}" address
    address=${!override:-https://$1.googleapis.com/}
    [ "$1" != run ] || address="${address%%://*}://$REGION-${address#*://}"
    printf '%s' "${address%/}"
}

# api METHOD API PATH [BODY_FILE] : prints the answer; 1 if there is none, 22 if it is an error, which STATUS names.
STATUS=''
api() {
    local options=(--silent --show-error --request "$1" --output "$WORK/answer" --write-out '%{http_code}')
    local patience
    patience=$(time_left 30)
    options+=(--max-time "$patience")
    # A look can be repeated; whether a change was made before the connection was lost is not known.
    [ "$1" != GET ] || options+=(--retry 4 --retry-all-errors --retry-max-time "$patience")
    [ -z "${4:-}" ] || options+=(--header 'Content-Type: application/json' --data "@$4")
    [ -z "${CLOUDSDK_PROXY_ADDRESS:-}" ] || options+=(--proxy "http://$CLOUDSDK_PROXY_ADDRESS:$CLOUDSDK_PROXY_PORT")
    refresh_token || {
        STATUS=0
        return 1
    }
    STATUS=$(curl "${options[@]}" --header "@$WORK/authorization" "$(endpoint "$2")$3" 2> "$WORK/log") || {
        STATUS=0
        return 1
    }
    [[ $STATUS == 2* ]] || return 22
    cat "$WORK/answer"
}

# What the last call that failed was told.
api_error() {
    if [ "$STATUS" = 0 ]; then
        tail -n 1 "$WORK/log"
    else
        jq -r '.error.message // "no message"' "$WORK/answer" 2> /dev/null || echo "an answer that is not JSON ($STATUS)"
    fi
}

services_path() { printf '/apis/serving.knative.dev/v1/namespaces/%s/services' "$PROJECT"; }

# The service into $WORK/service.json. 22 with STATUS 404: there is none yet.
read_service() { api GET run "$(services_path)/$SERVICE" > "$WORK/read.json" && mv "$WORK/read.json" "$WORK/service.json"; }

# service FILTER : of what was read last
service() { jq -r "$1" "$WORK/service.json"; }

# The traffic that revisions really get, as NAME=PERCENT,…; sorted, so that it can be compared.
actual_traffic() {
    service '[.status.traffic[]? | select((.percent // 0) > 0)] | group_by(.revisionName)
        | map("\(.[0].revisionName)=\(map(.percent) | add)") | sort | join(",")'
}

# change_service OPTION… : change our annotations as `rollout change` says. Somebody else's change in between: again.
# Exit codes are those of rollout; 4 if Google Cloud cannot be reached.
change_service() { within "$PATIENCE" change_service_in_time "$@"; }

change_service_in_time() {
    local attempt code
    for attempt in 1 2 3 4 5; do
        if read_service; then
            code=0
            rollout change --holder "$HOLDER" "$@" < "$WORK/service.json" > "$WORK/changed.json" || code=$?
            [ $code -eq 0 ] || return $code
            ! api PUT run "$(services_path)/$SERVICE" "$WORK/changed.json" > "$WORK/service.json" || return 0
        fi
        [ "$STATUS" = 409 ] || [ "$STATUS" = 0 ] || [[ $STATUS == 5* ]] || break
        pause "$attempt" || break # the other one, or the network, needs a moment
    done
    warn "the service's annotations could not be changed: $(api_error)"
    return 4
}

# fetch_secret NAME FILE : the newest version of SERVICE-NAME
fetch_secret() {
    api GET secretmanager "/v1/projects/$PROJECT/secrets/$SERVICE-$1/versions/latest:access" > "$WORK/secret" || return $?
    jq -rj '.payload.data | @base64d' "$WORK/secret" > "$2"
    rm -f "$WORK/secret" "$WORK/answer"
}

# quietly COMMAND… : say it; of what it says show the end only if it fails.
quietly() {
    say "  $ $*"
    local code=0
    limit
    "${LIMIT[@]}" "$@" > "$WORK/out" 2> "$WORK/log" || code=$?
    [ $code -eq 0 ] || sed 's/^/    /' <(grep -v '^$' "$WORK/log" | tail -n 12) >&2
    return $code
}

# run_gcloud ARGUMENT… : of `gcloud run`, for our project and region
run_gcloud() { quietly gcloud run "$@" --project "$PROJECT" --region "$REGION" --quiet; }

# move_traffic SHARES [OPTION…] : as REVISION=PERCENT,…; done when the service says so, whatever gcloud's exit code is:
# after a failed deploy it is 1 although traffic moved.
move_traffic() { within "$PATIENCE" move_traffic_in_time "$@"; }

# shellcheck disable=SC2034 # deploy-put-back.sh says it
ORDERED='' # the last move, which may take place although its answer is lost
move_traffic_in_time() {
    local wanted attempt failed
    # shellcheck disable=SC2034 # as above
    ORDERED=$1
    wanted=$(tr ',' '\n' <<< "$1" | grep -v '=0$' | sort | paste -sd,)
    for attempt in 1 2 3 4 5; do
        failed=''
        run_gcloud services update-traffic "$SERVICE" --to-revisions "$1" "${@:2}" || failed=yes
        if read_service && [ "$(actual_traffic)" = "$wanted" ]; then
            [ -z "$failed" ] || say "    Whatever gcloud says of it, the traffic is $wanted now."
            return 0
        fi
        [ "$attempt" = 5 ] || pause "$((attempt * 2))" || break # a lost network may come back
    done
    return 1
}

# secret_flags : what instances get from Secret Manager, as NAME=SECRET:latest,… Always the latest version, so that a
# rollback after a rotation starts. $WORK/secrets lists those that there are.
SECRETS=(secret-key database-url qdrant-url qdrant-api-key gemini-api-key redis-url metrics-token admin-token
    sentry-dsn openid-client-secret)
# What only those who back up and restore get, as with-secrets.sh hands it to them.
# shellcheck disable=SC2034 # of those who source this
BACKUP_SECRETS=(backup-database-url backup-identity)
secret_flags() {
    local name flags=()
    for name in "${SECRETS[@]}"; do
        if grep -qx "$SERVICE-$name" "$WORK/secrets"; then
            name=${name//-/_}
            flags+=("${name^^}=$SERVICE-${name//_/-}:latest")
        fi
    done
    (IFS=, && echo "${flags[*]}")
}

list_secrets() {
    api GET secretmanager "/v1/projects/$PROJECT/secrets?pageSize=25000" > "$WORK/secrets.json" || return $?
    jq -r '.secrets[]?.name | split("/") | last' "$WORK/secrets.json" > "$WORK/secrets"
}

JOB_SECONDS=3600 # what Cloud Run gives an execution

# run_admin IMAGE ARGUMENT… : an execution of the job SERVICE-admin, which runs the image's `askdocs`
run_admin() {
    local image=$1 arguments options
    shift
    arguments=$(IFS=, && echo "$*")
    options=(--image "$image" --args "$arguments" --set-env-vars "ASKDOCS_ENV=$ASKDOCS_ENV,ASKDOCS_IMAGE=${image##*@}")
    options+=(--max-retries 0 --task-timeout "$JOB_SECONDS" --memory 1Gi)
    # If they cannot be listed, the job that there is keeps its own.
    [ ! -s "$WORK/secrets" ] || options+=(--set-secrets "$(secret_flags)")
    [ -z "$(setting deployment.service_account)" ] || options+=(--service-account "$(setting deployment.service_account)")
    run_gcloud jobs deploy "$SERVICE-admin" "${options[@]}" --execute-now --wait
}

# admin_exit_code : that of the newest execution's `askdocs`, nothing if it is not known
admin_exit_code() {
    local path="/apis/run.googleapis.com/v1/namespaces/$PROJECT" execution
    api GET run "$path/executions?labelSelector=run.googleapis.com%2Fjob%3D$SERVICE-admin" > "$WORK/executions" || return 0
    execution=$(jq -r '[.items[]?.metadata] | sort_by(.creationTimestamp) | last | .name // ""' "$WORK/executions")
    api GET run "$path/tasks?labelSelector=run.googleapis.com%2Fexecution%3D$execution" > "$WORK/tasks" || return 0
    jq -r '.items[0].status.lastAttemptResult.exitCode // ""' "$WORK/tasks"
}

# ask_release URL FILE : what is running there, by the token in METRICS_TOKEN
ask_release() {
    printf 'Authorization: Bearer %s' "$METRICS_TOKEN" > "$WORK/metrics-authorization"
    local patience
    patience=$(time_left 20)
    curl --silent --show-error --fail --max-time "$patience" --retry 2 --retry-max-time "$patience" --header "@$WORK/metrics-authorization" \
        "$1/release" > "$2" 2> "$WORK/log" && jq -e .version "$2" > /dev/null
}
