#!/usr/bin/env bash
# Fuzzes each parser for a while (FUZZTIME, default 1m each) and repeats the
# tests (COUNT, default 5), in changing order. Between the two it kills the program
# under load (KILLS times, default 200).
set -euo pipefail
cd "$(dirname "$0")/.."
for package in $(go list ./...); do
  for target in $(go test -list '^Fuzz' "$package" 2>/dev/null | grep '^Fuzz' || true); do
    echo "== $package $target"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-1m}" "$package"
  done
done
KILLS="${KILLS:-200}" go test -run TestKillsLoseNothing -v -count 1 -timeout 120m ./cmd/web | grep -v level=
go test -race -shuffle=on -count "${COUNT:-5}" -timeout 60m ./...
