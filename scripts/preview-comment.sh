#!/usr/bin/env bash
# Writes what docs-preview.sh found under the pull request that it was about, and into the same comment the next time.
#
# Runs with a token that may write comments, on a result that was measured by whatever the pull request holds. So it
# takes one file from there, reads it as data, and finds the pull request by what GitHub says of the run, not by
# anything in that file.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

usage() {
    cat << 'END'
Usage: scripts/preview-comment.sh RESULT [EARLIER]

Compares two results of `askdocs eval --save` and writes the comparison as a comment on the pull request whose head
is HEAD_SHA. EARLIER may not exist. Without an open pull request nothing is written.

  --dry-run   print the comment
  --help      this

Variables: GITHUB_TOKEN (may write comments on pull requests), GITHUB_REPOSITORY, GITHUB_API_URL; and of the run that
measured RESULT: HEAD_OWNER, HEAD_BRANCH, HEAD_SHA.
Exit codes: 0 done, 1 failed, 2 wrong input, 4 GitHub does not answer, 130 stopped.
END
}

MARK='<!-- askdocs docs preview -->'

files=()
while [ $# -gt 0 ]; do
    case $1 in
        --dry-run) DRY_RUN=1 && shift ;;
        --help | -h) usage && exit 0 ;;
        -*) fail 2 "there is no option $1." "scripts/preview-comment.sh --help lists them." ;;
        *) files+=("$1") && shift ;;
    esac
done
[ ${#files[@]} -ge 1 ] && [ ${#files[@]} -le 2 ] || fail 2 "it takes a result and perhaps an earlier one."
[ ${#files[@]} -eq 1 ] || [ -f "${files[1]}" ] || files=("${files[0]}")

need_tools curl jq python3
for name in GITHUB_TOKEN GITHUB_REPOSITORY HEAD_OWNER HEAD_BRANCH HEAD_SHA; do
    [ -n "$DRY_RUN" ] || [ -n "${!name:-}" ] || problem "$name is not set."
done
stop_on_problems 2

# github METHOD PATH : a call of GitHub's API; the body of a POST or PATCH comes from standard input.
github() {
    local method=$1 path=$2 input=()
    [ "$method" = GET ] || input=(--data-binary @-)
    curl --silent --show-error --fail --max-time 30 --request "$method" "${input[@]}" \
        --config <(printf 'header = "authorization: Bearer %s"\n' "$GITHUB_TOKEN") \
        --header "accept: application/vnd.github+json" --header "content-type: application/json" \
        "${GITHUB_API_URL:-https://api.github.com}/repos/$GITHUB_REPOSITORY$path" \
        || fail 4 "GitHub did not take $method $path."
}

# The open pull request whose head is the commit that was measured; nothing if it was closed or has moved on.
pull_request() {
    local head
    head=$(jq -rn --arg head "$HEAD_OWNER:$HEAD_BRANCH" '$head | @uri')
    github GET "/pulls?state=open&per_page=100&head=$head" \
        | jq -r --arg sha "$HEAD_SHA" 'map(select(.head.sha == $sha)) | .[0].number // empty'
}

# Our comment there, told by its mark and by being a robot's: anybody may write the mark.
our_comment() {
    github GET "/issues/$1/comments?per_page=100" \
        | jq -r --arg mark "$MARK" \
            'map(select(.user.type == "Bot" and (.body | startswith($mark)))) | .[0].id // empty'
}

text=$(PYTHONPATH=backend python3 -m askdocs.evaluation.comparison "${files[@]}") || exit $?
if [ -n "$DRY_RUN" ]; then
    printf '%s\n' "$text"
    exit 0
fi

number=$(pull_request)
if [ -z "$number" ]; then
    say "No open pull request of $HEAD_OWNER has $HEAD_SHA as its head: nothing to write."
    exit 0
fi
body=$(jq -n --arg body "$MARK
$text" '{$body}')
comment=$(our_comment "$number")
if [ -n "$comment" ]; then
    github PATCH "/issues/comments/$comment" <<< "$body" > /dev/null
    say "Updated the comment on pull request $number."
else
    github POST "/issues/$number/comments" <<< "$body" > /dev/null
    say "Wrote a comment on pull request $number."
fi
