"""Prints the greatest probability of reaching the goal within a number of steps: value iteration over the environment's own table.

    python frozenlake_optimum.py 100
"""

import json
import sys

import gymnasium


def optimum(steps):
    table = gymnasium.make("FrozenLake-v1", is_slippery=True).unwrapped.P
    value = dict.fromkeys(table, 0.0)
    for _ in range(steps):  # with so many steps left
        value = {s: max(sum(p * (reward if over else value[then]) for p, then, reward, over in outcomes)
                        for outcomes in by_action.values()) for s, by_action in table.items()}
    return value[0]


if __name__ == "__main__":
    print(json.dumps({"optimum": optimum(int(sys.argv[1]))}))
