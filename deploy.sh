#!/usr/bin/env bash
# Release to Cloud Run: back up, migrate, try the new release beside the old one, then move the traffic step by step.
set -euo pipefail
cd "$(dirname "$0")"
. scripts/lib.sh
. scripts/google-cloud.sh
. scripts/deploy-checks.sh
. scripts/deploy-put-back.sh

usage() {
    cat << 'END'
Usage: ./deploy.sh [PROJECT_ID [REGION]] [OPTION…]

Releases to the Cloud Run service. Everything is checked before anything is changed. If a later step fails, or you
press Ctrl-C, the traffic goes back to where it was.

  --env staging|production   configuration to use (staging)
  --image REFERENCE          take this image, NAME@sha256:… or NAME:TAG, instead of building one
  --tag TAG                  tag of the image that is built (the commit)
  --service NAME             Cloud Run service (deployment.service)
  --before-traffic COMMAND   run this when the release answers and has no traffic yet; if it fails, so does the release
  --skip-backup REASON       do not back up first
  --break-older              migrate although the release that serves cannot use the tables afterwards
  --take-over                go on although another deploy or rollback seems to be under way
  --yes                      do not ask
  --dry-run                  check everything, show what would be done, change nothing

Settings: deployment.* and alert_thresholds.* of config/ENV.yaml. GOOGLE_CLOUD_PATIENCE: seconds to go on trying while
Google Cloud does not answer (120); then it says what is left to do. Exit codes: 0 released, 1 failed and put back,
2 wrong input, 3 refused, 4 something needed is unavailable, 130 stopped and put back.
Example: ./deploy.sh my-project europe-west4 --env production --image eu-docker.pkg.dev/…@sha256:…
END
}

IMAGE='' TAG='' GATE='' SKIP_BACKUP='' BREAK_OLDER='' TAKE_OVER=() YES='' POSITIONAL=()
export ASKDOCS_ENV=staging

read_arguments() {
    while [ $# -gt 0 ]; do
        case $1 in
            -h | --help) usage && exit 0 ;;
            --env | --image | --tag | --service | --before-traffic | --skip-backup)
                [ -n "${2:-}" ] || fail 2 "$1 needs a value." "./deploy.sh --help"
                case $1 in
                    --env) ASKDOCS_ENV=$2 ;;
                    --image) IMAGE=$2 ;;
                    --tag) TAG=$2 ;;
                    --service) SERVICE=$2 ;;
                    --before-traffic) GATE=$2 ;;
                    --skip-backup) SKIP_BACKUP=$2 ;;
                esac
                shift
                ;;
            --break-older) BREAK_OLDER=yes ;;
            --take-over) TAKE_OVER=(--take-over) ;;
            --yes) YES=yes ;;
            --dry-run) DRY_RUN=yes ;;
            -*) fail 2 "unknown option $1." "./deploy.sh --help" ;;
            *) POSITIONAL+=("$1") ;;
        esac
        shift
    done
    [ ${#POSITIONAL[@]} -le 2 ] || fail 2 "too many arguments." "./deploy.sh --help"
    [[ $ASKDOCS_ENV =~ ^(staging|production)$ ]] || fail 2 "--env is staging or production."
}

choose_place() {
    PROJECT=${POSITIONAL[0]:-$(setting deployment.project)}
    REGION=${POSITIONAL[1]:-$(setting deployment.region)}
    SERVICE=${SERVICE:-$(setting deployment.service)}
    [ -n "$PROJECT" ] || fail 2 "no project is named." "./deploy.sh PROJECT_ID, or deployment.project in config/$ASKDOCS_ENV.yaml; --env says which file."
    REPOSITORY="$REGION-docker.pkg.dev/$PROJECT/$(setting deployment.repository)/askdocs"
}

# ---- what will be done, and may we

way_back() {
    if [ -n "$FIRST" ]; then
        echo "there is nothing before this release to go back to"
    else
        echo "./rollback.sh $SERVICE --project $PROJECT --region $REGION --env $ASKDOCS_ENV"
    fi
}

explain() {
    say "Image       ${IMAGE:-built from this folder by $BUILDER as $REPOSITORY:$TAG}"
    say "Service     $SERVICE, new revision $REVISION"
    if [ -n "$FIRST" ]; then
        say "Traffic     all of it: this is the first release, and nothing else serves"
    else
        say "Traffic     now $PREVIOUS; in steps of $(setting deployment.traffic_steps | tr -d '[]') %, each watched for $(setting deployment.step_seconds) s"
    fi
    if [ -n "$SKIP_BACKUP" ]; then
        say "Backup      none ($SKIP_BACKUP)"
    else
        say "Backup      to $BACKUP_TO, before the tables are migrated"
    fi
    say "To undo it  $(way_back)"
}

# ---- steps

LOCKED='' TOUCHED='' RELEASED='' STEP='' REASON=''

# The lock is held for what a step may take, and looked at: whoever took over decides from then on.
step() { # TITLE [SECONDS]
    STEP=$1 LOCK_SECONDS=${2:-1800}
    say ""
    say "== $STEP"
    [ -z "$LOCKED" ] || change_service --require-lock --lock "$LOCK_SECONDS" || lose_lock $?
}

# give_up CODE REASON : what was changed is put back on the way out
give_up() {
    REASON=$2
    exit "$1"
}

# The lock lasts for what comes next; if this machine dies, others need not wait longer than that.
LOCK_SECONDS=1800

begin() {
    # What is not there yet cannot be locked.
    [ -e "$WORK/service.json" ] || return 0
    # Before it is taken, so that Ctrl-C in between gives it back, too.
    LOCKED=yes
    change_service --lock "$LOCK_SECONDS" "${TAKE_OVER[@]}" --put "$(record deploying)" || {
        local code=$?
        LOCKED=''
        exit $code
    }
    PREVIOUS=$(actual_traffic)
}

# record STATE [FILE] : this release, with what it says of itself if it could be asked
record() {
    local told=${2:-/dev/null}
    jq -cn --arg revision "$REVISION" --arg image "${IMAGE##*@}" --arg state "$1" --arg env "$ASKDOCS_ENV" \
        --arg at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" --slurpfile told "$told" '
        {revision: $revision, image: $image, environment: $env, state: $state, deployed_at: $at}
        + (($told[0] // {}) | {version, prompt, config, migration, compatible_from} | with_entries(select(.value)))'
}

build() {
    step "Building the image"
    local context=(--file backend/Dockerfile --target production .)
    if [ "$BUILDER" = Docker ]; then
        gcloud auth print-access-token | docker login --username oauth2accesstoken --password-stdin "https://${REPOSITORY%%/*}" > "$WORK/out"
        quietly docker buildx build --platform linux/amd64 --push --provenance=false --metadata-file "$WORK/build.json" \
            --tag "$REPOSITORY:$TAG" "${context[@]}" || give_up 1 "the image could not be built."
        IMAGE=$REPOSITORY@$(jq -r '."containerimage.digest"' "$WORK/build.json")
    else
        jq -n --arg image "$REPOSITORY:$TAG" '{images: [$image], options: {logging: "CLOUD_LOGGING_ONLY"}, steps: [{
            name: "gcr.io/cloud-builders/docker", env: ["DOCKER_BUILDKIT=1"],
            args: ["build", "--file", "backend/Dockerfile", "--target", "production", "--tag", $image, "."]}]}' > "$WORK/cloudbuild.json"
        quietly gcloud builds submit . --config "$WORK/cloudbuild.json" --project "$PROJECT" --quiet --format=json ||
            give_up 1 "the image could not be built."
        IMAGE=$REPOSITORY@$(jq -r '.results.images[0].digest' "$WORK/out")
    fi
    [[ $IMAGE == *@sha256:* ]] || give_up 1 "the builder named no digest."
    say "$IMAGE"
}

back_up() {
    [ -z "$SKIP_BACKUP" ] || return 0
    step "Backing up to $BACKUP_TO"
    local name
    (
        # In the child's environment alone: neither on a command line nor in ours.
        for name in database-url backup-database-url qdrant-url qdrant-api-key; do
            grep -qx "$SERVICE-$name" "$WORK/secrets" || continue
            fetch_secret "$name" "$WORK/value" || exit 4
            name=${name//-/_}
            export "${name^^}=$(cat "$WORK/value")"
        done
        rm -f "$WORK/value"
        # Instances keep nothing in a home folder; that of this machine is somebody else's.
        export ASKDOCS_HOME=$WORK/home
        exec ./backup.sh --to "$BACKUP_TO"
    ) || give_up 1 "the backup failed; nothing was changed."
}

migrate() {
    step "Migrating the tables" $((JOB_SECONDS + 300))
    run_admin "$IMAGE" db upgrade || give_up 1 "the migration failed; it is one transaction, so that the tables are as before.
Its log: scripts/logs.sh $SERVICE --job --project $PROJECT --region $REGION --env $ASKDOCS_ENV"
}

# deploy_options : into OPTIONS
deploy_options() {
    # shellcheck disable=SC2054 # commas separate the parts of one argument
    OPTIONS=(--image "$IMAGE" --revision-suffix "${REVISION#"$SERVICE-"}" --port 8080
        --set-secrets "$(secret_flags)" --set-env-vars "ASKDOCS_ENV=$ASKDOCS_ENV,ASKDOCS_IMAGE=${IMAGE##*@}"
        --memory "$(setting deployment.memory)" --cpu "$(setting deployment.cpu)" --cpu-boost
        --concurrency "$(setting deployment.concurrency)" --timeout "$(setting deployment.timeout)"
        --min-instances "$(setting deployment.min_instances)" --max-instances "$(setting deployment.max_instances)"
        --startup-probe httpGet.path=/health/ready,httpGet.port=8080,periodSeconds=2,timeoutSeconds=2,failureThreshold=60
        --liveness-probe httpGet.path=/health/live,httpGet.port=8080,periodSeconds=15,timeoutSeconds=5,failureThreshold=4)
    [ -z "$(setting deployment.service_account)" ] || OPTIONS+=(--service-account "$(setting deployment.service_account)")
    if [ -n "$FIRST" ]; then
        # Readers' browsers come without an identity of Google's.
        OPTIONS+=(--allow-unauthenticated)
    else
        OPTIONS+=(--no-traffic --tag "$CANDIDATE")
    fi
}

# Who comes between this look and gcloud's own is found by the lock, or in the end by the traffic.
require_still_first() {
    ! read_service ||
        give_up 3 "somebody else has made the first release meanwhile. Nothing was changed but the tables; deploy again, on top of it."
}

deploy_revision() {
    step "Starting $REVISION${FIRST:+, which gets all traffic}"
    deploy_options
    [ -n "$LOCKED" ] || require_still_first
    TOUCHED=yes
    run_gcloud deploy "$SERVICE" "${OPTIONS[@]}" || give_up 1 "the revision $REVISION does not start."
    if [ -n "$FIRST" ]; then
        change_service --lock "$LOCK_SECONDS" --put "$(record deploying)" || lose_lock $?
        LOCKED=yes
        TRIED_AT=$(service .status.url)
    else
        read_service || give_up 4 "the service cannot be read: $(api_error)"
        TRIED_AT=$(service ".status.traffic[]? | select(.tag == \"$CANDIDATE\" and .revisionName == \"$REVISION\") | .url")
    fi
    [ -n "$TRIED_AT" ] || give_up 1 "Cloud Run gave $REVISION no address."
    say "It answers at $TRIED_AT"
}

smoke() {
    step "Trying it"
    local question
    question=$(setting deployment.smoke_question)
    SMOKE=(--image "${IMAGE##*@}")
    [ -z "$question" ] || SMOKE+=(--question "$question" --cited)
    scripts/smoke.sh "$TRIED_AT" "${SMOKE[@]}" || give_up 1 "$REVISION starts, but does not work."
    ask_release "$TRIED_AT" "$WORK/release.json" || give_up 1 "$REVISION does not say what it is."
}

# What else must hold before readers meet the release: promote.sh publishes docs and asks questions here.
run_gate() {
    [ -n "$GATE" ] || return 0
    step "Before any traffic"
    run bash -c "$GATE" >&2 || give_up 1 "what was to be done before any traffic failed."
}

shift_traffic() {
    [ -z "$FIRST" ] || return 0
    local share shares
    for share in $(setting deployment.traffic_steps | jq -r '.[]'); do
        step "Moving $share % of the traffic"
        shares="$REVISION=$share"
        [ "$share" = 100 ] || shares+=",$OLD=$((100 - share))"
        move_traffic "$shares" || give_up 4 "the traffic could not be moved."
        watch
    done
}

# lose_lock CODE : 4 is that Google Cloud does not answer
lose_lock() {
    [ "$1" != 4 ] || give_up 4 "Google Cloud does not answer."
    TOUCHED='' LOCKED=''
    give_up 3 "somebody else is changing the service now, and decides over its traffic."
}

# ours : whether nobody has taken over, as far as is known
ours() { [ -z "$LOCKED" ] || change_service --require-lock --lock "$LOCK_SECONDS" || [ $? -ne 3 ]; }

watch() {
    local question site=() code=0
    question=$(setting deployment.smoke_question)
    mapfile -t site < <(jq -r '[.sites // {} | .[] | select(.revision)][0] // empty | .key, .origins[0] // ""' "$WORK/release.json")
    rollout watch "$TRIED_AT" --token-file "$WORK/metrics-token" --seconds "$(setting deployment.step_seconds)" \
        --error-rate "$(setting alert_thresholds.error_rate)" --latency-p95 "$(setting alert_thresholds.latency_p95)" \
        --time-to-first-token-p95 "$(setting alert_thresholds.time_to_first_token_p95)" \
        --fallback-share "$(setting alert_thresholds.fallback_share)" \
        --site "${site[0]:-}" --origin "${site[1]:-}" --question "${question:-How do I get started?}" >&2 || code=$?
    [ $code -eq 0 ] || give_up 1 "$REVISION does worse than alert_thresholds allow."
}

# What the replaced release serves is asked before it is replaced, while the service's address still leads to it.
ask_replaced() {
    [ -z "$FIRST" ] || return 0
    if ask_release "$(service .status.url)" "$WORK/replaced.json"; then
        jq -c '.sites | map_values(.revision) | with_entries(select(.value))' "$WORK/replaced.json" > "$WORK/sites.json"
    else
        warn "$OLD does not say which revisions its sites answer from; what was known of it stays recorded."
    fi
}

finish() {
    local sites=()
    [ ! -s "$WORK/sites.json" ] || sites=(--sites "$(cat "$WORK/sites.json")")
    ours || lose_lock 3
    [ "$(actual_traffic)" = "$REVISION=100" ] || lose_lock 3
    change_service --put "$(record serving "$WORK/release.json")" --serving "$REVISION" "${sites[@]}" --unlock ||
        warn "the release serves, but it is not recorded: rollback.sh will not know it."
    RELEASED=yes
    say ""
    say "Released: $REVISION gets $(actual_traffic) ($(service .status.url))."
    say "To undo it: $(way_back)"
}

main() {
    read_arguments "$@"
    need_tools gcloud jq curl
    need_askdocs
    stop_on_problems 4
    read_settings
    choose_place
    open_google_cloud || fail 4 "gcloud knows no account: $(tail -n 1 "$WORK/log")" "gcloud auth login"
    check_everything
    METRICS_TOKEN=$(cat "$WORK/metrics-token")
    export METRICS_TOKEN
    TAG=${TAG:-$(git rev-parse --short=12 HEAD 2> /dev/null || date -u +%Y%m%d%H%M%S)}
    REVISION=$SERVICE-r$(date -u +%y%m%d-%H%M%S)
    explain
    if [ -n "$DRY_RUN" ]; then
        deploy_options
        run gcloud run jobs deploy "$SERVICE-admin" --image "${IMAGE:-IMAGE}" --args db,upgrade --execute-now --wait
        run gcloud run deploy "$SERVICE" "${OPTIONS[@]}"
        exit 0
    fi
    confirm
    trap leave EXIT
    begin
    if [ -z "$IMAGE" ]; then build; fi
    back_up
    migrate
    ask_replaced
    deploy_revision
    smoke
    run_gate
    shift_traffic
    finish
}

main "$@"
