#!/usr/bin/env bash
# contract.sh [SECONDS]: holds the API to its OpenAPI description with generated
# requests, for 180 s if not told otherwise. Schemathesis, its version pinned in
# scripts/contract/requirements.txt, is installed once into a venv of its own
# (CONTRACT_HOME). PURPOSE names the program; without it, it is built.
set -euo pipefail
cd "$(dirname "$0")/.."
home=${CONTRACT_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/agent-contract}
pin=$(sha256sum scripts/contract/requirements.txt | cut -c1-12)
mkdir -p "$home"
exec 9>"$home/lock" # one installs, another that runs beside it waits
flock 9
if [ ! -e "$home/$pin/.ok" ]; then
  rm -rf "${home:?}/$pin"
  python3 -m venv "$home/$pin"
  "$home/$pin/bin/pip" install -q -r scripts/contract/requirements.txt
  touch "$home/$pin/.ok"
fi
exec 9>&-
program=${PURPOSE:-}
if [ -z "$program" ]; then
  program=$(mktemp -d)/purpose
  trap 'rm -rf "$(dirname "$program")"' EXIT
  go build -o "$program" ./cmd/web
fi
"$home/$pin/bin/python" scripts/contract/run.py "$(realpath "$program")" "${1:-180}" "${@:2}"
