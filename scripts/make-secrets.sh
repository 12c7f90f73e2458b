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
by openssl. The key of the Gemini API is read from GEMINI_API_KEY, else asked for; without one its file stays empty,
and GEMINI_API_KEY_FILE= in .env tells the backend so.

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
        printf 'postgresql://askdocs:%s@postgres:5432/askdocs\n' "$(< "$folder/postgres_password")" | write database_url
    fi
}

make_gemini_api_key() {
    local key=${GEMINI_API_KEY:-}
    is_missing gemini_api_key || return 0
    if [ -z "$key" ] && [ -t 0 ]; then
        read -rsp "Key of the Gemini API (none: just Enter): " key
        say
    fi
    [ -n "$key" ] || warn "$folder/gemini_api_key is empty: put a key into it, or set GEMINI_API_KEY_FILE= in .env."
    printf '%s' "$key" | write gemini_api_key
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
make_gemini_api_key
