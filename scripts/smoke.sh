#!/usr/bin/env bash
# What a person would check in a minute: health, a question, a refused origin, the widget.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

usage() {
    cat << 'END'
Usage: scripts/smoke.sh URL [OPTION…]

Checks a running Askdocs from outside; one line for each check. It asks one question, which is logged as any other.

  --site KEY          public key of the site to ask (the first one with a published revision)
  --origin URL        an origin that may ask it
  --question TEXT     what to ask ("How do I get started?")
  --no-question       ask none: look at what anybody may read
  --cited             the answer must carry citations
  --image DIGEST      the image that must be running
  --dry-run           show what would be asked

METRICS_TOKEN, or the file that METRICS_TOKEN_FILE names: the token for /release, which names image and sites. Without
it, say --site and --origin, or --no-question. An installation none of whose sites has a published revision is well
without one, and is said to be. Exit codes: 0 all is well, 1 something is not, or could not be asked, 2 wrong input.
Example: scripts/with-secrets.sh my-project --env production -- scripts/smoke.sh https://docs-api.example.com
END
}

BASE='' SITE='' ORIGIN='' QUESTION='How do I get started?' CITED='' UNASKED='' IMAGE='' FAILED='' WORK=''

read_arguments() {
    while [ $# -gt 0 ]; do
        case $1 in
            -h | --help) usage && exit 0 ;;
            --site | --origin | --question | --image)
                [ -n "${2:-}" ] || fail 2 "$1 needs a value."
                case $1 in
                    --site) SITE=$2 ;;
                    --origin) ORIGIN=$2 ;;
                    --question) QUESTION=$2 ;;
                    --image) IMAGE=$2 ;;
                esac
                shift
                ;;
            --cited) CITED=yes ;;
            --no-question) UNASKED="as you wish (--no-question)" ;;
            --dry-run) DRY_RUN=yes ;;
            -*) fail 2 "unknown option $1." "scripts/smoke.sh --help" ;;
            *) BASE=${1%/} ;;
        esac
        shift
    done
    [[ $BASE =~ ^https?:// ]] || fail 2 "the address of a server is missing." "scripts/smoke.sh --help"
}

ok() { printf '  ok      %s\n' "$*" >&2; }
bad() {
    printf '  FAILED  %s\n' "$*" >&2
    FAILED=yes
}
left_out() { printf '  -       %s\n' "$*" >&2; }

# get NAME PATH [OPTION…] : the answer into $WORK/NAME, its headers beside it; prints the status, 000 for no answer
get() {
    local name=$1 path=$2
    shift 2
    curl --silent --show-error --connect-timeout 10 --max-time 60 --output "$WORK/$name" --dump-header "$WORK/$name.headers" \
        --write-out '%{http_code}' "$@" "$BASE$path" 2> "$WORK/$name.error" || true
}

header() { tr -d '\r' < "$WORK/$1.headers" | awk -F ': ' -v name="$2" 'tolower($1) == name { print $2 }'; }
of() { jq -r "$2" "$WORK/$1" 2> /dev/null || true; }

check_health() {
    local status
    status=$(get health /health)
    if [ "$status" = 200 ] && [ "$(of health .overall_status)" = healthy ]; then
        ok "health: version $(of health .version), $(of health .environment)"
    elif [ "$status" = 200 ]; then
        bad "health: $(of health '[.dependencies | to_entries[] | select(.value.status == "unhealthy")
            | "\(.key) is unhealthy (\(.value.detail))"] | join(", ")')"
    else
        bad "health: it answers $status $(cat "$WORK/health.error")"
        [ "$status" != 000 ] || exit 1 # the rest would only wait for nothing
    fi
}

check_release() {
    if [ -z "${METRICS_TOKEN:-}" ] && [ -n "${METRICS_TOKEN_FILE:-}" ]; then
        METRICS_TOKEN=$(< "$METRICS_TOKEN_FILE") || fail 2 "METRICS_TOKEN_FILE cannot be read."
    fi
    if [ -z "${METRICS_TOKEN:-}" ]; then
        left_out "release: not looked at, since neither METRICS_TOKEN nor METRICS_TOKEN_FILE is set"
        return 0
    fi
    printf 'Authorization: Bearer %s' "$METRICS_TOKEN" > "$WORK/authorization"
    local status
    status=$(get release /release --header "@$WORK/authorization")
    if [ "$status" != 200 ]; then
        bad "release: it answers $status (401: another METRICS_TOKEN than the server has)"
    elif [ -n "$IMAGE" ] && [ "$(of release .image)" != "$IMAGE" ]; then
        bad "release: the image $(of release .image) is running, not $IMAGE"
    else
        ok "release: image $(of release .image), tables at $(of release .migration)"
        [ -n "$SITE" ] || choose_site
    fi
}

# A published site that may be asked from somewhere, rather than one that may not.
choose_site() {
    local found='[.sites | .[] | select(.revision)] | sort_by(.origins == [])[0] // {}'
    SITE=$(of release "$found | .key // \"\"")
    ORIGIN=${ORIGIN:-$(of release "$found | .origins[0] // \"\"")}
    [ -n "$SITE" ] || [ -n "$UNASKED" ] || UNASKED=$(of release '.sites | keys
        | if . == [] then "there is no site yet" else "nothing is published yet for \(join(", "))" end')
}

ask() { # NAME ORIGIN
    # On a page of its own, or an answer that another release wrote might come from the cache.
    jq -n --arg question "$QUESTION" --arg page "$2/smoke-$(date +%s%N)" '{question: $question, page: {url: $page}}' > "$WORK/question"
    get "$1" "/api/v1/sites/$SITE/chat" --header 'Content-Type: application/json' --header "Origin: $2" \
        --data "@$WORK/question"
}

# The events of the stream as JSON lines
events() { sed -n 's/^data: {/{/p' "$WORK/answer" | tr -d '\r'; }
event() { events | jq -rs "$1" 2> /dev/null || true; }

check_answer() {
    if [ -n "$UNASKED" ]; then
        left_out "question: none was asked, since $UNASKED"
        SITE=''
        return 0
    elif [ -z "$SITE" ]; then
        bad "question: none could be asked, since no site is known: set METRICS_TOKEN, or name one by --site and --origin"
        return 0
    fi
    local status citations
    status=$(ask answer "$ORIGIN")
    citations=$(event '[.[] | select(.type == "data-answer") | .data.citations | length] | add // 0')
    if [ "$status" != 200 ]; then
        bad "question: it answers $status $(of answer '.detail // ""') $(cat "$WORK/answer.error")"
    elif [[ $(header answer content-type) != text/event-stream* ]] || [ "$(header answer x-vercel-ai-ui-message-stream)" != v1 ]; then
        bad "question: no event stream of the AI SDK ($(header answer content-type))"
    elif [ "$(event '.[-1].type')" != finish ]; then
        bad "question: the stream ends in $(event '.[-1] | "\(.type) \(.errorText // "")"')"
    elif [ -z "$(event '[.[] | select(.type == "text-delta") | .delta] | add // ""')" ]; then
        bad "question: the answer is empty"
    elif [ -n "$CITED" ] && [ "$citations" = 0 ]; then
        bad "question: the answer carries no citations"
    else
        ok "question: $(event '.[] | select(.type == "data-answer") | .data | "\(.status) by \(.mode)"'), $citations citations"
    fi
}

check_refusal() {
    [ -n "$SITE" ] || return 0
    local status
    status=$(ask refused https://origin-that-is-not-allowed.invalid)
    if [ "$status" = 403 ]; then
        ok "foreign origin: refused"
    else
        bad "foreign origin: it answers $status instead of 403"
    fi
}

# A conversation is for who holds its token, and for no cache.
check_privacy() {
    [ -n "$SITE" ] || return 0
    local status
    status=$(get session "/api/v1/sites/$SITE/session" --header "Origin: $ORIGIN" --header "X-Askdocs-Session: made-up")
    if [[ $status == 4* ]] && [[ $(header session cache-control) == *no-store* ]]; then
        ok "conversations: closed to a made-up token, and not cached"
    else
        bad "conversations: a made-up token gets $status, cache-control \"$(header session cache-control)\""
    fi
}

check_widget() {
    local panel
    check_script askdocs.js 500
    panel=$(grep -oE 'panel-[A-Za-z0-9_-]{8}\.js' "$WORK/askdocs.js" 2> /dev/null | head -n 1 || true)
    if [ -n "$panel" ]; then
        check_script "$panel" 10000
    else
        bad "widget: the loader names no panel"
    fi
}

check_script() { # NAME BYTES
    local status size
    status=$(get "$1" "/widget/$1")
    size=$(stat -c %s "$WORK/$1" 2> /dev/null || echo 0)
    if [ "$status" = 200 ] && [[ $(header "$1" content-type) == *javascript* ]] && [ "$size" -ge "$2" ]; then
        ok "widget: $1, $size bytes"
    else
        bad "widget: $1 answers $status, $(header "$1" content-type), $size bytes"
    fi
}

main() {
    read_arguments "$@"
    need_tools curl jq
    stop_on_problems 4
    if [ -n "$DRY_RUN" ]; then
        say "Would ask $BASE for /health, /release, /widget/askdocs.js and its panel, and ask ${SITE:-the first site}: $QUESTION"
        exit 0
    fi
    temporary_folder WORK
    check_health
    check_release
    check_answer
    check_refusal
    check_privacy
    check_widget
    [ -z "$FAILED" ] || exit 1
}

main "$@"
