"""MiniGrid with actions on things: go to one, take it, open it, drop what is carried.

Each action is done by the environment's own ones. What was in view once is remembered, as a person would: a map of
what was seen, and no cell more. After each action the agent looks round.
"""

import collections

import anchors  # noqa: F401 finds the adapter
import minigrid  # noqa: F401 registers the environments
from gym_adapter import Adapter, Refused, main
from minigrid.core.constants import COLOR_NAMES
from minigrid_own import DOORS

TYPES = ["door", "key", "ball", "box", "goal"]
REACH = ["in_front", "reachable", "out_of_reach"]
LEFT, RIGHT, FORWARD, PICKUP, DROP, TOGGLE = range(6)
AROUND = [(1, 0), (0, 1), (-1, 0), (0, -1)]  # east, south, west, north: as the environment counts directions


class Things(Adapter):
    description = ("Rooms behind doors. One goes to things, takes those that can be carried, one at a time, opens doors, and drops what one carries. "
                   "A locked door opens to who carries the key of its colour.")

    def actions(self):
        thing = {"name": "thing", "type": "string", "role": "thing"}
        return [{"name": "go_to", "description": "Go next to a thing and face it; into the doorway of an open door.", "params": [thing]},
                {"name": "take", "description": "Take the thing in front.", "params": [thing]},
                {"name": "open", "description": "Open the door or the box in front.", "params": [thing]},
                {"name": "drop", "description": "Put down what is carried."}]

    def state_spec(self):
        return {"things": "/things", "held": "/held", "vocabulary": {"type": TYPES, "colour": COLOR_NAMES, "state": DOORS, "reach": REACH}}

    def reset(self, seed):
        super().reset(seed)
        self.seen, self.ids = {}, {}  # cell → object or None; object → name
        self.look_round()

    # What is seen and remembered.

    def look(self, image):
        """Takes in the cells of a picture that are not hidden by walls."""
        world, size = self.env.unwrapped, len(image)
        (ahead_x, ahead_y), (right_x, right_y) = AROUND[world.agent_dir], AROUND[(world.agent_dir + 1) % 4]
        x, y = self.here()
        for vx, vy in zip(*image[:, :, 0].nonzero()):  # 0 is a cell that is not seen
            ahead, right = size - 1 - int(vy), int(vx) - size // 2
            at = x + ahead * ahead_x + right * right_x, y + ahead * ahead_y + right * right_y
            self.seen[at] = world.grid.get(*at)
            if self.seen[at] is not None and self.seen[at].type in TYPES:
                self.name_of(self.seen[at])

    def look_round(self):
        for _ in AROUND:
            self.do(LEFT)

    def name_of(self, thing):
        if thing not in self.ids:
            name = f"{thing.color}_{thing.type}"
            same = sum(other == name or other.startswith(name + "_") for other in self.ids.values())
            self.ids[thing] = f"{name}_{same + 1}" if same else name
        return self.ids[thing]

    def places(self):
        """Where each thing was last seen; what is carried is nowhere."""
        carried = self.env.unwrapped.carrying
        return {thing: at for at, thing in self.seen.items() if thing in self.ids and thing is not carried}

    def state(self):
        places, ways, front = self.places(), self.ways(), self.front()
        things = {}
        for thing, name in self.ids.items():
            things[name] = {"type": thing.type, "colour": thing.color}
            if thing.type == "door":
                things[name]["state"] = "locked" if thing.is_locked else "open" if thing.is_open else "closed"
            if thing in places:
                at = places[thing]
                things[name]["reach"] = "in_front" if at == front else "reachable" if self.way_to(thing, at, ways) is not None else "out_of_reach"
        carried = self.env.unwrapped.carrying
        return {"things": things, "held": [self.ids[carried]] if carried else []}

    def observation(self, state):
        told = "; ".join(f"{name.replace('_', ' ')} ({', '.join(v for k, v in t.items() if k in ('state', 'reach')) or 'carried'})".replace("_", " ")
                         for name, t in state["things"].items())
        return f"Known: {told or 'nothing'}. Carrying {' '.join(state['held']).replace('_', ' ') or 'nothing'}."

    # What can be done.

    def legal(self):
        places, ways, front = self.places(), self.ways(), self.front()
        carried, out = self.env.unwrapped.carrying, []
        for thing, at in sorted(places.items(), key=lambda item: self.ids[item[0]]):
            names = []
            if at != front and self.here() != at and self.way_to(thing, at, ways) is not None:
                names.append("go_to")
            if at == front and thing.can_pickup() and not carried:
                names.append("take")
            if at == front and (thing.type == "door" and not thing.is_open or thing.type == "box"):
                names.append("open")
            out += [{"name": n, "params": {"thing": self.ids[thing]}} for n in names]
        if carried and self.free_beside() is not None:
            out.append({"name": "drop"})
        return out or [{"name": "drop"}]  # which does nothing with empty hands; a list must not be empty

    def perform(self, name, params):
        self.came, self.gained = (self.obs, 0.0, False, False, {}), 0.0
        named = {n: thing for thing, n in self.ids.items()}
        thing = named.get(params.get("thing"))
        at = self.places().get(thing)
        if name != "drop" and at is None:
            raise Refused(f"there is no {params.get('thing')} to {name.replace('_', ' ')}")
        if name == "go_to":
            self.go(thing, at)
        elif name == "drop":
            free = self.free_beside()
            if self.env.unwrapped.carrying and free is not None:
                self.turn_to(free)
                self.do(DROP)
        else:
            self.ready(thing, at)
            self.do(PICKUP if name == "take" else TOGGLE)
        self.look_round()
        obs, _, terminated, truncated, info = self.came
        return obs, self.gained, terminated, truncated, info

    def ready(self, thing, at):
        """Comes before taking and opening."""
        if at != self.front():
            raise Refused("it is not in front")

    def go(self, thing, at):
        way = self.way_to(thing, at, self.ways())
        if way is None:
            raise Refused("there is no known way to it")
        for cell in way:
            if self.over():  # its time is up on the way
                return
            self.turn_to(cell)
            if cell != at or thing.can_overlap():
                self.do(FORWARD)

    def over(self):
        return self.came is not None and bool(self.came[2] or self.came[3])

    def do(self, action):
        """One action of the environment, unless it is over."""
        if not self.over():
            self.came = self.env.step(action)
            self.gained += float(self.came[1])
        self.look(self.came[0]["image"])

    def begin(self):
        super().begin()
        self.came, self.gained = None, 0.0

    # Ways.

    def here(self):
        return tuple(int(v) for v in self.env.unwrapped.agent_pos)

    def front(self):
        return tuple(int(v) for v in self.env.unwrapped.front_pos)

    def turn_to(self, cell):
        here = self.here()
        wanted = AROUND.index((cell[0] - here[0], cell[1] - here[1]))
        for _ in range((wanted - int(self.env.unwrapped.agent_dir)) % 4):
            self.do(RIGHT)

    def passable(self, cell):
        """Whether it was seen and can be walked on."""
        return cell in self.seen and (self.seen[cell] is None or self.seen[cell].type == "door" and self.seen[cell].is_open)

    def ways(self):
        """Shortest ways over what was seen: cell → the cell before it."""
        before, queue = {self.here(): None}, collections.deque([self.here()])
        while queue:
            at = queue.popleft()
            for dx, dy in AROUND:
                to = at[0] + dx, at[1] + dy
                if to not in before and self.passable(to):
                    before[to] = at
                    queue.append(to)
        return before

    def way_to(self, thing, at, ways):
        """The cells to walk, the thing's own last, which is only faced unless it can be entered; None if there is no way."""
        beside = [c for c in ((at[0] + dx, at[1] + dy) for dx, dy in AROUND) if c in ways]
        if at in ways:
            end = at
            way = []
        elif beside:
            end = min(beside, key=lambda c: (len(self.trace(c, ways)), c))
            way = [at]
        else:
            return None
        return self.trace(end, ways) + way

    @staticmethod
    def trace(cell, ways):
        out = []
        while ways[cell] is not None:
            out.append(cell)
            cell = ways[cell]
        return out[::-1]

    def free_beside(self):
        """A free cell beside, in front if it can be, never a doorway."""
        here = self.here()
        cells = [self.front()] + [(here[0] + dx, here[1] + dy) for dx, dy in AROUND]
        return next((c for c in cells if c in self.seen and self.seen[c] is None), None)


if __name__ == "__main__":
    main(Things)
