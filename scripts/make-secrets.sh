#!/usr/bin/env bash
# Makes the files of secrets that docker-compose.yml needs. What exists stays as it is.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

usage() {
    cat <<'EOF'
Usage: scripts/make-secrets.sh [--dry-run] [FOLDER]

Makes in FOLDER (./secrets) every secret that docker-compose.yml needs and that is not there yet. Random ones are made
by openssl. What others gave you is read from the variables GEMINI_API_KEY, ALERTS_CRITICAL_URL and ALERTS_WARNING_URL,
else asked for; an answer that is empty makes an empty file, into which you can put it later.

A secret is replaced by deleting its file and running this again: website/docs/operate/one-machine.md says what else
that takes. The folder can be entered by its owner alone. The files in it can be read by everybody, since the users of
the containers, who see them without the folder, have other numbers.
EOF
}

folder=secrets
for argument in "$@"; do
    case $argument in
        -h | --help) usage && exit 0 ;;
        --dry-run) DRY_RUN=1 ;;
        -*) fail 2 "there is no option $argument." "See scripts/make-secrets.sh --help." ;;
        *) folder=$argument ;;
    esac
done

need_tools openssl
stop_on_problems 4

# is_missing NAME : whether a secret has to be made; says what becomes of it.
is_missing() {
    if [ -e "$folder/$1" ]; then
        say "  kept    $folder/$1"
        return 1
    fi
    say "  made    $folder/$1"
    [ -z "$DRY_RUN" ]
}

# write NAME : what is read becomes the secret, whole or not at all.
write() {
    cat > "$folder/.$1"
    chmod 444 "$folder/.$1"
    mv "$folder/.$1" "$folder/$1"
}

make_random() {
    if is_missing "$1"; then
        openssl rand -hex 32 | write "$1"
    fi
}

# The address holds the password, so it is made together with it.
make_database_url() {
    if is_missing database_url; then
        printf 'postgresql://askdocs:%s@postgres:5432/askdocs\n' "$(< "$folder/postgres_password")" | write database_url # pragma: allowlist secret
    fi
}

# make_given NAME VARIABLE WHAT WITHOUT : a secret that somebody else made, and what it means if there is none.
make_given() {
    local value=${!2:-}
    is_missing "$1" || return 0
    if [ -z "$value" ] && [ -t 0 ]; then
        read -rsp "$3 (none: just Enter): " value
        say
    fi
    [ -n "$value" ] || say "          It is empty: $4"
    printf '%s' "$value" | write "$1"
}

if [ -z "$DRY_RUN" ]; then
    umask 077
    # Your own certificates go into tls/.
    mkdir -p "$folder/tls"
    chmod 700 "$folder"
fi
for name in postgres_password secret_key metrics_token qdrant_api_key grafana_password; do
    make_random "$name"
done
make_database_url
make_given gemini_api_key GEMINI_API_KEY "Key of the Gemini API" "without a key set GEMINI_API_KEY_FILE= in .env."
make_given alerts_critical_url ALERTS_CRITICAL_URL "Webhook for alerts that wake somebody" "nobody is told."
make_given alerts_warning_url ALERTS_WARNING_URL "Webhook for alerts that can wait" "nobody is told."
