"""MiniGrid with its own actions: turn left, turn right, step forward, pick up, drop, toggle, done.

The observation is a picture of seven by seven cells before the agent. It is told as what lies in front, what is
carried, which way the agent looks, and each thing in view with where it lies, all from the agent's own eyes.
"""

import anchors  # noqa: F401 finds the adapter
import minigrid  # noqa: F401 registers the environments
from gym_adapter import Adapter, main
from minigrid.core.constants import COLOR_NAMES, IDX_TO_COLOR, IDX_TO_OBJECT

TYPES = ["door", "key", "ball", "box", "goal", "lava"]
DOORS = ["open", "closed", "locked"]
WHERE = ["in_front", "ahead", "ahead_left", "ahead_right", "left", "right"]


def cell(image, x, y):
    kind, colour, state = (int(v) for v in image[x][y])
    return IDX_TO_OBJECT[kind], IDX_TO_COLOR[colour], DOORS[state] if IDX_TO_OBJECT[kind] == "door" else ""


class OwnActions(Adapter):
    description = ("A grid of rooms seen from above, seven by seven cells before the agent. Keys open locked doors of their colour. "
                   "Things are picked up, dropped and toggled in the cell in front.")

    def state_spec(self):
        return {"things": "/things", "vocabulary": {"type": TYPES, "colour": COLOR_NAMES, "state": DOORS, "where": WHERE}}

    def state(self):
        image = self.obs["image"]
        size = len(image)
        me = size // 2, size - 1  # the picture's own place for who looks
        things = {}
        for y in range(size - 1, -1, -1):  # the nearest first
            for x in range(size):
                kind, colour, state = cell(image, x, y)
                if kind not in TYPES or (x, y) == me:
                    continue
                name = unused(things, f"{colour}_{kind}")
                things[name] = {"type": kind, "colour": colour, "where": where(x - me[0], me[1] - y)}
                if state:
                    things[name]["state"] = state
        front = cell(image, me[0], me[1] - 1)
        held = cell(image, *me)
        return {"things": things, "front": "_".join(filter(None, [front[0], front[2]])), "carrying": held[0] if held[0] in TYPES else "nothing",
                "looking": ["east", "south", "west", "north"][int(self.obs["direction"])]}

    def observation(self, state):
        seen = "; ".join(f"a {t['colour']} {t.get('state', '')} {t['type']} {t['where'].replace('_', ' ')}" for t in state["things"].values())
        return f"In front: {state['front'].replace('_', ', ')}. Carrying {state['carrying']}. In view: {seen or 'nothing'}."


def unused(things, name):
    if name not in things:
        return name
    return next(f"{name}_{n}" for n in range(2, 99) if f"{name}_{n}" not in things)


def where(right, ahead):
    if right == 0:
        return "in_front" if ahead == 1 else "ahead"
    side = "right" if right > 0 else "left"
    return side if ahead == 0 else f"ahead_{side}"


if __name__ == "__main__":
    main(OwnActions)
