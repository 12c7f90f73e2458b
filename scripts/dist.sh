#!/usr/bin/env bash
# Packs what people install into one folder: wheels, source archive, npm tarballs, bills of materials, checksums.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib.sh
. scripts/lib.sh

usage() {
    cat << 'END'
Usage: scripts/dist.sh [--to DIR] [--packages-only] [--repository URL]

Packs askdocs (wheel and source archive), askdocs-minilm (wheel, with the keyless model), docusaurus-plugin-askdocs and
askdocs-widget (npm tarballs). `make dist` builds the widget and the plugin first. The same commit gives the same bytes:
times inside are those of the commit, or of SOURCE_DATE_EPOCH.

  --to DIR          folder to write to, made anew (default: dist)
  --packages-only   no bills of materials
  --repository URL  named in the npm packages; their provenance is only taken with it
  --dry-run         say what would be run
  --help            this

Exit codes: 0 done, 1 failed, 2 wrong input, 4 something has not been built.
END
}

to=dist
sbom=yes
repository=''
while [ $# -gt 0 ]; do
    case $1 in
        --to) to=${2:?} && shift 2 ;;
        --repository) repository=${2:?} && shift 2 ;;
        --packages-only) sbom='' && shift ;;
        --dry-run) DRY_RUN=1 && shift ;;
        --help | -h) usage && exit 0 ;;
        *) fail 2 "there is no option $1." "scripts/dist.sh --help lists them." ;;
    esac
done

need_tools npm sha256sum .venv/bin/python
stop_on_problems 2
for built in widget/dist/askdocs.js docusaurus-plugin/widget/askdocs.js docusaurus-plugin/lib/index.js; do
    [ -f "website/packages/$built" ] || fail 4 "website/packages/$built has not been built." "Run: make dist"
done

# The tree stays as it is: what is named for this packing alone is taken back.
pack_npm() {
    local kept package
    temporary_folder kept
    if [ -n "$repository" ] && [ -z "$DRY_RUN" ]; then
        cp website/packages/widget/package.json "$kept/widget.json"
        cp website/packages/docusaurus-plugin/package.json "$kept/docusaurus-plugin.json"
        npm --prefix website pkg set --workspaces repository.type=git "repository.url=git+$repository.git"
    fi
    run env --chdir=website npm pack --silent --workspaces --pack-destination "$to" > /dev/null
    for package in widget docusaurus-plugin; do
        [ ! -f "$kept/$package.json" ] || cp "$kept/$package.json" "website/packages/$package/package.json"
    done
}

to=$(realpath -m "$to")
python=$PWD/.venv/bin/python
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
[ -n "$DRY_RUN" ] || { rm -rf "$to" && mkdir -p "$to"; }

run env --chdir=backend "$python" -m hatchling build --target wheel --target sdist --directory "$to" >&2
run env --chdir=backend/minilm "$python" -m hatchling build --target wheel --directory "$to" >&2
pack_npm
[ -z "$sbom" ] || run scripts/sbom.sh --to "$to"
say "  $ sha256sum * > SHA256SUMS"
[ -n "$DRY_RUN" ] || (cd "$to" && sha256sum -- * > SHA256SUMS.draft && mv SHA256SUMS.draft SHA256SUMS && ls -lh)
