#!/usr/bin/env bash
# The tests use a real PostgreSQL, pgbouncer, Redis, Prometheus and Chromium. Installs those that are missing on Debian.
set -euo pipefail

missing=()
need() { # package, and a glob that matches when it is installed
    compgen -G "$2" > /dev/null || missing+=("$1")
}
need postgresql "/usr/lib/postgresql/*/bin/postgres"
need pgbouncer "/usr/sbin/pgbouncer"
need jq "/usr/bin/jq"
need curl "/usr/bin/curl"
need bubblewrap "/usr/bin/bwrap"
need iproute2 "/usr/bin/ip"
need wget "/usr/bin/wget"
need redis-server "/usr/bin/redis-server"
need age "/usr/bin/age"
need chromium "/usr/bin/chromium"
need prometheus "/usr/bin/promtool"
need prometheus-alertmanager "/usr/bin/amtool"
need prometheus-node-exporter "/usr/bin/prometheus-node-exporter"

may_install() { [ "$(id -u)" -eq 0 ] && command -v apt-get > /dev/null; }
is_packed() { apt-cache show "$1" > /dev/null 2>&1; }
# Chromium without its windows, for half of the CPU: where it can be had. The tests do without it.
shell=chromium-headless-shell
if [ ! -e /usr/bin/$shell ] && may_install && { is_packed $shell || { apt-get update -qq && is_packed $shell; }; }; then
    missing+=("$shell")
fi
[ ${#missing[@]} -eq 0 ] && exit 0

if ! may_install; then
    echo "The tests need: ${missing[*]}. On Debian: sudo apt-get install ${missing[*]}" >&2
    exit 1
fi
echo "Installing ${missing[*]}…"
export DEBIAN_FRONTEND=noninteractive
# The packages would start their own servers; the tests start theirs on free ports.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' > $policy
    chmod +x $policy
    trap 'rm -f $policy' EXIT
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
