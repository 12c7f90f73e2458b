# shellcheck shell=bash
# What the operators' scripts share. Source it from the top of the repository, after `set -euo pipefail`.
#
# Exit codes are those of `askdocs`: 0 done, 1 failed, 2 wrong input, 3 refused by the state of things, 4 something
# needed is unavailable, 130 stopped.

DRY_RUN=${DRY_RUN:-}
PROBLEMS=()
LEFTOVERS=()

say() { printf '%s\n' "$*" >&2; }
warn() { printf 'Warning: %s\n' "$*" >&2; }

# fail CODE MESSAGE [FIX]
fail() {
    say "${0##*/}: $2"
    [ -z "${3:-}" ] || say "$3"
    exit "$1"
}

# Remember what is wrong, so that stop_on_problems can say everything at once.
problem() { PROBLEMS+=("$*"); }

# stop_on_problems CODE
stop_on_problems() {
    [ ${#PROBLEMS[@]} -gt 0 ] || return 0
    say "${0##*/}: nothing was done, since"
    printf '  - %s\n' "${PROBLEMS[@]}" >&2
    exit "$1"
}

# need_tools NAME… : what is missing becomes a problem.
need_tools() {
    local tool
    for tool in "$@"; do
        command -v "$tool" > /dev/null || problem "$tool is not installed."
    done
}

# The command that reads settings and looks after the index; made by `make setup`.
ASKDOCS=${ASKDOCS:-.venv/bin/askdocs}
need_askdocs() {
    command -v "$ASKDOCS" > /dev/null || problem "$ASKDOCS is missing: run \`make setup\` first."
}

# Settings of the environment that ASKDOCS_ENV names, into SETTINGS; secrets are masked there. What a server would
# miss does not matter here, since those who deploy do not hold its secrets. Call it before the first `setting`.
read_settings() {
    SETTINGS=$("$ASKDOCS" config show --json 2> /dev/null) || true
    if [[ $SETTINGS != \[* ]]; then
        "$ASKDOCS" config show > /dev/null || true # says why
        fail 2 "the configuration of ${ASKDOCS_ENV:-development} cannot be read."
    fi
}

# Whose installation a command works on: with production's settings missing it would be this machine's own.
say_environment() { say "Environment: ${ASKDOCS_ENV:-development}"; }

# setting KEY : its effective value, nothing if it has none; lists as JSON.
setting() {
    jq -r --arg key "$1" '
        map(select(.key == $key)) | if length == 0 then error("no setting is called \($key)") else .[0].value end
        | if . == null then "" elif type == "array" then tojson else tostring end' <<< "$SETTINGS"
}

# confirm [QUESTION] : ask whether to go on, unless YES is set
confirm() {
    [ -z "$YES" ] || return 0
    [ -t 0 ] || fail 2 "nobody can be asked here." "Say --yes."
    local answer
    read -r -p "${1:-Go on?} [y/N] " answer
    [[ $answer == [yY]* ]] || fail 130 "nothing was done."
}

# as_typed WORD… : with quotes where a shell needs them
as_typed() {
    local word words=()
    for word in "$@"; do
        [[ $word =~ ^[A-Za-z0-9_@%+=:,./-]+$ ]] || word=${word@Q}
        words+=("$word")
    done
    printf '%s' "${words[*]}"
}

# run COMMAND… : say it, and do it unless this is a dry run. Nothing secret may be among the arguments.
run() {
    say "  $ $(as_typed "$@")"
    [ -n "$DRY_RUN" ] || "$@"
}

# temporary_folder NAME [PREFIX] : sets the variable to a folder that only we can read and that goes when the script ends.
temporary_folder() {
    local folder
    folder=$(umask 077 && mktemp -d --tmpdir "${2:-tmp}.XXXXXXXXXX")
    LEFTOVERS+=("$folder")
    printf -v "$1" '%s' "$folder"
}

remove_leftovers() {
    [ ${#LEFTOVERS[@]} -eq 0 ] || rm -rf -- "${LEFTOVERS[@]}"
}
trap remove_leftovers EXIT
# A signal ends the script by way of EXIT, with the exit code that means stopped.
trap 'exit 130' INT TERM HUP
