#!/usr/bin/env bash
# Fuzzes each parser for a while (FUZZTIME, default 1m each) and repeats the
# tests (COUNT, default 5), in changing order.
set -euo pipefail
cd "$(dirname "$0")/.."
for package in $(go list ./...); do
  for target in $(go test -list '^Fuzz' "$package" 2>/dev/null | grep '^Fuzz' || true); do
    echo "== $package $target"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-1m}" "$package"
  done
done
go test -race -shuffle=on -count "${COUNT:-5}" -timeout 60m ./...
