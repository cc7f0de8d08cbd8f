"""As minigrid_own, with a memory: what was in view once is still told of, from where the agent stands now."""

from minigrid_own import TYPES, WHERE, OwnActions, cell, main, unused

AROUND = [(1, 0), (0, 1), (-1, 0), (0, -1)]  # east, south, west, north: as the environment counts directions


class Remembering(OwnActions):
    def state_spec(self):
        spec = super().state_spec()
        spec["vocabulary"]["where"] = WHERE + ["behind", "behind_left", "behind_right"]
        return spec

    def begin(self):
        super().begin()
        self.seen, self.looked = {}, -1  # cell → (type, colour, state)

    def look(self):
        """Takes in the picture, once a step. Where the agent stands it counts itself, from where it began."""
        if self.looked == self.steps:
            return
        self.looked = self.steps
        image, (x, y) = self.obs["image"], self.here()
        ahead, right = AROUND[self.obs["direction"]], AROUND[(self.obs["direction"] + 1) % 4]
        size = len(image)
        for vx, vy in zip(*image[:, :, 0].nonzero()):  # 0 is a cell that is not seen
            a, r = size - 1 - int(vy), int(vx) - size // 2
            if a == r == 0:
                continue
            at = x + a * ahead[0] + r * right[0], y + a * ahead[1] + r * right[1]
            self.seen[at] = cell(image, vx, vy)

    def here(self):
        return tuple(int(v) for v in self.env.unwrapped.agent_pos)

    def state(self):
        self.look()
        state, (x, y) = super().state(), self.here()
        ahead, right = AROUND[self.obs["direction"]], AROUND[(self.obs["direction"] + 1) % 4]
        things = {}
        known = [(abs(at[0] - x) + abs(at[1] - y), at, what) for at, what in self.seen.items() if what[0] in TYPES]
        for _, at, (kind, colour, door) in sorted(known):
            dx, dy = at[0] - x, at[1] - y
            if (dx, dy) == (0, 0):
                continue
            name = unused(things, f"{colour}_{kind}")
            things[name] = {"type": kind, "colour": colour, "where": where(dx * right[0] + dy * right[1], dx * ahead[0] + dy * ahead[1])}
            if door:
                things[name]["state"] = door
        state["things"] = things
        return state


def where(right, ahead):
    side = "" if right == 0 else "right" if right > 0 else "left"
    if ahead > 0:
        return "in_front" if (right, ahead) == (0, 1) else "_".join(filter(None, ["ahead", side]))
    return "_".join(filter(None, ["behind", side])) if ahead < 0 else side


if __name__ == "__main__":
    main(Remembering)
