#!/usr/bin/env bash
# Prove that the newest backup can be restored: into a scratch place, which is removed again.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

usage() {
    cat << 'END'
Usage: scripts/restore-drill.sh [BACKUP] [OPTION…]

Restores a backup (latest) into a scratch home folder, a scratch database and scratch collections, checks its counts, asks
it a question, says PASSED or FAILED with timings, and removes everything again. Nothing in use is touched.

  --from PLACE       folder or bucket of the backups (backups.to, BACKUP_BUCKET)
  --identity FILE    secret key of age, for an encrypted backup (BACKUP_IDENTITY_FILE)
  --question TEXT    ask this of every site (deployment.smoke_question, else titles of pages)
  --json             print the outcome as JSON
  --dry-run          say what would be done

A backup of PostgreSQL is restored into a new database on the server that DRILL_DATABASE_URL leads to, whose user may
create databases; without one into a PostgreSQL that is started here for the drill. One of a Qdrant server is restored
beside the collections at QDRANT_URL, under names of its own. METRICS_TEXTFILE_DIR names a folder for metrics.
Exit codes: 0 passed, 1 failed, 2 wrong input, 4 something needed is unavailable.
Example: scripts/restore-drill.sh --from gs://my-backups --identity key.txt
END
}

backup=latest options=() scratch='' listed='' postgres=''
[ -z "${BACKUP_IDENTITY_FILE:-}" ] || options=(--identity "$BACKUP_IDENTITY_FILE") # an option is stronger
while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) usage && exit 0 ;;
        --from | --identity | --question)
            [ -n "${2:-}" ] || fail 2 "$1 needs a value." "scripts/restore-drill.sh --help"
            options+=("${1/--from/--to}" "$2")
            shift
            ;;
        --json) options+=("$1") ;;
        --dry-run) DRY_RUN=yes ;;
        -*) fail 2 "unknown option $1." "scripts/restore-drill.sh --help" ;;
        *) backup=$1 ;;
    esac
    shift
done

# The newest PostgreSQL of this machine that has a server, into BINARIES.
find_postgres() {
    BINARIES=$(dirname "$(compgen -G '/usr/lib/postgresql/*/bin/postgres' | sort -V | tail -1)" 2> /dev/null) || true
    [ -x "$BINARIES/initdb" ] || BINARIES=$(pg_config --bindir 2> /dev/null) || true
    [ -x "$BINARIES/initdb" ]
}

# Start a PostgreSQL of the drill's own, which ends with it however it ends, and name it in DRILL_DATABASE_URL. Reached by
# a socket in a folder that is ours alone, it needs no password.
start_postgres() {
    find_postgres || fail 4 "the backup is one of PostgreSQL, and there is no PostgreSQL here to restore it into." \
        "Install postgresql, or set DRILL_DATABASE_URL to a server whose user may create databases."
    remove_what_killed_drills_left
    temporary_folder scratch askdocs-drill
    exec 9> "$scratch/lock" # held as long as this script or its PostgreSQL lives
    ! command -v flock > /dev/null || flock 9
    local as_postgres=()
    if [ "$(id -u)" -eq 0 ]; then # PostgreSQL refuses to run as root
        as_postgres=(setpriv --reuid postgres --regid postgres --clear-groups)
        chown postgres "$scratch"
        chmod 711 "$scratch"
    fi
    "${as_postgres[@]}" "$BINARIES/initdb" -D "$scratch/data" -U askdocs -A trust --no-sync > "$scratch/log" ||
        fail 4 "PostgreSQL cannot be started for the drill." "$(tail -3 "$scratch/log")"
    # Linux tells it when this script is gone, by kill -9 too.
    ! command -v setpriv > /dev/null || as_postgres=(setpriv --pdeathsig QUIT "${as_postgres[@]:1}")
    trap stop_postgres EXIT # before it starts, so that Ctrl-C in between ends it, too
    "${as_postgres[@]}" "$BINARIES/postgres" -D "$scratch/data" -c listen_addresses= \
        -c "unix_socket_directories=$scratch/data" -c fsync=off >> "$scratch/log" 2>&1 &
    postgres=$!
    until "$BINARIES/pg_isready" --quiet --host "$scratch/data" 9>&-; do
        kill -0 $postgres 2> /dev/null || fail 4 "PostgreSQL cannot be started for the drill." "$(tail -3 "$scratch/log")"
        sleep 0.1 9>&-
    done
    export DRILL_DATABASE_URL="postgresql://askdocs@/postgres?host=$scratch/data"
}

# Copies of what readers asked, which nobody else would delete.
remove_what_killed_drills_left() {
    local folder
    command -v flock > /dev/null || return 0
    for folder in "${TMPDIR:-/tmp}"/askdocs-drill.*; do
        # Ours, and no link that somebody put there.
        if [ -O "$folder/lock" ] && [ ! -L "$folder" ] && flock --nonblock "$folder/lock" true; then
            say "Removing $folder, which a drill left that was killed."
            rm -rf -- "$folder"
        fi
    done
}

stop_postgres() {
    [ -z "$postgres" ] || kill -QUIT "$postgres" 2> /dev/null || true # it has ended by itself
    wait
    remove_leftovers
}

need_askdocs
need_tools jq
stop_on_problems 4
say_environment
temporary_folder listed
to=()
for ((index = 0; index < ${#options[@]}; index++)); do
    [ "${options[index]}" != --to ] || to=(--to "${options[index + 1]}")
done
"$ASKDOCS" backup show "$backup" "${to[@]}" > "$listed/manifest.json"
name=$(jq -r .name "$listed/manifest.json")
kind=$(jq -r .database.kind "$listed/manifest.json")
if [ -n "$DRY_RUN" ]; then
    say "$name, of $(jq -r .taken_at "$listed/manifest.json"), would be restored into a scratch place ($kind)."
    exit 0
fi
if [ "$kind" = postgresql ] && [ -z "${DRILL_DATABASE_URL:-}" ]; then
    start_postgres
fi
[ -z "${METRICS_TEXTFILE_DIR:-}" ] || options+=(--metrics "$METRICS_TEXTFILE_DIR")
"$ASKDOCS" backup drill "$backup" "${options[@]}" 9>&-
