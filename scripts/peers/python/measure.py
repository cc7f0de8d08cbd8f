"""Measures a piece of work in a program of its own, as work/work.go does."""

import argparse
import gc
import json
import os
import resource
import time


def _processor():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _handed_over():
    try:
        with open("/proc/self/io") as file:
            for line in file:
                if line.startswith("wchar: "):
                    return int(line[len("wchar: "):])
    except OSError:
        pass
    return 0


def _repeat(during, operation):
    units, began = 0, time.perf_counter()
    while units == 0 or time.perf_counter() - began < during:
        done = operation()
        if done < 1:
            raise RuntimeError("an operation did nothing")
        units += done
    return units


def _size(folder):
    return sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(folder) for name in names)


def main(begin):
    """Measures what the command line asks for with the operation that begin makes
    of it: begin(job) returns (operation, closing); an operation returns how many
    units of work it did."""
    parser = argparse.ArgumentParser()
    for name in ("work", "form", "folder", "server", "input"):
        parser.add_argument("-" + name, default="")
    parser.add_argument("-steps", type=int, default=0)
    parser.add_argument("-for", dest="during", default="0s")
    job = parser.parse_args()
    during = float(job.during.removesuffix("s"))
    if job.input:
        with open(job.input) as file:
            job.input = json.load(file)
    operation, closing = begin(job)
    warm = _repeat(during / 3, operation)
    gc.collect()
    began, cpu, written = time.perf_counter(), _processor(), _handed_over()
    units = _repeat(during, operation)
    result = {
        "units": units,
        "cpu_ns": (_processor() - cpu) * 1e9 / units,
        "wall_ns": (time.perf_counter() - began) * 1e9 / units,
        "written": (_handed_over() - written) / units,
        "kept": 0,
    }
    closing()
    if job.folder:
        result["kept"] = _size(job.folder) / (units + warm)
    print(json.dumps(result))
