#!/usr/bin/env bash
# Gives one environment what another one serves: the same image, after a look at all that is not in the image.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
# shellcheck source=scripts/google-cloud.sh
. scripts/google-cloud.sh

usage() {
    cat << 'END'
Usage: scripts/promote.sh FROM TO [options]
       scripts/promote.sh --show FROM [options]

Releases to TO (production) the image that FROM (staging) serves, by its digest. Before anything is changed it checks
that FROM is healthy, that TO is configured alike in what answers depend on, and lists the migrations that TO will get.
Then ./deploy.sh runs; with --docs, the docs are indexed in TO and questions are asked before readers' traffic moves,
and if they or the deploy fail, traffic and index go back to what they were.

  --from-project ID      project of FROM (default: its deployment.project)
  --from-region REGION   region of FROM (default: its deployment.region)
  --project ID           project of TO (default: its deployment.project)
  --region REGION        region of TO (default: its deployment.region)
  --image DIGEST         refuse if FROM serves another image than this
  --docs DIR             built docs to index in TO
  --site NAME            the site they belong to (default: docs)
  --questions FILE       questions to ask before and after (default: deployment.eval_file of TO; none: no questions)
  --docs-version NAME    ask this version of the docs (default: the latest one)
  --max-broken N         questions that may be broken (default: 0)
  --allow KEY            a setting that answers depend on and that is meant to differ; may be repeated
  --skip-backup REASON   as of ./deploy.sh
  --show FROM            print the image that FROM serves, and nothing else
  --yes                  do not ask
  --dry-run              check and list everything, change nothing
  --help                 this

To undo it: ./rollback.sh, which takes traffic and index back together.
Exit codes: 0 promoted, 1 failed and put back, 2 wrong input, 3 refused, 4 something needed is unavailable, 130 stopped.
Example: scripts/promote.sh staging production --from-project acme-staging --project acme --docs website/build
END
}

FROM='' TO='' SHOW='' FROM_PROJECT='' FROM_REGION='' TO_PROJECT='' TO_REGION='' WANTED='' DOCS='' SITE=docs QUESTIONS=''
VERSION=() MAX_BROKEN=0 ALLOW=() DEPLOY=() NAMED=()

read_arguments() {
    while [ $# -gt 0 ]; do
        case $1 in
            --help | -h) usage && exit 0 ;;
            --yes) DEPLOY+=(--yes) ;;
            --dry-run) DRY_RUN=1 ;;
            --from-project | --from-region | --project | --region | --image | --docs | --site | --questions | \
                --docs-version | --max-broken | --allow | --skip-backup | --show)
                [ -n "${2:-}" ] || fail 2 "$1 needs a value." "scripts/promote.sh --help"
                read_option "$1" "$2"
                shift
                ;;
            -*) fail 2 "there is no option $1." "scripts/promote.sh --help lists them." ;;
            *) NAMED+=("$1") ;;
        esac
        shift
    done
    if [ -n "$SHOW" ]; then
        [ ${#NAMED[@]} -eq 0 ] || fail 2 "--show takes one environment."
        NAMED=("$SHOW")
    elif [ ${#NAMED[@]} -ne 2 ]; then
        fail 2 "it takes the environment to promote from and the one to promote to." "scripts/promote.sh --help"
    fi
    FROM=${NAMED[0]} TO=${NAMED[1]:-}
    local name
    for name in "${NAMED[@]}"; do
        [[ $name =~ ^(staging|production)$ ]] || problem "$name is neither staging nor production."
    done
    [ "$FROM" != "$TO" ] || problem "$FROM cannot be promoted to itself."
    [ -z "$DOCS" ] || [ -d "$DOCS" ] || problem "There are no docs in $DOCS: build them first, here with \`make site\`."
    [ -z "$QUESTIONS" ] || [ -f "$QUESTIONS" ] || problem "There are no questions in $QUESTIONS."
}

read_option() {
    case $1 in
        --from-project) FROM_PROJECT=$2 ;;
        --from-region) FROM_REGION=$2 ;;
        --project) TO_PROJECT=$2 ;;
        --region) TO_REGION=$2 ;;
        --image) WANTED=$2 ;;
        --docs) DOCS=$2 ;;
        --site) SITE=$2 ;;
        --questions) QUESTIONS=$2 ;;
        --docs-version) VERSION=(--docs-version "$2") ;;
        --max-broken) MAX_BROKEN=$2 ;;
        --allow) ALLOW+=(--allow "$2") ;;
        --skip-backup) DEPLOY+=(--skip-backup "$2") ;;
        --show) SHOW=$2 ;;
    esac
}

# ---- what the two serve

# choose ENVIRONMENT PROJECT REGION : whose project, region and service the next calls are about
choose() {
    export ASKDOCS_ENV=$1
    read_settings
    PROJECT=${2:-$(setting deployment.project)}
    REGION=${3:-$(setting deployment.region)}
    SERVICE=$(setting deployment.service)
    [ -n "$PROJECT" ] || fail 2 "no project of $1 is named." "Name it, or set deployment.project in config/$1.yaml."
}

# The release that a service serves, as deploy.sh recorded it; nothing if there is none.
serving() {
    service '.metadata.annotations["askdocs.dev/releases"] // "[]" | fromjson | map(select(.state == "serving")) | .[0] // empty'
}

look_at_source() {
    choose "$FROM" "$FROM_PROJECT" "$FROM_REGION"
    read_service || fail 4 "the service $SERVICE of $FROM cannot be read: $(api_error)"
    serving > "$WORK/from.json"
    [ -s "$WORK/from.json" ] || fail 3 "$FROM has recorded no release that serves." "./deploy.sh $PROJECT --env $FROM"
    local revision
    revision=$(from .revision)
    # The newest revision may be another one, after a rollback: only the name is taken from there.
    IMAGE=$(service ".spec.template.spec.containers[0].image")
    IMAGE=${IMAGE%@*}@$(from .image)
    [ "$(actual_traffic)" = "$revision=100" ] ||
        problem "$FROM is not at one release: its traffic is $(actual_traffic), and $revision was recorded."
    [ -z "$WANTED" ] || [ "${WANTED##*@}" = "${IMAGE##*@}" ] ||
        problem "$FROM serves ${IMAGE##*@} by now, and not ${WANTED##*@}, which was to be promoted."
    FROM_PLACE=$PROJECT/$REGION/$SERVICE
}

from() { jq -r "$1 // empty" "$WORK/from.json"; }

look_at_target() {
    choose "$TO" "$TO_PROJECT" "$TO_REGION"
    [ "$FROM_PLACE" != "$PROJECT/$REGION/$SERVICE" ] ||
        problem "$FROM and $TO are the same service ($FROM_PLACE): name another project, or another deployment.service."
    [ -n "$QUESTIONS" ] || QUESTIONS=$(setting deployment.eval_file)
    : > "$WORK/to.json"
    if read_service; then
        serving > "$WORK/to.json"
    elif [ "$STATUS" != 404 ]; then
        fail 4 "the service $SERVICE of $TO cannot be read: $(api_error)"
    fi
}

# ---- what is compared

compare_configuration() {
    say ""
    say "== Configuration: $FROM and $TO"
    "$ASKDOCS" config compare "$FROM" "$TO" "${ALLOW[@]}" >&2 || problem "answers would depend on other settings in $TO than in $FROM."
}

compare_versions() {
    local here
    here=$("$ASKDOCS" --version)
    [ "$(from .version)" = "$here" ] ||
        problem "this checkout is version $here, and $FROM serves $(from .version): check out what the image was built from."
}

# The migrations of this checkout, which is that of the image, that the target's tables have not had yet.
list_migrations() {
    local at file number
    at=$(jq -r '.migration // empty' "$WORK/to.json")
    say ""
    say "== Migrations: $TO is at ${at:-nothing that is known}, $FROM at $(from .migration)"
    for file in backend/askdocs/db/migrations/versions/[0-9]*.py; do
        number=$(basename "$file" .py)
        [[ ! ${number%%_*} > ${at:-0000} ]] || say "  $number: $(sed -n '1s/^"""//;1s/"""$//;1p' "$file")"
    done
}

explain() {
    say ""
    say "== $FROM to $TO"
    say "Image      $IMAGE"
    say "From       $FROM_PLACE, version $(from .version), since $(from .deployed_at)"
    say "To         $PROJECT/$REGION/$SERVICE, now at $(jq -rs '.[0].image // "nothing"' "$WORK/to.json")"
    say "Index      ${DOCS:-not touched}${DOCS:+ for $SITE, before traffic moves}"
    say "Questions  ${QUESTIONS:-none}${QUESTIONS:+; at most $MAX_BROKEN may be broken}"
}

# ---- what is done

# in_target COMMAND… : with the secrets of the target
in_target() { scripts/with-secrets.sh "$PROJECT" "$REGION" --env "$TO" --service "$SERVICE" -- "$@"; }

promote() {
    local gate=() publish code=0
    if [ -n "$DOCS" ]; then
        publish=(scripts/with-secrets.sh "$PROJECT" "$REGION" --env "$TO" --service "$SERVICE" --
            scripts/publish-docs.sh --docs "$DOCS" --site "$SITE" --note "$WORK/note" --max-broken "$MAX_BROKEN" "${VERSION[@]}")
        [ -z "$QUESTIONS" ] || publish+=(--questions "$QUESTIONS")
        gate=(--before-traffic "$(printf '%q ' "${publish[@]}")")
    fi
    # Ctrl-C reaches deploy.sh, too: what it puts back is waited for, and the index follows, undisturbed.
    trap : INT TERM HUP
    ./deploy.sh "$PROJECT" "$REGION" --env "$TO" --service "$SERVICE" --image "$IMAGE" "${DEPLOY[@]}" "${gate[@]}" || code=$?
    trap '' INT TERM HUP
    [ $code -eq 0 ] || put_index_back || code=4
    return $code
}

# deploy.sh took the traffic back; the index that was published for the new release goes with it.
put_index_back() {
    local before='' published='' back code=0
    [ ! -f "$WORK/note" ] || { read -r before; read -r published; } < "$WORK/note" || true
    [ -n "$before" ] || return 0
    back=(rollback --site "$SITE" --to "$before" ${published:+--from "$published"})
    say "Putting the index of $SITE back to revision $before…"
    in_target "$ASKDOCS" "${back[@]}" >&2 || code=$?
    case $code in
        0) return 0 ;;
        3) say "The index is left as it is." && return 0 ;;
    esac
    say "THE INDEX OF $SITE COULD NOT BE PUT BACK. As soon as what is missing is there again:"
    say "  scripts/with-secrets.sh $PROJECT $REGION --env $TO --service $SERVICE -- $ASKDOCS ${back[*]}"
    return 1
}

main() {
    read_arguments "$@"
    need_tools gcloud jq curl
    need_askdocs
    stop_on_problems 2
    open_google_cloud || fail 4 "gcloud knows no account: $(tail -n 1 "$WORK/log")" "gcloud auth login"
    look_at_source
    if [ -n "$SHOW" ]; then
        stop_on_problems 3
        echo "$IMAGE"
        [ -z "${GITHUB_OUTPUT:-}" ] || echo "image=$IMAGE" >> "$GITHUB_OUTPUT"
        exit 0
    fi
    look_at_target
    compare_versions
    compare_configuration
    list_migrations
    explain
    stop_on_problems 3
    [ -z "$DRY_RUN" ] || exit 0
    promote
}

main "$@"
