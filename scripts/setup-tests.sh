#!/usr/bin/env bash
# Installs what the tests need beyond Go, gcc, make and git, where it is missing:
# a Chromium for the browser tests, Python's venv for the model server that
# scripts/llm-server.sh runs, bubblewrap for workspaces of agents' programs, PostgreSQL, and the
# proxies of docs/proxy.md, which the tests start themselves: no service of the
# system is started. A piece that can't be installed fails here.
set -euo pipefail

need=()
command -v chromium >/dev/null || need+=(chromium)
command -v python3 >/dev/null || need+=(python3 python3-venv python3-pip)
python3 -c 'import venv, ensurepip' 2>/dev/null || need+=(python3-venv python3-pip)
command -v curl >/dev/null || need+=(curl)
command -v bwrap >/dev/null || need+=(bubblewrap)
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || need+=(postgresql)
for proxy in nginx caddy apache2; do
  PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$proxy" >/dev/null && continue
  [ "$proxy" = apache2 ] && proxy=apache2-bin # without the service
  need+=("$proxy")
done
[ ${#need[@]} -eq 0 ] && exit 0

sudo=()
[ "$(id -u)" -eq 0 ] || sudo=(sudo)
if ! command -v apt-get >/dev/null; then
  echo "The tests need: ${need[*]}. Install them with your system's package manager and run make test again." >&2
  exit 1
fi
"${sudo[@]}" apt-get update -qq
# Packages of servers start what they install, unless this says no.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap '"${sudo[@]}" rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee "$policy" >/dev/null
  "${sudo[@]}" chmod 755 "$policy"
fi
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${need[@]}"
# Nor at the next start of the machine.
if [ -d /run/systemd/system ]; then
  for service in nginx caddy postgresql; do
    if [[ " ${need[*]} " == *" $service "* ]]; then "${sudo[@]}" systemctl disable --now --quiet "$service"; fi
  done
fi
