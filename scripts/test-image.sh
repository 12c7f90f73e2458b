#!/usr/bin/env bash
# Builds both images with buildah, runs them with podman and prints what they weigh, hold and do.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

usage() {
    cat << 'HELP'
scripts/test-image.sh [--fresh] [VARIANT…]      (production and standalone, if none is named)

Needs root on Debian; installs buildah, podman and debootstrap. Where a registry can be reached, the bases are those
that backend/Dockerfile names. Elsewhere they are made here, of Debian's packages, this machine's Python 3.11 and
Node, and kept for the next time; --fresh makes them anew. Exit code 1: an image breaks a promise.
HELP
}

export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=overlay
PYTHON_BASE=localhost/askdocs-base-python
NODE_BASE=localhost/askdocs-base-node
# Of which the official images of Python are made, and what its modules link to.
DEBIAN=(ca-certificates netbase tzdata libbz2-1.0 libffi8 libgdbm6 liblzma5 libncursesw6 libreadline8 libsqlite3-0
    libssl3 libuuid1)
CERTIFICATES=/etc/ssl/certs/ca-certificates.crt

install_tools() {
    local tool missing=()
    for tool in buildah podman runc debootstrap strip; do
        command -v "$tool" > /dev/null || missing+=("${tool/strip/binutils}")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get > /dev/null; then
        fail 4 "${missing[*]} must be installed." "On Debian: sudo apt-get install ${missing[*]}"
    fi
    say "Installing ${missing[*]}…"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
}

# The official image of Python, as nearly as it can be made without its registry.
make_python_base() { # folder
    local root=$1 home log=$1.log
    home=$(.venv/bin/python -c 'import sys; print(sys.base_prefix)')
    [ "$home" != /usr ] || fail 4 "a Python 3.11 outside of /usr is needed for a base image." "pyenv install 3.11"
    say "Making a base of Debian's packages and $("$home"/bin/python3.11 --version)…"
    debootstrap --variant=minbase --include="$(IFS=,; echo "${DEBIAN[*]}")" bookworm "$root" > "$log" 2>&1 ||
        fail 4 "debootstrap failed: $(tail -n 1 "$log")"
    umount "$root"/{proc,sys} 2> /dev/null || true
    rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{man,info,locale}/*
    find "$root/usr/share/doc" -type f ! -name copyright -delete
    tar -C "$home" -c --exclude=__pycache__ --exclude='*/test' --exclude='*/tests' --exclude='*.a' \
        --exclude='site-packages/*' bin/python3.11 bin/pip3 include lib share | tar -x -C "$root/usr/local"
    tar -C "$home/lib/python3.11" -c --exclude=__pycache__ site-packages/pip site-packages/setuptools |
        tar -x -C "$root/usr/local/lib/python3.11"
    sed -i '1s|.*|#!/usr/local/bin/python3.11|' "$root/usr/local/bin/pip3"
    ln -s python3.11 "$root/usr/local/bin/python3"
    ln -s python3.11 "$root/usr/local/bin/python"
    ln -s pip3 "$root/usr/local/bin/pip"
    # As the official build does.
    find "$root/usr/local" -type f -name '*.so*' -exec strip --strip-all {} +
    chroot "$root" ldconfig
}

make_node_base() { # folder, folder of the other base
    mkdir "$1"
    tar -C "$2" -c --exclude=./usr/local . | tar -x -C "$1"
    mkdir -p "$1"/usr/local/{bin,lib/node_modules}
    cp "$(readlink -f "$(command -v node)")" "$1/usr/local/bin/node"
    cp -r "$(dirname "$(readlink -f "$(command -v npm)")")/.." "$1/usr/local/lib/node_modules/npm"
    ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/usr/local/bin/npm"
}

import_base() { # name, folder
    local container
    cp "$CERTIFICATES" "$2/etc/ssl/certs/machine.crt"
    container=$(buildah from scratch)
    buildah add --quiet "$container" "$2" / > /dev/null
    buildah config --env PATH=/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin \
        --env PIP_CERT=/etc/ssl/certs/machine.crt --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/machine.crt "$container"
    buildah commit --quiet --rm "$container" "$1" > /dev/null
}

# Sets DOCKERFILE to one whose bases can be had.
choose_bases() {
    DOCKERFILE=backend/Dockerfile
    # A registry that cannot be reached may take minutes to say so.
    if timeout 20 buildah pull --quiet "$(sed -n 's/^FROM \(docker.io[^ ]*python[^ ]*\).*/\1/p' $DOCKERFILE)" &> /dev/null; then
        return
    fi
    warn "no image registry can be reached: the bases are made here, so that sizes are off by some megabytes."
    local bases
    temporary_folder bases
    if [ -n "$FRESH" ] || ! buildah inspect --type image $PYTHON_BASE > /dev/null 2>&1 ||
        ! buildah inspect --type image $NODE_BASE > /dev/null 2>&1; then
        make_python_base "$bases/python"
        make_node_base "$bases/node" "$bases/python"
        import_base $PYTHON_BASE "$bases/python"
        import_base $NODE_BASE "$bases/node"
    fi
    DOCKERFILE=$bases/Dockerfile
    sed -E "s#^FROM docker.io/library/python:[^ ]+#FROM $PYTHON_BASE#; s#^FROM docker.io/library/node:[^ ]+#FROM $NODE_BASE#" \
        backend/Dockerfile > "$DOCKERFILE"
}

FRESH=''
variants=()
while [ $# -gt 0 ]; do
    case $1 in
        --help) usage && exit 0 ;;
        --fresh) FRESH=yes ;;
        production | standalone) variants+=("$1") ;;
        *) usage >&2 && exit 2 ;;
    esac
    shift
done
[ ${#variants[@]} -gt 0 ] || variants=(production standalone)

install_tools
choose_bases
images=()
for variant in "${variants[@]}"; do
    say "Building $variant…"
    SECONDS=0
    log=$(mktemp)
    buildah bud --layers --format docker --ignorefile .dockerignore -f "$DOCKERFILE" --target "$variant" \
        --build-arg VERSION="$(sed -n 's/^__version__ = "\(.*\)"/\1/p' backend/askdocs/__init__.py)" \
        --build-arg REVISION="$(git rev-parse HEAD)" \
        -t "localhost/askdocs:$variant" . > "$log" 2>&1 || { tail -n 30 "$log" >&2 && fail 1 "$variant was not built."; }
    rm "$log"
    say "Built in $SECONDS s."
    images+=("$variant=localhost/askdocs:$variant")
done
cd backend
../.venv/bin/python -m bench.image "${images[@]}"
