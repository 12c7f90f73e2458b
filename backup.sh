#!/usr/bin/env bash
# Back up the database, the vectors and the configuration, while everything goes on.
set -euo pipefail
cd "$(dirname "$0")"
. scripts/lib.sh

usage() {
    cat << 'END'
Usage: ./backup.sh [--to FOLDER|gs://BUCKET/PATH] [OPTION…]

Takes one backup, verifies it where it lies, and then deletes those that backups.keep_days, keep_weekly and keep_monthly
keep no longer. Interrupted, it leaves nothing that looks like a backup; the next one removes what it left.

  --to PLACE          a folder, or a bucket with an optional path (backups.to, BACKUP_BUCKET)
  --without-vectors   leave the vectors out: a restore then writes them anew, from the sources of the sites
  --json              print the backup's manifest
  --dry-run           check tools, place and room, and change nothing

What is backed up is what the settings lead to: DATABASE_URL, QDRANT_URL, ASKDOCS_HOME. With backups.recipient, a public
key of age, it is encrypted. METRICS_TEXTFILE_DIR names a folder for metrics of the backup. Exit codes: 0 done, 1 failed,
2 wrong input, 3 refused, 4 something needed is unavailable, such as room on the disk, 130 stopped.
Example: ./backup.sh --to /srv/backups
END
}

options=()
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) usage && exit 0 ;;
        --to)
            [ -n "${2:-}" ] || fail 2 "$1 needs a value." "./backup.sh --help"
            options+=("$1" "$2")
            shift
            ;;
        --without-vectors | --json | --dry-run) options+=("$1") ;;
        *) fail 2 "unknown argument $1." "./backup.sh --help" ;;
    esac
    shift
done

need_askdocs
stop_on_problems 4
say_environment
[ -z "${METRICS_TEXTFILE_DIR:-}" ] || options+=(--metrics "$METRICS_TEXTFILE_DIR")
exec "$ASKDOCS" backup create "${options[@]}"
