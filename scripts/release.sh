#!/usr/bin/env bash
# Builds the program for Linux and macOS without a C compiler, so that each binary
# is static and any machine can build all of them: dist/purpose-VERSION-OS-ARCH.tar.gz
# with licence and notices, and dist/SHA256SUMS. It builds a checkout of the commit, not
# the files as they lie here, so that the same commit gives the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1:?usage: release.sh VERSION}
case $version in *-dirty) echo "release: there are uncommitted changes" >&2; exit 1 ;; esac
rm -rf dist
mkdir dist
dist=$PWD/dist
time=$(git log -1 --format=%ct)
checkout=$(mktemp -d)
trap 'git -C "$dist/.." worktree remove --force "$checkout/purpose"; rmdir "$checkout"' EXIT
git worktree add --quiet --detach "$checkout/purpose" HEAD
cd "$checkout/purpose"
for target in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64; do
  name=purpose-$version-${target/\//-}
  mkdir "$dist/$name"
  CGO_ENABLED=0 GOOS=${target%/*} GOARCH=${target#*/} \
    go build -trimpath -tags purego -ldflags "-s -w -X main.version=$version" -o "$dist/$name/purpose" ./cmd/web
  cp LICENSE THIRD_PARTY_NOTICES.txt README.md CHANGELOG.md "$dist/$name/"
  tar -C "$dist" --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --mtime="@$time" -c "$name" | gzip -n9 >"$dist/$name.tar.gz"
  rm -r "${dist:?}/$name"
done
(cd "$dist" && sha256sum ./*.tar.gz | sed 's| \./| |' >SHA256SUMS && cat SHA256SUMS)
