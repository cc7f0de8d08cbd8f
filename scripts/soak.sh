#!/usr/bin/env bash
# Fuzzes each parser for a while (FUZZTIME, default 1m each), kills the program
# under load (KILLS times, default 200) and after every pair of wishes, plays
# EPISODES (default 500) in worlds that start programs and counts what they leave, holds the
# API to its description for an hour (CONTRACT_SECONDS) and repeats the tests
# (COUNT, default 5), in changing order.
set -euo pipefail
cd "$(dirname "$0")/.."
for package in $(go list ./...); do
  for target in $(go test -list '^Fuzz' "$package" 2>/dev/null | grep '^Fuzz' || true); do
    echo "== $package $target"
    # The fuzzer shortens what it finds interesting, by default for a minute each,
    # and counts none of that as fuzzing.
    go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-1m}" -fuzzminimizetime 50x "$package"
  done
done
KILLS="${KILLS:-200}" go test -run TestKillsLoseNothing -v -count 1 -timeout 120m ./cmd/web | grep -v level=
KILLS="${KILLS:-200}" PURPOSE_TEST_DATABASE=postgres go test -run TestKillsLoseNothing -v -count 1 -timeout 120m ./cmd/web | grep -v level=
PAIRS=all PURPOSE_TEST_DATABASE=postgres go test -count 1 -timeout 60m ./models ./internal/engine
PAIRS=all go test -run TestEveryPairOfWishesAcrossAKill -v -count 1 -timeout 20m ./cmd/web | grep -v level=
EPISODES="${EPISODES:-500}" go test -run TestManyAtOnce -count 1 -timeout 30m ./environments/...
./scripts/contract.sh "${CONTRACT_SECONDS:-3600}"
go test -race -shuffle=on -count "${COUNT:-5}" -timeout 60m ./...
go test -shuffle=on -count "${COUNT:-5}" -timeout 60m ./... # with the tests of learning that are too long for the race detector
