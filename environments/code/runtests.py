"""Runs the tests of a task and reports on a channel of its own.

It is started as "python3 -I runtests.py" and reads one line of JSON from its
standard input: {"sign", "root", "tests", "modules" or "script"}. The standard
library comes before the agent's files in the search path, so that a file called
unittest.py replaces nothing. What the agent's code prints goes to the standard
error; the last line of the standard output is the report, with the sign. A
program that ends before it has none.
"""
import json
import os
import runpy
import sys
import traceback
import unittest

order = json.loads(sys.stdin.readline())
report = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
null = os.open(os.devnull, os.O_RDONLY)
os.dup2(null, 0)
sys.path.insert(0, order["tests"])
sys.path.append(order["root"])
os.chdir(order["root"])
sys.dont_write_bytecode = True


class Result(unittest.TextTestResult):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.good = []

    def addSuccess(self, test):
        super().addSuccess(test)
        self.good.append(test.id())


def modules(names):
    suite = unittest.TestLoader().loadTestsFromNames(names)
    total = suite.countTestCases()
    result = unittest.TextTestRunner(stream=sys.stderr, verbosity=2, resultclass=Result).run(suite)
    bad = [str(test.id()) for test, _ in result.failures + result.errors]
    bad += [str(test.id()) for test in result.unexpectedSuccesses]
    skipped = len(result.skipped) + len(result.expectedFailures)
    return {"passed": len(result.good), "total": total - skipped, "failing": bad}


def script(name):
    sys.argv = [os.path.join(order["tests"], name)]
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except BaseException:
        traceback.print_exc(file=sys.stderr)
        return {"passed": 0, "total": 1, "failing": [name]}
    return {"passed": 1, "total": 1, "failing": []}


try:
    said = script(order["script"]) if order.get("script") else modules(order["modules"])
except BaseException:
    traceback.print_exc(file=sys.stderr)
    said = {"passed": 0, "total": 1, "failing": ["the tests could not be loaded"]}
said["sign"] = order["sign"]
sys.stderr.flush()
report.write(json.dumps(said) + "\n")
report.flush()
os._exit(0)
