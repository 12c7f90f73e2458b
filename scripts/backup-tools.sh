#!/usr/bin/env bash
# Installs what backup.sh and restore-drill.sh call, on Debian or Ubuntu: age, and PostgreSQL of the database's version.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

usage() {
    cat << 'END'
Usage: scripts/backup-tools.sh MAJOR [--dry-run]

Installs age, jq and PostgreSQL MAJOR, the version of the database: pg_dump refuses a newer server than itself, and a
restore drill starts a server. A version that the distribution lacks comes from PostgreSQL's own repository, which is
added then. Needs root.

Exit codes: 0 installed, 1 failed, 2 wrong input.
Example: sudo scripts/backup-tools.sh 17
END
}

major=''
while [ $# -gt 0 ]; do
    case $1 in
        --dry-run) DRY_RUN=1 && shift ;;
        --help | -h) usage && exit 0 ;;
        *) major=$1 && shift ;;
    esac
done
[[ $major =~ ^[0-9]+$ ]] || fail 2 "name PostgreSQL's major version, as in 17." "SHOW server_version says it."
[ -n "$DRY_RUN" ] || [ "$(id -u)" -eq 0 ] || fail 2 "packages are installed by root." "sudo scripts/backup-tools.sh $major"

export DEBIAN_FRONTEND=noninteractive
# known PACKAGE : whether a repository that is set up has it
known() { apt-cache show "$1" > /dev/null 2>&1; }

run apt-get update -qq
if ! known "postgresql-$major"; then
    run apt-get install -y -qq --no-install-recommends postgresql-common ca-certificates
    run /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y
fi
# The package would start a server of its own; a drill starts one on a free port.
run mkdir -p /etc/postgresql-common/createcluster.d
say "  $ echo create_main_cluster = false > /etc/postgresql-common/createcluster.d/askdocs.conf"
[ -n "$DRY_RUN" ] || echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.d/askdocs.conf
run apt-get install -y -qq --no-install-recommends "postgresql-$major" age jq
