#!/usr/bin/env bash
# Indexes built docs where the settings say, and takes that back if it breaks more questions than it may.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

usage() {
    cat << 'END'
Usage: scripts/publish-docs.sh [options]

Indexes built docs, in the environment that ASKDOCS_ENV and the variables name; scripts/with-secrets.sh sets those.
With questions, they are asked before and after: if the new index breaks more of them than --max-broken, the site goes
back to the revision that was live.

  --docs DIR           the built docs (default: website/build)
  --site NAME          the site (default: docs)
  --questions FILE     labelled questions to ask before and after
  --docs-version NAME  ask this version of the docs (default: the latest one)
  --max-broken N       questions that may be broken (default: 0)
  --note FILE          write here the revision that was live before (nothing if there was none), and below it
                       the one that was published
  --dry-run            say what would be done
  --help               this

To undo it: askdocs rollback --site NAME --to REVISION, which it prints; through scripts/with-secrets.sh, as this was.
Example: scripts/with-secrets.sh my-project --env staging -- scripts/publish-docs.sh --docs website/build
Exit codes: 0 published, 1 failed, 2 wrong input, 3 refused (too many questions broken: taken back), 4 unavailable.
END
}

docs=website/build site=docs questions='' version=() max_broken=0 note=''
while [ $# -gt 0 ]; do
    case $1 in
        --docs) docs=${2:?} && shift 2 ;;
        --site) site=${2:?} && shift 2 ;;
        --questions) questions=${2:?} && shift 2 ;;
        --docs-version) version=(--docs-version "${2:?}") && shift 2 ;;
        --max-broken) max_broken=${2:?} && shift 2 ;;
        --note) note=${2:?} && shift 2 ;;
        --dry-run) DRY_RUN=1 && shift ;;
        --help | -h) usage && exit 0 ;;
        *) fail 2 "there is no option $1." "scripts/publish-docs.sh --help lists them." ;;
    esac
done

need_tools jq
need_askdocs
[ -d "$docs" ] || problem "There are no docs in $docs: build them first, here with \`make site\`."
[ -z "$questions" ] || [ -f "$questions" ] || problem "There are no questions in $questions."
[[ $max_broken =~ ^[0-9]+$ ]] || problem "--max-broken is a number."
stop_on_problems 2
say_environment

WORK=''
temporary_folder WORK
# Thresholds are for whoever changes docs or questions; a publish is held up by what it breaks alone.
measure() { run "$ASKDOCS" eval "$questions" --site "$site" "${version[@]}" --no-thresholds "$@" >&2; }

"$ASKDOCS" release --json > "$WORK/release.json"
before=$(jq -r --arg site "$site" '.sites[$site].revision // empty' "$WORK/release.json")
[ -z "$note" ] || [ -n "$DRY_RUN" ] || printf '%s' "$before" > "$note"
if [ -n "$before" ]; then
    say "Revision $before of $site is live. To come back to it: $ASKDOCS rollback --site $site --to $before"
fi

compare=()
if [ -n "$questions" ] && [ -n "$before" ]; then
    measure --save "$WORK/before.json"
    compare=(--against "$WORK/before.json" --max-broken "$max_broken")
fi
run "$ASKDOCS" index "$docs" --site "$site" >&2
if [ -n "$note" ] && [ -z "$DRY_RUN" ]; then
    "$ASKDOCS" release --json | jq -r --arg site "$site" '"", .sites[$site].revision' >> "$note"
fi
[ -n "$questions" ] || exit 0

code=0
measure "${compare[@]}" || code=$?
[ $code -ne 0 ] || exit 0
if [ -z "$before" ]; then
    fail $code "the questions could not be asked of the first revision of $site, which stays live."
fi
run "$ASKDOCS" rollback --site "$site" --to "$before" >&2
fail $code "$site answers from revision $before again."
