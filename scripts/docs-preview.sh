#!/usr/bin/env bash
# What a change of the docs does to the questions of readers: indexes the built docs into a store of its own that goes
# with this script, asks the questions, and compares with an earlier result.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

usage() {
    cat << 'END'
Usage: scripts/docs-preview.sh [options]

Indexes built docs into a throw-away store, asks labelled questions, and writes what became of them. Fails if a figure
is below the thresholds that the file of questions holds; everything is written all the same.

  --docs DIR           the built docs (default: website/build)
  --questions FILE     labelled questions (default: website/eval/questions.yaml)
  --docs-version NAME  ask this version of the docs (default: the latest one)
  --against RESULT     an earlier result; without one that can be read nothing is compared
  --to DIR             where result.json, report.html and comment.md are written (default: preview)
  --dry-run            say what would be done
  --help               this

Needs no network and no secret. Changes nothing outside of --to.
Exit codes: 0 done, 1 failed or below a threshold, 2 wrong input, 4 something needed is unavailable, 130 stopped.
END
}

docs=website/build questions=website/eval/questions.yaml against='' to=preview version=()
while [ $# -gt 0 ]; do
    case $1 in
        --docs) docs=${2:?} && shift 2 ;;
        --questions) questions=${2:?} && shift 2 ;;
        --docs-version) version=(--docs-version "${2:?}") && shift 2 ;;
        --against) against=${2:?} && shift 2 ;;
        --to) to=${2:?} && shift 2 ;;
        --dry-run) DRY_RUN=1 && shift ;;
        --help | -h) usage && exit 0 ;;
        *) fail 2 "there is no option $1." "scripts/docs-preview.sh --help lists them." ;;
    esac
done

need_tools python3
need_askdocs
[ -d "$docs" ] || problem "There are no docs in $docs: build them first, here with \`make site\`."
[ -f "$questions" ] || problem "There are no questions in $questions."
stop_on_problems 2

# comment RESULT [EARLIER] : Markdown, made as by the job that may write comments: of the results alone.
comment() { PYTHONPATH=backend python3 -m askdocs.evaluation.comparison "$@"; }

compare=()
if [ -n "$against" ]; then
    if comment "$against" > /dev/null; then
        compare=(--against "$against")
    else
        warn "nothing is compared, for want of an earlier result that this release can read."
    fi
fi

home=''
temporary_folder home
export ASKDOCS_ENV=development ASKDOCS_HOME=$home
# A key in the shell of whoever runs this would make figures that no other run can be compared with.
unset GEMINI_API_KEY GEMINI_API_KEY_FILE DATABASE_URL DATABASE_URL_FILE QDRANT_URL QDRANT_URL_FILE REDIS_URL REDIS_URL_FILE

run mkdir -p "$to"
run "$ASKDOCS" db upgrade >&2
run "$ASKDOCS" index "$docs" --site docs >&2
code=0
run "$ASKDOCS" eval "$questions" --site docs "${version[@]}" "${compare[@]}" --save "$to/result.json" \
    --html "$to/report.html" || code=$?
[ -z "$DRY_RUN" ] || exit 0
[ $code -le 1 ] && [ -f "$to/result.json" ] || exit $code

comment "$to/result.json" "${compare[@]:1}" > "$to/comment.md"
[ -z "${GITHUB_STEP_SUMMARY:-}" ] || cat "$to/comment.md" >> "$GITHUB_STEP_SUMMARY"
exit $code
