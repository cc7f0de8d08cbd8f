"""Serves a GGUF model over llama.cpp's own OpenAI-compatible HTTP server.

llm_server.py PORT FILE NAME: listens on loopback only (port 0: any free one),
prints "listening http://HOST:PORT" when the address is known, and runs until
SIGTERM or until standard input closes, so that it can't outlive its parent.
N_CTX, N_PARALLEL and N_THREADS are read from the environment.
"""

import os
import signal
import sys
import threading

import xllamacpp

port, gguf, name = int(sys.argv[1]), sys.argv[2], sys.argv[3]
p = xllamacpp.CommonParams()
p.model.path = gguf
p.model_alias = {name}
p.hostnames, p.port = ["127.0.0.1"], port
p.n_parallel = int(os.environ.get("N_PARALLEL", "1"))
p.n_ctx = int(os.environ.get("N_CTX", "2048")) * p.n_parallel  # split over the slots
p.cpuparams.n_threads = p.cpuparams_batch.n_threads = int(os.environ.get("N_THREADS", "1"))
p.use_jinja, p.offline, p.ui = True, True, False
p.cache_ram_mib = 256
server = xllamacpp.Server(p)
print("listening", server.listening_address, flush=True)


def leave(*_):
    os._exit(0)


def watch():
    sys.stdin.buffer.read()
    leave()


signal.signal(signal.SIGTERM, leave)
if os.environ.get("WATCH_STDIN") == "1":
    threading.Thread(target=watch, daemon=True).start()
while True:
    signal.pause()
