#!/usr/bin/env bash
# Go back to an earlier release: the traffic at once, and every site's index to what that release was serving.
set -euo pipefail
cd "$(dirname "$0")"
. scripts/lib.sh
. scripts/google-cloud.sh

usage() {
    cat << 'END'
Usage: ./rollback.sh [SERVICE [REVISION]] [OPTION…]

Moves the traffic of the Cloud Run service to an earlier release, by default the newest healthy one before this, and
every site's index to the revision that release was serving. Nothing is deleted: ./rollback.sh SERVICE REVISION
with the revision that serves now undoes it.

  --list                     show the releases and the traffic, and change nothing
  --project PROJECT_ID       (deployment.project)
  --region REGION            (deployment.region)
  --env staging|production   configuration to use (staging)
  --keep-index               move the traffic only
  --take-over                go on although a deploy seems to be under way
  --yes                      do not ask
  --dry-run                  show what would be done, change nothing

It works while the release, the database or Qdrant is down: the traffic moves, and it says what is left to do.
GOOGLE_CLOUD_PATIENCE: seconds to go on trying while Google Cloud does not answer (120). Exit codes: 0 done, 1 done in
part, 2 wrong input, 3 refused, 4 something needed is unavailable, 130 stopped.
Example: ./rollback.sh askdocs --project my-project --env production
END
}

TARGET='' LIST='' KEEP_INDEX='' TAKE_OVER=() YES='' POSITIONAL=()
export ASKDOCS_ENV=staging

read_arguments() {
    while [ $# -gt 0 ]; do
        case $1 in
            -h | --help) usage && exit 0 ;;
            --project | --region | --env)
                [ -n "${2:-}" ] || fail 2 "$1 needs a value." "./rollback.sh --help"
                case $1 in
                    --project) PROJECT=$2 ;;
                    --region) REGION=$2 ;;
                    --env) ASKDOCS_ENV=$2 ;;
                esac
                shift
                ;;
            --list) LIST=yes ;;
            --keep-index) KEEP_INDEX=yes ;;
            --take-over) TAKE_OVER=(--take-over) ;;
            --yes) YES=yes ;;
            --dry-run) DRY_RUN=yes ;;
            -*) fail 2 "unknown option $1." "./rollback.sh --help" ;;
            *) POSITIONAL+=("$1") ;;
        esac
        shift
    done
    [ ${#POSITIONAL[@]} -le 2 ] || fail 2 "too many arguments." "./rollback.sh --help"
    [[ $ASKDOCS_ENV =~ ^(staging|production)$ ]] || fail 2 "--env is staging or production."
}

choose_place() {
    SERVICE=${POSITIONAL[0]:-$(setting deployment.service)}
    TARGET=${POSITIONAL[1]:-}
    PROJECT=${PROJECT:-$(setting deployment.project)}
    REGION=${REGION:-$(setting deployment.region)}
    [ -n "$PROJECT" ] || fail 2 "no project is named." "--project, or deployment.project in config/$ASKDOCS_ENV.yaml; --env says which file."
}

read_state() {
    local code=0
    read_service || code=$?
    if [ $code -ne 0 ] && [ "$STATUS" = 404 ]; then
        fail 2 "there is no service $SERVICE in $PROJECT ($REGION)." "gcloud run services list --project $PROJECT"
    fi
    [ $code -eq 0 ] || fail 4 "the service $SERVICE cannot be read: $(api_error)"
    TRAFFIC=$(actual_traffic)
    URL=$(service .status.url)
    # Empty while several releases share the traffic, as after a deploy that died half-way.
    SERVING=$([[ $TRAFFIC == *,* ]] || echo "${TRAFFIC%%=*}")
}

list() {
    rollout list < "$WORK/service.json"
    echo "Traffic: $TRAFFIC ($URL)"
}

# What the release that serves says of itself: what its sites are at, and what the tables are, which may be further
# than any release recorded. If it does not answer, the records have to do.
ask_serving() {
    if list_secrets && fetch_secret metrics-token "$WORK/token"; then
        METRICS_TOKEN=$(cat "$WORK/token")
        export METRICS_TOKEN
    else
        warn "the metrics token cannot be read: $(api_error)"
    fi
    if [ -n "${METRICS_TOKEN:-}" ] && ask_release "$URL" "$WORK/now.json"; then
        jq -c '{migration, compatible_from}' "$WORK/now.json" > "$WORK/tables.json"
        jq -c '.sites | map_values(.revision) | with_entries(select(.value))' "$WORK/now.json" > "$WORK/sites.json"
    else
        warn "what serves now does not say what it is; the records of earlier deploys have to do."
        echo '{}' > "$WORK/tables.json"
    fi
}

choose_target() {
    local options=(--serving "$SERVING" --tables "$(cat "$WORK/tables.json")") code=0
    [ -z "$TARGET" ] || options+=(--revision "$TARGET")
    rollout choose "${options[@]}" < "$WORK/service.json" > "$WORK/target.json" 2> "$WORK/why" || code=$?
    [ $code -eq 0 ] || fail $code "$(head -n 1 "$WORK/why")" "$(tail -n +2 "$WORK/why")"
    TARGET=$(target .revision)
    api GET run "/apis/serving.knative.dev/v1/namespaces/$PROJECT/revisions/$TARGET" > "$WORK/revision.json" ||
        fail 3 "Cloud Run no longer has the revision $TARGET: $(api_error)" "./rollback.sh --list shows the others."
    # Who deployed it last runs the job; the image that we go back to may use the tables, as was checked.
    TARGET_IMAGE=$(jq -r '.spec.containers[0].image' "$WORK/revision.json")
    INDEX=$(target '.sites // {} | to_entries | map("\(.key)=\(.value)") | join(" ")')
    if [ -s "$WORK/sites.json" ] && [ "$INDEX" != "" ]; then
        MOVES=$(jq -r --slurpfile now "$WORK/sites.json" '.sites | to_entries[] | select($now[0][.key] != .value)
            | "\(.key) \($now[0][.key] // "?") → \(.value)"' "$WORK/target.json")
    else
        MOVES=${INDEX:+$(tr ' ' '\n' <<< "$INDEX")}
    fi
    [ -z "$KEEP_INDEX" ] || MOVES=''
}

target() { jq -r "$1" "$WORK/target.json"; }

explain() {
    say "Service  $SERVICE in $PROJECT ($REGION), $ASKDOCS_ENV"
    say "Traffic  $TRAFFIC → $TARGET=100 (version $(target '.version // "?"'), deployed $(target .deployed_at))"
    if [ -n "$KEEP_INDEX" ]; then
        say "Index    stays where it is (--keep-index)"
    elif [ -z "$INDEX" ]; then
        say "Index    stays where it is: it is not recorded what $TARGET was serving"
    else
        say "Index    $(paste -sd, <<< "${MOVES:-as it is: no site has been published to since}" | sed 's/,/, /g')"
    fi
    say "To undo  $(way_back)"
}

way_back() { echo "./rollback.sh $SERVICE ${SERVING:-REVISION} --project $PROJECT --region $REGION --env $ASKDOCS_ENV"; }

LOCKED='' MOVED='' DONE='' PARTS=()

# For the traffic and the job: nobody may deploy between the two.
LOCK_SECONDS=$((900 + JOB_SECONDS))

move() {
    local tags=()
    change_service --lock $LOCK_SECONDS "${TAKE_OVER[@]}" || exit $?
    LOCKED=yes
    [ -z "$(service ".spec.traffic[] | select(.tag == \"$CANDIDATE\")")" ] || tags=(--remove-tags "$CANDIDATE")
    say ""
    say "== Moving the traffic to $TARGET"
    move_traffic "$TARGET=100" "${tags[@]}" || fail 4 "the traffic could not be moved; it was $(actual_traffic) when it was last seen. As soon as Google Cloud answers:" \
        "  gcloud run services update-traffic $SERVICE --to-revisions $TARGET=100 --project $PROJECT --region $REGION"
    MOVED=yes
    say "The traffic is $(actual_traffic)."
}

index_later() { say "  gcloud run jobs execute $SERVICE-admin --args=rollback-sites,${INDEX// /,} --wait --project $PROJECT --region $REGION"; }

move_index() {
    [ -n "$MOVES" ] || return 0
    local sites code=''
    say ""
    say "== Moving the index: ${MOVES//$'\n'/, }"
    read -ra sites <<< "$INDEX"
    if run_admin "$TARGET_IMAGE" rollback-sites "${sites[@]}"; then
        return 0
    fi
    code=$(admin_exit_code)
    case $code in
        3) PARTS+=("the index of a site is not where $TARGET had it: that revision was swept (index.retention keeps
    $(setting index.retention)), or the site is gone. Publish the docs of that time again: askdocs index PATH --site NAME") ;;
        4) PARTS+=("the index was not moved: the database does not answer. When it does:") ;;
        *) PARTS+=("the index was not moved: the job failed${code:+ with exit code $code}. Look at its log, and then:") ;;
    esac
}

# By what the release says itself, whatever the job's exit code was.
check_index() {
    [ -n "$MOVES" ] && [ ${#PARTS[@]} -eq 0 ] || return 0
    local wrong
    if ask_release "$URL" "$WORK/after.json"; then
        wrong=$(jq -r --slurpfile after "$WORK/after.json" '.sites | to_entries[]
            | select($after[0].sites[.key].revision != .value) | .key' "$WORK/target.json" | paste -sd' ')
        [ -z "$wrong" ] || PARTS+=("these sites are not at the wanted revision: $wrong.")
    else
        PARTS+=("$TARGET does not say what its sites are at.")
    fi
}

finish() {
    local sites=() options=()
    [ ! -s "$WORK/sites.json" ] || sites=(--sites "$(cat "$WORK/sites.json")")
    change_service --serving "$TARGET" --replaced-is rolled_back "${sites[@]}" --unlock ||
        warn "the rollback is not recorded; the next one may choose wrongly: name the revision then."
    LOCKED=''
    say ""
    say "== Trying it"
    [ -z "$(target '.image // ""')" ] || options=(--image "$(target .image)")
    if [ -z "${METRICS_TOKEN:-}" ]; then
        options+=(--no-question)
        PARTS+=("no question was asked, since the metrics token cannot be read: ask one on a page of the docs.")
    fi
    scripts/smoke.sh "$URL" "${options[@]}" ||
        PARTS+=("$TARGET gets the traffic, but does not work; if its checks name the database, Qdrant or the model, that is
    what to repair. An older release: ./rollback.sh --list")
    DONE=yes
    report
}

report() {
    local part
    say ""
    say "The traffic is $(actual_traffic) ($URL)."
    if [ ${#PARTS[@]} -eq 0 ]; then
        say "To undo it: $(way_back)"
        return 0
    fi
    say "But:"
    for part in "${PARTS[@]}"; do
        say "  - $part"
        [[ $part != "the index was not moved"* ]] || index_later
    done
    exit 1
}

leave() {
    local code=$?
    trap '' INT TERM HUP PIPE
    set +e
    if [ -n "$MOVED" ] && [ -z "$DONE" ]; then
        say ""
        say "Stopped: the traffic has moved to $TARGET."
        [ -z "$MOVES" ] || { say "Whether the index has is not known; this moves it, and does no harm twice:" && index_later; }
    fi
    if [ -n "$LOCKED" ]; then give_lock_back || say "The lock on the service stays for $((LOCK_SECONDS / 60)) minutes; --take-over ignores it."; fi
    remove_leftovers
    exit "$code"
}

give_lock_back() {
    local moved=()
    [ -z "$MOVED" ] || moved=(--serving "$TARGET" --replaced-is rolled_back)
    within $((PATIENCE / 3)) change_service "${moved[@]}" --unlock
}

main() {
    read_arguments "$@"
    need_tools gcloud jq curl
    need_askdocs
    stop_on_problems 4
    read_settings
    choose_place
    open_google_cloud || fail 4 "gcloud knows no account: $(tail -n 1 "$WORK/log")" "gcloud auth login"
    read_state
    if [ -n "$LIST" ]; then
        list
        exit 0
    fi
    ask_serving
    choose_target
    explain
    if [ -n "$DRY_RUN" ]; then
        run gcloud run services update-traffic "$SERVICE" --to-revisions "$TARGET=100" --project "$PROJECT" --region "$REGION"
        [ -z "$MOVES" ] || run gcloud run jobs deploy "$SERVICE-admin" --image "$TARGET_IMAGE" --args "rollback-sites,${INDEX// /,}" --execute-now --wait
        exit 0
    fi
    confirm
    trap leave EXIT
    move
    move_index
    check_index
    finish
}

main "$@"
