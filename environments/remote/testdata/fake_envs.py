"""Environments with Gymnasium's interface and without Gymnasium, for the tests of the adapter: python fake_envs.py NAME [OPTIONS]."""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "docs" / "remote"))
from gym_adapter import Adapter, Refused, options_of, serve  # noqa: E402


class Discrete:
    def __init__(self, n, start=0):
        self.n, self.start = n, start


class MultiDiscrete:
    def __init__(self, nvec):
        self.nvec, self.shape = nvec, (len(nvec),)


class MultiBinary:
    def __init__(self, n):
        self.n, self.shape = n, (n,)


class Box:
    def __init__(self, *shape):
        self.shape = shape


class Text:
    pass


class Tuple:
    def __init__(self, *spaces):
        self.spaces = spaces


class Dict:
    def __init__(self, **spaces):
        self.spaces = spaces


class Sequence:
    pass


class Lake:
    """Five cells in a row, a hole at one end and the goal at the other; the first cell is of the seed."""

    action_space, observation_space = Discrete(2), Discrete(5)

    def reset(self, seed=None):
        self.cell = 1 + (seed or 0) % 3
        return self.cell, self.seen()

    def seen(self):
        return {}

    def step(self, action):
        self.cell += 1 if action else -1
        return self.cell, float(self.cell == 4), self.cell in (0, 4), False, self.seen()


class Masked(Lake):
    def seen(self):
        return {"action_mask": [self.cell > 1, 1]}  # never into the hole


class Broken(Lake):
    def step(self, action):
        raise RuntimeError("no wheel turns")


class Nothing(Lake):
    def seen(self):
        return {"action_mask": [0, 0]}


class Cut(Lake):
    """Is cut at its third step, even where it ends there."""

    def reset(self, seed=None):
        self.steps = 0
        return super().reset(seed=seed)

    def step(self, action):
        self.steps += 1
        obs, reward, over, _, info = super().step(action)
        return obs, reward, over, self.steps == 3, info


class Old(Lake):
    """The form of before: four values, and none beside the observation."""

    def reset(self, seed=None):
        self.steps = 0
        return super().reset(seed=seed)[0]

    def step(self, action):
        self.steps += 1
        obs, reward, over, _, _ = super().step(action)
        return obs, reward, over or self.steps == 2, {"TimeLimit.truncated": self.steps == 2 and not over}


class Mission(Lake):
    def reset(self, seed=None):
        self.mission = f"go from {seed}"
        return super().reset(seed=seed)


class Robot:
    """Parts of every kind."""

    action_space = Dict(arm=Discrete(2, start=-1), legs=MultiDiscrete([2, 3]), lamp=MultiBinary(1))
    observation_space = Dict(hand=Tuple(Discrete(9), Discrete(2)), place=Box(2), lamps=MultiBinary(2), note=Text(), weight=Box())

    def reset(self, seed=None):
        self.did = "nothing"
        return self.look(), {}

    def look(self):
        return {"hand": (7, 1), "place": [1.23456, float("nan")], "lamps": [0, 1], "note": self.did, "weight": 3.0}

    def step(self, action):
        self.did = f"arm {action['arm']} legs {list(action['legs'])} lamp {list(action['lamp'])}"
        print("what the environment prints is no answer")
        return self.look(), float("inf"), False, False, {"won": action["arm"] == -1}


class Camera(Lake):
    observation_space = Box(64, 48, 3)


class Wheel(Lake):
    action_space = Box(1)


class Many(Lake):
    action_space = MultiDiscrete([50, 50])


class Odd(Lake):
    observation_space = Sequence()


class Walker(Adapter):
    """Each hook overridden, the actions by the cell that one goes to."""

    description = "A walk."

    def purpose(self, env, obs, info):
        return "walk to the end"

    def actions(self):
        return [{"name": "walk", "params": [{"name": "cell", "type": "string", "role": "passage"}]}]

    def legal(self):
        return [{"name": "walk", "params": {"cell": f"c{self.obs + d}"}} for d in (-1, 1)]

    def perform(self, name, params):
        if params["cell"] not in (f"c{self.obs - 1}", f"c{self.obs + 1}"):
            raise Refused("that is too far")
        return self.env.step(int(params["cell"] == f"c{self.obs + 1}"))

    def state_spec(self):
        return {"place": "/place"}

    def state(self):
        return {"place": f"c{self.obs}"}

    def success(self):
        return self.obs == 4

    def score(self):
        return self.obs / 4


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("env")
    options = options_of(parser)
    options.pop("kwargs")
    name = options.pop("env")
    serve(Lake if name == "Walker" else globals()[name], Walker if name == "Walker" else Adapter, **options)
