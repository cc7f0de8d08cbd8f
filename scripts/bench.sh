#!/usr/bin/env bash
# Measures speed and memory. With an argument only the Go benchmarks whose name
# matches it; without one all of them, and the program from outside.
set -euo pipefail
cd "$(dirname "$0")/.."
pattern=${1:-.}
echo "Go benchmarks ($(go version | cut -d' ' -f3-), $(nproc) cores)"
# awk and not grep, so that the status of the pipe is that of the benchmarks.
go test -run '^$' -bench "$pattern" -benchmem ./... 2>&1 | awk '/^(Benchmark|pkg:|FAIL|panic|---)/ || /_test.go:[0-9]+:/'
if [ "$pattern" = . ]; then
  echo
  echo "The program from outside"
  go run ./scripts/loaddriver -binary bin/purpose
fi
