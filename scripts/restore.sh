#!/usr/bin/env bash
# Restore a backup: verify it, prepare and check it beside what is there, and only then put it in place.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

usage() {
    cat << 'END'
Usage: scripts/restore.sh BACKUP [OPTION…]

Restores into what the settings lead to: DATABASE_URL, QDRANT_URL, ASKDOCS_HOME. BACKUP is a name, a path, a gs:// address,
or latest. Stop every server of the installation first. Interrupted, it goes on when it is run again.

  --from PLACE        folder or bucket of the backups (backups.to, BACKUP_BUCKET)
  --identity FILE     secret key of age, for an encrypted backup (BACKUP_IDENTITY_FILE)
  --replace           replace what is there, which is kept: files beside the new ones, PostgreSQL and Qdrant as a backup
  --without-vectors   write the vectors anew, from the sources that the live revisions name
  --while-serving     even if servers are connected to the database; restart them afterwards
  --question TEXT     ask this of every site in the end (deployment.smoke_question, else titles of pages)
  --yes               do not ask before replacing
  --dry-run           verify the backup, check that it can be restored here, and change nothing

Exit codes: 0 done, 1 failed, or done but for a site whose source is not here, 2 wrong input, 3 refused, 4 something
needed is unavailable, 130 stopped. Nothing was changed by an exit code of 2 or 3.
Example: scripts/restore.sh latest --from gs://my-backups --identity key.txt
END
}

backup='' options=() replace='' YES=''
[ -z "${BACKUP_IDENTITY_FILE:-}" ] || options=(--identity "$BACKUP_IDENTITY_FILE") # an option is stronger
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) usage && exit 0 ;;
        --from | --identity | --question)
            [ -n "${2:-}" ] || fail 2 "$1 needs a value." "scripts/restore.sh --help"
            options+=("${1/--from/--to}" "$2")
            shift
            ;;
        --replace) replace=yes && options+=("$1") ;;
        --without-vectors | --while-serving) options+=("$1") ;;
        --yes) YES=yes ;;
        --dry-run) DRY_RUN=yes ;;
        -*) fail 2 "unknown option $1." "scripts/restore.sh --help" ;;
        *)
            [ -z "$backup" ] || fail 2 "one backup at a time." "scripts/restore.sh --help"
            backup=${1%/}
            ;;
    esac
    shift
done
[ -n "$backup" ] || fail 2 "which backup? A name, a path, or latest." "scripts/restore.sh --help"

need_askdocs
need_tools jq
stop_on_problems 4
say_environment
if [ -n "$DRY_RUN" ]; then
    exec "$ASKDOCS" backup restore "$backup" "${options[@]}" --dry-run
fi
if [ -n "$replace" ] && [ -z "$YES" ]; then
    # From here on by its name: while you think, "latest" may become another one.
    name=$("$ASKDOCS" backup restore "$backup" "${options[@]}" --dry-run --json | jq -r .backup)
    [[ $backup != */* ]] || name=${backup%/*}/$name
    backup=$name
    say "${backup##*/} is whole and can be restored here."
    confirm "Replace what is there by ${backup##*/}? It is kept, and you are told where."
fi
exec "$ASKDOCS" backup restore "$backup" "${options[@]}"
