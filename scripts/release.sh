#!/usr/bin/env bash
# What release.yml calls: is a tag the version of every package, and what changed in it; images, by digest.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

usage() {
    cat << 'END'
Usage: scripts/release.sh --check TAG
       scripts/release.sh --images REPOSITORY --tag TAG [--to FILE]
       scripts/release.sh --publish TAG --from DIR
       scripts/release.sh --npm DIR

  --check TAG         refuse a tag that is not v and the version of every package, or that CHANGELOG.md has no section for
  --images REPOSITORY build both images, push them as REPOSITORY/askdocs:VERSION and …:VERSION-standalone, and write
                      their digests to FILE (default: dist/images.txt). With GITHUB_TOKEN it signs in to the registry
  --publish TAG       make the GitHub release of a tag with the files of DIR; its text is the section of CHANGELOG.md
  --npm DIR           publish the npm tarballs of DIR as the identity of the running workflow, with provenance
  --dry-run           say what would be run
  --help              this

Exit codes: 0 done, 1 failed, 2 wrong input, 3 the tag does not fit.
END
}

version_of() { # package
    case $1 in
        askdocs) sed -n 's/^__version__ = "\(.*\)"/\1/p' backend/askdocs/__init__.py ;;
        *) jq -r .version "website/packages/$1/package.json" ;;
    esac
}

# The section of the changelog that a version has, without its heading.
changes() { # version
    awk -v heading="## $1" 'index($0, heading) == 1 { on = 1; next } /^## / { on = 0 } on' CHANGELOG.md
}

check() { # tag
    local package
    for package in askdocs widget docusaurus-plugin; do
        [ "v$(version_of $package)" = "$1" ] || problem "$1 is not the version of $package, which is $(version_of $package)."
    done
    [ -n "$(changes "${1#v}")" ] || problem "CHANGELOG.md has no section ## ${1#v}."
    stop_on_problems 3
    say "$1 is the version of every package."
}

images() { # repository, tag, file
    local target image
    if [ -n "${GITHUB_TOKEN:-}" ] && [ -z "$DRY_RUN" ]; then
        printf '%s' "$GITHUB_TOKEN" | docker login "${1%%/*}" --username "$GITHUB_ACTOR" --password-stdin
    fi
    mkdir -p "$(dirname "$3")"
    [ -n "$DRY_RUN" ] || : > "$3"
    for target in production standalone; do
        image=$1/askdocs:${2#v}
        [ $target = production ] || image+=-$target
        run docker build --file backend/Dockerfile --target $target --build-arg "VERSION=${2#v}" \
            --build-arg "REVISION=$(git rev-parse HEAD)" --tag "$image" .
        run docker push --quiet "$image"
        [ -n "$DRY_RUN" ] || docker inspect --format '{{index .RepoDigests 0}}' "$image" | tee -a "$3"
    done
}

publish() { # tag, folder
    changes "${1#v}" | run gh release create "$1" --verify-tag --title "$1" --notes-file - "$2"/*
}

publish_npm() { # folder
    local tarball
    for tarball in "$1"/*.tgz; do
        run npm publish "$tarball" --access public --provenance
    done
}

action='' argument='' tag='' to=dist/images.txt from=dist
while [ $# -gt 0 ]; do
    case $1 in
        --check | --images | --publish | --npm) action=${1#--} argument=${2:?} && shift 2 ;;
        --tag) tag=${2:?} && shift 2 ;;
        --to) to=${2:?} && shift 2 ;;
        --from) from=${2:?} && shift 2 ;;
        --dry-run) DRY_RUN=1 && shift ;;
        --help | -h) usage && exit 0 ;;
        *) fail 2 "there is no option $1." "scripts/release.sh --help lists them." ;;
    esac
done

case $action in
    check) check "$argument" ;;
    images)
        [ -n "$tag" ] || fail 2 "no --tag is named."
        need_tools docker git && stop_on_problems 2 && images "$argument" "$tag" "$to"
        ;;
    publish) need_tools gh && stop_on_problems 2 && publish "$argument" "$from" ;;
    npm) need_tools npm && stop_on_problems 2 && publish_npm "$argument" ;;
    *) usage >&2 && exit 2 ;;
esac
