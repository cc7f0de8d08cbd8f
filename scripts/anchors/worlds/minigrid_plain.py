"""As minigrid_things, told with less: what things are, what is held, and what is in front.

To take or open a thing is to go there first. Nothing says what can be reached but the list of what can be done.
"""

import anchors  # noqa: F401 finds the adapter
from gym_adapter import main
from minigrid_own import DOORS
from minigrid_things import COLOR_NAMES, TYPES, Things


class Plain(Things):
    def state_spec(self):
        return {"things": "/things", "held": "/held", "place": "/place", "vocabulary": {"type": TYPES, "colour": COLOR_NAMES, "state": DOORS}}

    def state(self):
        full, front = super().state(), self.front()
        for thing in full["things"].values():
            thing.pop("reach", None)
        full["place"] = next((self.ids[thing] for thing, at in self.places().items() if at == front), "open_floor")
        return full

    def observation(self, state):
        told = ", ".join(f"{name.replace('_', ' ')}{' (' + t['state'] + ')' if 'state' in t else ''}" for name, t in state["things"].items())
        return f"Known: {told or 'nothing'}. In front: {state['place'].replace('_', ' ')}. Carrying {' '.join(state['held']).replace('_', ' ') or 'nothing'}."

    def legal(self):
        ways, front, carried, out = self.ways(), self.front(), self.env.unwrapped.carrying, []
        for thing, at in sorted(self.places().items(), key=lambda item: self.ids[item[0]]):
            near = at == front
            if at == self.here() or not near and self.way_to(thing, at, ways) is None:
                continue
            names = [] if near else ["go_to"]
            if thing.can_pickup() and not carried:
                names.append("take")
            if thing.type == "door" and not thing.is_open or thing.type == "box":
                names.append("open")
            out += [{"name": n, "params": {"thing": self.ids[thing]}} for n in names]
        if carried and self.free_beside() is not None:
            out.append({"name": "drop"})
        return out or [{"name": "drop"}]

    def ready(self, thing, at):
        if at != self.front():
            self.go(thing, at)


if __name__ == "__main__":
    main(Plain)
