#!/usr/bin/env python3
"""run.py PROGRAM SECONDS: starts the program on a free port with data of its
own, puts something of every kind in, and has schemathesis hold the API to its
description for so long. The exit status is schemathesis'."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent


def call(base, method, path, body=None):
    request = urllib.request.Request(base + path, method=method, data=None if body is None else json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        raw = response.read()
        return json.loads(raw) if raw else None


def until(base, path, done, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        item = call(base, "GET", path)
        if item["status"] in done:
            return item
        time.sleep(0.2)
    raise SystemExit(f"{path} is still {item['status']}")


def fill(base):
    """Something of every kind, in every state that routes tell apart."""
    ids = {"runs": [], "heuristics": [], "trajectories": [], "snapshots": [], "experiments": []}
    spec = {"environment": {"name": "maze"}, "purpose": "Find the treasure and take it", "max_steps": 30}
    for seed in (3, 4, 5):
        ids["runs"].append(call(base, "POST", "/api/v1/runs", {**spec, "seed": seed})["id"])
    for run in ids["runs"]:
        until(base, f"/api/v1/runs/{run}", {"finished", "failed"})
    asks = call(base, "POST", "/api/v1/runs", {**spec, "seed": 6, "approval": "every"})["id"]
    until(base, f"/api/v1/runs/{asks}", {"waiting", "paused"})
    paused = call(base, "POST", "/api/v1/runs", {**spec, "seed": 7, "pace": 5})["id"]
    call(base, "POST", f"/api/v1/runs/{paused}/pause")
    ids["runs"] += [asks, paused]
    for n in range(3):
        rule = {"environment": "maze", "tier": "strategic", "title": f"Take key {n} first", "pattern": f"key {n} is here", "strategy": f"take key {n}"}
        ids["heuristics"].append(call(base, "POST", "/api/v1/heuristics", rule)["id"])
    ids["trajectories"] = [t["id"] for t in call(base, "GET", "/api/v1/trajectories")["items"]]
    for name in ("first", "second"):
        ids["snapshots"].append(call(base, "POST", "/api/v1/snapshots", {"name": name})["id"])
    call(base, "POST", "/api/v1/views", {"list": "runs", "name": "failed ones", "query": "q=status:failed"})
    small = {"environment": {"name": "maze"}, "train": 2, "test": 2, "draws": 100, "arms": ["off", "on"]}
    ids["experiments"].append(call(base, "POST", "/api/v1/experiments", small)["id"])
    until(base, f"/api/v1/experiments/{ids['experiments'][0]}", {"finished", "failed"})
    return ids


def main():
    program, seconds = sys.argv[1], sys.argv[2]
    with tempfile.TemporaryDirectory(prefix="contract-") as work:
        env = {k: v for k, v in os.environ.items() if not k.endswith("_API_KEY")}
        log = open(os.path.join(work, "log"), "wb")
        served = subprocess.Popen([program, "serve", "--addr", "127.0.0.1:0", "--data", os.path.join(work, "data")],
                                  stdout=subprocess.PIPE, stderr=log, env=env, text=True)
        try:
            base = re.search(r"http://[^/]+", served.stdout.readline())
            if not base:
                raise SystemExit("the program did not start")
            base = base.group()
            ids = os.path.join(work, "ids.json")
            with open(ids, "w", encoding="utf-8") as f:
                json.dump(fill(base), f)
            result = subprocess.run(
                [os.path.join(os.path.dirname(sys.executable), "schemathesis"), "--config-file", str(HERE / "schemathesis.toml"), "run",
                 base + "/api/openapi.json", "--checks", "all", "--exclude-checks", "use_after_free", "--mode", "all", "--max-time", seconds, "--workers", "1", "--no-color", *sys.argv[3:]],
                env={**env, "CONTRACT_IDS": ids, "PYTHONPATH": str(HERE)}, cwd=work, check=False)
            if served.poll() is not None:
                raise SystemExit(f"the program ended with {served.returncode}:\n" + open(log.name, encoding="utf-8").read()[-4000:])
            return result.returncode
        finally:
            served.terminate()
            served.wait(timeout=60)


if __name__ == "__main__":
    sys.exit(main())
