#!/usr/bin/env python3
"""Gymnasium-like environments as environments of Purpose: one file, nothing to install but the environment.

It speaks protocol 1 of docs/remote.md. From a terminal:

    purpose run --environment remote --seed 5 --config '{"purpose": "reach the goal",
        "command": ["python3", "gym_adapter.py", "FrozenLake-v1", "--kwargs", "{\\"is_slippery\\": false}"]}'

Over HTTP, for many runs at once and from other machines: add --http 8080, and give {"url": "http://127.0.0.1:8080/"} in place
of the command.

From Python, for anything that has reset(seed=), step(action), action_space and observation_space:

    serve(lambda: MyEnv(), success="terminated and reward > 0")

What the options can't say is said by a subclass of Adapter that overrides one of its hooks: purpose(), actions(),
legal(), perform(), state(), observation(), success(), score(). Hooks see the object itself as self.env.
"""

import argparse
import functools
import itertools
import json
import math
import os
import sys
import threading
import traceback

MAX_PARTS = 64  # of an observation: a state is something that rules speak of, not a picture
MAX_LEGAL = 1000  # actions, as the protocol has it


class Refused(Exception):
    """An action or a task that can't be done; nothing has changed."""


class Unsuitable(Exception):
    """The environment can't be served like this. The message says what to do."""


def is_a(space, *names):
    """Whether a space is of a kind, by its name: no package is needed to know it."""
    return any(c.__name__ in names for c in type(space).__mro__)


def parts_of(space, name=""):
    """Yields each part of a space that holds one value: its name, its own space, its index there, and how to get its value."""
    if is_a(space, "Discrete", "Text"):
        yield name, space, (), lambda v: v
    elif is_a(space, "Dict", "Tuple"):
        for key, inner in space.spaces.items() if is_a(space, "Dict") else enumerate(space.spaces):
            for inner_name, part, index, get in parts_of(inner, joined(name, key)):
                yield inner_name, part, index, lambda v, key=key, get=get: get(v[key])
    elif is_a(space, "MultiDiscrete", "MultiBinary", "Box"):
        shape = tuple(space.shape)
        if math.prod(shape) > MAX_PARTS:
            what = "an image" if len(shape) == 3 else "an array"
            raise Unsuitable(f"the observation {name or 'of this environment'} is {what} of {shape}: {math.prod(shape)} numbers are no state that rules "
                             f"can speak of (at most {MAX_PARTS}). Subclass Adapter and override state(), so that it names what can be seen.")
        for index in itertools.product(*map(range, shape)):
            yield joined(name, *index), space, index, lambda v, index=index: at(v, index)
    else:
        raise Unsuitable(f"a space of the kind {type(space).__name__} is not known here. Subclass Adapter and override state(), or actions(), legal() and perform().")


def joined(*words):
    return "_".join(str(w) for w in words if w != "")


def at(array, index):
    return functools.reduce(lambda inner, i: inner[i], index, array)


def choices_of(space):
    """The parts of a space of actions with the values that each can have: [(name, [values])]."""
    out = []
    for name, part, index, _ in parts_of(space):
        if is_a(part, "Discrete"):
            first, count = int(getattr(part, "start", 0)), int(part.n)
        elif is_a(part, "MultiBinary"):
            first, count = 0, 2
        elif is_a(part, "MultiDiscrete"):
            start = getattr(part, "start", None)
            first, count = 0 if start is None else int(at(start, index)), int(at(part.nvec, index))
        else:
            raise Unsuitable(f"the actions are of the kind {type(part).__name__}, which has no end of values. Subclass Adapter and override "
                             "actions(), legal() and perform(), so that each action has a name.")
        out.append((name, list(range(first, first + count))))
    return out


def rebuilt(space, values):
    """Puts the parts of an action together again, in the order in which parts_of took them apart."""
    if is_a(space, "Discrete"):
        return next(values)
    if is_a(space, "Dict"):
        return {key: rebuilt(inner, values) for key, inner in space.spaces.items()}
    if is_a(space, "Tuple"):
        return tuple(rebuilt(inner, values) for inner in space.spaces)
    flat = [next(values) for _ in range(math.prod(space.shape))]
    try:
        import numpy  # an environment with arrays has it
    except ImportError:
        return flat
    return numpy.array(flat, dtype=getattr(space, "dtype", None)).reshape(space.shape)


class Adapter:
    """One Gymnasium-like object behind protocol 1. make_env() makes it."""

    name = None  # of the program in hello; None: the environment's id, or its class
    description = None  # what an actor is told of the world

    def __init__(self, make_env, *, name=None, description=None, purpose=None, actions=None, parts=None, numbers=None,
                 digits=2, success="terminated and reward > 0", score=None, replay=False):
        self.make_env = make_env
        self.env = make_env()
        self.name = name or self.name or self.default_name()
        self.description = description or self.description
        self.fixed_purpose, self.action_names = purpose, actions
        self.part_names, self.numbers, self.digits = parts, set(numbers or ()), digits
        self.success_rule = compile(success, "the success rule", "eval")
        self.score_rule = compile(score, "the score rule", "eval") if score else None
        self.replay = replay
        self.asked = None  # a second object that only draws purposes
        self.begin()

    # Hooks. All may use self.env, self.obs, self.info, self.reward (of the last step), self.total (of the episode),
    # self.terminated, self.truncated and self.steps.

    def purpose(self, env, obs, info):
        """The purpose of an episode that was just reset; None where the environment says none."""
        mission = getattr(getattr(env, "unwrapped", env), "mission", None)
        return mission if isinstance(mission, str) and mission.strip() else None

    def actions(self):
        """The announced actions: [{"name", "description", "params"}], always the same."""
        choices = choices_of(self.env.action_space)
        if len(choices) == 1 and choices[0][0] in ("", "0"):
            return [{"name": n} for n in self.names_of(choices[0][1])]
        return [{"name": "act", "params": [{"name": self.param(n), "type": "string", "enum": [str(v) for v in values]} for n, values in choices]}]

    def legal(self):
        """What can be done now: [{"name", "params"}]. info["action_mask"] is kept where there is one."""
        choices = choices_of(self.env.action_space)
        masks = self.masks(choices)
        allowed = [[v for v, ok in zip(values, mask) if ok] or values for (_, values), mask in zip(choices, masks)]
        if math.prod(map(len, allowed)) > MAX_LEGAL:
            raise Unsuitable(f"there are {math.prod(map(len, allowed))} actions at once; at most {MAX_LEGAL} can be offered. Subclass Adapter and override actions(), legal() and perform().")
        if len(choices) == 1 and choices[0][0] in ("", "0"):
            names = dict(zip(choices[0][1], self.names_of(choices[0][1])))
            return [{"name": names[v]} for v in allowed[0]]
        params = [self.param(n) for n, _ in choices]
        return [{"name": "act", "params": dict(zip(params, map(str, combination)))} for combination in itertools.product(*allowed)]

    def perform(self, name, params):
        """Does an announced action; returns what step() returns. Raise Refused for what can't be done."""
        choices = choices_of(self.env.action_space)
        if len(choices) == 1 and choices[0][0] in ("", "0"):
            values = [choices[0][1][self.names_of(choices[0][1]).index(name)]]
        else:
            values = [int(params[self.param(n)]) for n, _ in choices]
        return self.env.step(rebuilt(self.env.action_space, iter(values)))

    def state(self):
        """What can be seen, as an object with the same keys in each state.

        A Discrete value is a text, since its numbers are names without an order; --numbers says which are amounts."""
        parts = list(parts_of(self.env.observation_space))
        names = self.part_names or [name if name[:1].isalpha() else joined("observation", name) for name, *_ in parts]
        if len(names) != len(parts):
            raise Unsuitable(f"the observation has {len(parts)} parts and --parts names {len(names)}")
        return {name: self.value(part, get(self.obs), name in self.numbers) for name, (_, part, _, get) in zip(names, parts)}

    def state_spec(self):
        """Where a learner finds things, place, exits and vocabulary: "state" of hello."""
        return {}

    def observation(self, state):
        """What can be seen, in words."""
        return ", ".join(f"{k} {v}" for k, v in state.items()) + "."

    def success(self):
        return bool(eval(self.success_rule, {}, self.facts()))  # noqa: S307 the rule is of whoever starts the program

    def score(self):
        """0 to 1: how much of the purpose is done; None where nobody says."""
        return float(eval(self.score_rule, {}, self.facts())) if self.score_rule else None  # noqa: S307 as above

    # The rest is not meant to be overridden.

    def default_name(self):
        spec = getattr(self.env, "spec", None)
        return "".join(c if c.isalnum() or c in "_.-" else "-" for c in str(getattr(spec, "id", None) or type(self.env).__name__))[:60]

    def facts(self):
        return {"reward": self.reward, "total": self.total, "terminated": self.terminated, "truncated": self.truncated,
                "info": self.info, "steps": self.steps}

    def begin(self):
        self.obs, self.info, self.reward, self.total = None, {}, 0.0, 0.0
        self.terminated = self.truncated = False
        self.steps, self.done_actions, self.seed = 0, [], None

    def names_of(self, values):
        if self.action_names is None:
            return [f"action_{v}" for v in values]
        if len(self.action_names) != len(values):
            raise Unsuitable(f"there are {len(values)} actions and --actions names {len(self.action_names)}")
        return self.action_names

    @staticmethod
    def param(name):
        return name if name[:1].isalpha() else f"a{name}"

    def masks(self, choices):
        mask = self.info.get("action_mask")
        if mask is None:
            return [[1] * len(values) for _, values in choices]
        return [mask] if len(choices) == 1 else list(mask)

    def value(self, part, value, amount):
        if is_a(part, "Text"):
            return str(value)
        if is_a(part, "MultiBinary"):
            return bool(value)
        if is_a(part, "Discrete", "MultiDiscrete"):
            return int(value) if amount else str(int(value))
        value = float(value)
        if not math.isfinite(value):
            return None  # no number that JSON knows
        value = round(value, self.digits)
        return int(value) if value == int(value) else value

    def step(self, name, params):
        """Does an action and keeps what came of it."""
        came = self.perform(name, params)
        if len(came) == 4:  # the older form
            self.obs, reward, self.terminated, self.info = came
            self.truncated = bool(self.info.get("TimeLimit.truncated"))
            self.terminated = bool(self.terminated) and not self.truncated
        else:
            self.obs, reward, self.terminated, self.truncated, self.info = came
        self.reward, self.steps = float(reward), self.steps + 1
        self.total += self.reward
        self.done_actions.append({"name": name, "params": params})

    def reset(self, seed):
        self.begin()
        self.seed = seed
        self.obs, self.info = fresh(self.env, seed)

    def draw(self, seed):
        """The purpose of a seed. It does not touch an episode in progress: a second object is made for it then."""
        if self.fixed_purpose:
            return self.fixed_purpose
        env = self.env
        if self.seed is not None and not self.terminated and not self.truncated:
            env = self.asked = self.asked or self.make_env()
        else:
            self.begin()
        obs, info = fresh(env, seed)
        return self.purpose(env, obs, info)

    def moment(self):
        """What reset and step answer."""
        done = bool(self.terminated)
        state = self.state()
        judge = {"success": bool(self.success()), "score": self.score(), "reward": self.reward if math.isfinite(self.reward) else None}
        if judge["score"] is not None:
            judge["score"] = min(max(judge["score"], 0.0), 1.0) if math.isfinite(judge["score"]) else None
        answer = {"observation": self.observation(state), "state": state, "done": done, "truncated": bool(self.truncated) and not done,
                  "judge": judge, "legal": [] if done or self.truncated else self.legal()}
        if self.replay:
            answer["hidden"] = {"seed": self.seed, "actions": self.done_actions}
        return answer

    def hello(self, request):
        self.reset(0)  # what can't be served is said before the first task
        self.moment()
        self.begin()
        powers = ["legal", "verify"]
        if self.draw(0) is not None:
            powers.append("purpose")
        if self.replay:
            powers.append("restore")
        return {"protocol": 1, "name": self.name, "description": self.description or f"The environment {self.name}.",
                "actions": self.actions(), "state": self.state_spec(), "powers": powers}

    def answer(self, request):
        command = request.get("cmd")
        if command == "hello":
            return self.hello(request)
        if command == "purpose":
            return {"purpose": self.draw(request["seed"])}
        if command == "reset":
            self.reset(request["seed"])
            own = self.fixed_purpose or self.purpose(self.env, self.obs, self.info)
            if own is not None and own.strip() != request["purpose"].strip():
                self.begin()
                raise Refused(f"the purpose of seed {request['seed']} is {own!r}; this environment judges no other")
        elif command == "step":
            self.step(request["action"]["name"], request["action"].get("params") or {})
        elif command == "restore" and self.replay:
            hidden = request.get("hidden") or {}
            if "actions" not in hidden:
                raise Refused("only states that were reached from a seed can be gone on from")
            self.reset(hidden["seed"])
            for action in hidden["actions"]:
                self.step(action["name"], action["params"])
        else:
            return {"error": {"code": "unknown_command", "message": f"there is no command {command!r}"}}
        return self.moment()


def fresh(env, seed):
    """reset(), in its newer and older form."""
    came = env.reset(seed=int(seed) % 2**63)
    return came if isinstance(came, tuple) and len(came) == 2 and isinstance(came[1], dict) else (came, {})


def reply_to(one, request):
    """The answer to a request, as bytes of one line."""
    try:
        reply = one().answer(request)
    except Refused as no:
        reply = {"error": {"code": "invalid", "message": str(no)}}
    except Unsuitable as no:
        reply = {"error": {"code": "unavailable", "message": str(no)}}
    return json.dumps({"id": request["id"], **reply}, allow_nan=False, default=plain).encode()


def serve(make_env, adapter=Adapter, http=None, host="127.0.0.1", **options):
    """Answers requests on standard input until it ends; with http, a port, those of many sessions over HTTP."""
    if http is not None:
        return serve_http(lambda: adapter(make_env, **options), http, host)
    # What the environment prints goes to standard error.
    out, sys.stdout = os.fdopen(os.dup(1), "wb"), sys.stderr
    os.dup2(2, 1)  # also of what is not written in Python
    one = None
    for line in sys.stdin:
        request = json.loads(line)
        if request.get("cmd") == "close":
            break

        def made():
            nonlocal one
            one = one or adapter(make_env, **options)
            return one
        out.write(reply_to(made, request) + b"\n")
        out.flush()


MAX_SESSIONS = 64  # each has an environment of its own; the one that nobody used for longest is dropped
MAX_REQUEST = 16 << 20  # bytes


class Session:
    """One conversation over HTTP. The last answer is kept: a request that comes again is answered by it."""

    def __init__(self, make):
        self.make, self.one, self.lock = make, None, threading.Lock()
        self.last, self.reply = 0, b""

    def made(self):
        self.one = self.one or self.make()
        return self.one

    def answer(self, request):
        with self.lock:  # one request at a time; one that comes again waits for the first
            if request["id"] != self.last:
                self.reply = reply_to(self.made, request)
                self.last = request["id"]
            return self.reply


class Sessions:
    """The sessions by name, the longest unused first."""

    def __init__(self, make):
        self.make, self.all, self.lock = make, {}, threading.Lock()

    def answer(self, request):
        name = request["session"]
        with self.lock:
            if request["cmd"] == "close":
                known = self.all.pop(name, None)
            elif request["cmd"] == "hello":
                known = self.all.pop(name, None) or Session(self.make)
            else:
                known = self.all.pop(name, None)
            if known and request["cmd"] != "close":
                self.all[name] = known  # now the last
            if len(self.all) > MAX_SESSIONS:
                del self.all[next(iter(self.all))]
        if request["cmd"] == "close":
            return json.dumps({"id": request["id"]}).encode()
        if known is None:
            return json.dumps({"id": request["id"], "error": {"code": "no_session", "message": "this server does not know the session; it may have been started again"}}).encode()
        return known.answer(request)


def serve_http(make, port, host):
    """Answers requests over HTTP until it is interrupted: the standard library only. It has no TLS and asks nobody who he is."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    sessions = Sessions(make)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # connections are kept
        disable_nagle_algorithm = True
        wbufsize = -1  # an answer goes out as one piece
        timeout = 300

        def do_POST(self):  # noqa: N802 the name is of the library
            length = self.headers.get("Content-Length", "")
            # A page in a browser can't send this type elsewhere without asking first, which is not answered here.
            if self.headers.get_content_type() != "application/json":
                return self.end(415, b"send application/json")
            if not length.isdigit() or int(length) > MAX_REQUEST:
                return self.end(413, b"send a length of at most 16 MiB")
            try:
                request = json.loads(self.rfile.read(int(length)))
                request["session"][0], request["cmd"][0], int(request["id"])
            except (ValueError, TypeError, KeyError, IndexError) as wrong:
                return self.end(400, f"this is no request of protocol 1 over HTTP: {wrong!r}".encode())
            try:
                self.end(200, sessions.answer(request))
            except Exception as broken:  # the environment's own; other sessions go on
                traceback.print_exc()
                self.end(200, json.dumps({"id": request["id"], "error": {"code": "no_session", "message": f"the environment broke: {broken!r}"}}).encode())
                sessions.answer({"id": 0, "cmd": "close", "session": request["session"]})

        def end(self, status, body):
            self.send_response(status)
            self.send_header("Content-Type", "application/json" if status == 200 else "text/plain")
            self.send_header("Content-Length", str(len(body)))
            if status != 200:
                self.close_connection = True
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    print(f"serving protocol 1 at http://{host}:{server.server_address[1]}/", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


def plain(value):
    """A number of a library as one of Python."""
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} is nothing that JSON knows")


def options_of(parser, words=None):
    """Adds the options that each Adapter has, and reads them."""
    parser.add_argument("--kwargs", type=json.loads, default={}, help="arguments of gymnasium.make, as a JSON object")
    parser.add_argument("--name", help="of the program in hello; rules of one name are not used under another")
    parser.add_argument("--description", help="what an actor is told of the world")
    parser.add_argument("--purpose", help="of every task, where the environment has no mission of its own")
    parser.add_argument("--actions", type=names, help="names of the discrete actions, with commas")
    parser.add_argument("--parts", type=names, help="names of the parts of an observation, with commas")
    parser.add_argument("--numbers", type=names, help="parts with discrete values that are amounts, not names")
    parser.add_argument("--digits", type=int, default=2, help="to which numbers are rounded")
    parser.add_argument("--success", default="terminated and reward > 0", help="of reward, total, terminated, truncated, info, steps")
    parser.add_argument("--score", help="0 to 1, of the same")
    parser.add_argument("--replay", action="store_true", help="the environment is deterministic from its seed: go on from a state by doing its actions again")
    parser.add_argument("--http", type=int, metavar="PORT", help="serve many sessions over HTTP instead of one on standard input; 0 takes any free port")
    parser.add_argument("--host", default="127.0.0.1", help="the address that --http listens at; there is no TLS and no password")
    return vars(parser.parse_args(words))


def names(text):
    return [word.strip() for word in text.split(",")]


def main(adapter=Adapter):
    """The command line, also for the file of a subclass: main(MyAdapter)."""
    parser = argparse.ArgumentParser(description="Serves a Gymnasium environment to Purpose by protocol 1.")
    parser.add_argument("id", help="such as FrozenLake-v1, or a module and an id: my_package:MyEnv-v0")
    options = options_of(parser)
    import gymnasium
    identifier, kwargs = options.pop("id"), options.pop("kwargs")
    serve(lambda: gymnasium.make(identifier, **kwargs), adapter, **options)


if __name__ == "__main__":
    main()
