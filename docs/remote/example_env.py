#!/usr/bin/env python3
"""A greenhouse as an environment of Purpose: Python's standard library only.

It speaks protocol 1 of docs/remote.md: one JSON object a line on standard
input, one on standard output. Try it by hand:

    echo '{"id":1,"cmd":"hello","protocol":1}' | python3 example_env.py

The world: a tray of seedlings, each of a species. Every species takes root in
one certain soil only and, once rooted, grows in one certain light only. Which
ones is secret, and drawn from the number of the world. A customer asks for a
grown plant of one species. Nothing tells how near the goal is: there is only
success, at the very end.
"""

import json
import random
import sys

SPECIES = ["fern", "cactus", "orchid", "tomato"]
SOILS = ["sand", "peat", "loam"]
LIGHTS = ["sun", "shade", "lamp"]
STAGES = ["seedling", "rooted", "grown", "sold"]
TRAY = 6


class Refused(Exception):
    """An action that can't be done here; nothing has changed."""


class Greenhouse:
    """One world. All of an episode is in its state, so it is stateless."""

    def __init__(self, world, split):
        secret = random.Random(f"greenhouse {world}")
        self.world, self.split = world, split
        self.soil = {s: secret.choice(SOILS) for s in SPECIES}
        self.light = {s: secret.choice(LIGHTS) for s in SPECIES}

    def hello(self):
        plant = {"name": "plant", "type": "string", "role": "thing", "description": "such as plant1"}
        return {
            "protocol": 1,
            "name": "greenhouse",
            "description": "A greenhouse raises one plant for one customer. A seedling is potted in a soil, then the "
            "rooted plant is put in a light. Each species takes root in one certain soil only, and loses its roots in "
            "any light but one. A grown plant of the right species can be delivered.",
            "dynamics": f"world-{self.world}",  # what is learned in one world is not used in another
            "actions": [
                {"name": "pot", "description": "Pot a seedling.",
                 "params": [{"name": "soil", "type": "string", "enum": SOILS}, plant]},
                {"name": "place", "description": "Put a rooted plant in a light.",
                 "params": [{"name": "light", "type": "string", "enum": LIGHTS}, plant]},
                {"name": "deliver", "description": "Offer a plant to the customer.", "params": [plant]},
            ],
            "state": {"things": "/plants", "vocabulary": {"species": SPECIES, "stage": STAGES}},
            "powers": ["legal", "verify", "stateless", "purpose"],
        }

    def purpose(self, seed):
        draw = random.Random(f"{self.world} {self.split} order {seed}")
        species = draw.choice(SPECIES)
        return {"purpose": f"raise {'an' if species[0] in 'aeiou' else 'a'} {species}"}

    def reset(self, purpose, seed):
        wanted = [s for s in SPECIES if s in purpose.lower().split()]
        if len(wanted) != 1:
            raise Refused(f"the purpose must name one of {', '.join(SPECIES)}, such as: raise a fern")
        draw = random.Random(f"{self.world} tray {purpose} {seed}")
        tray = wanted * 2 + [draw.choice(SPECIES) for _ in range(TRAY - 2)]
        draw.shuffle(tray)
        plants = {f"plant{i + 1}": {"species": s, "stage": "seedling"} for i, s in enumerate(tray)}
        return self.moment(plants, wanted[0], "The order has come in.")

    def step(self, action, state, hidden):
        plants, wanted = state["plants"], hidden["wanted"]
        name, params = action["name"], action["params"]
        plant = plants.get(params["plant"])
        if plant is None:
            raise Refused(f"there is no {params['plant']}; the plants are {', '.join(plants)}")
        species, stage = plant["species"], plant["stage"]
        if name == "pot" and stage == "seedling":
            plant["stage"] = "rooted" if params["soil"] == self.soil[species] else "seedling"
        elif name == "place" and stage == "rooted":
            plant["stage"] = "grown" if params["light"] == self.light[species] else "seedling"
        elif name == "deliver" and stage == "grown" and species == wanted:
            plant["stage"] = "sold"
        elif name == "deliver":
            return self.moment(plants, wanted, "The customer does not want that.")
        else:
            raise Refused(f"{name} can't be done to a {stage} {species}")
        return self.moment(plants, wanted, f"The {species} is {'a' if plant['stage'] == 'seedling' else 'now'} {plant['stage']}.")

    def moment(self, plants, wanted, last):
        """What reset and step answer."""
        sold = any(p["stage"] == "sold" for p in plants.values())
        legal = []
        for i, p in plants.items():
            if p["stage"] == "seedling":
                legal += [{"name": "pot", "params": {"soil": s, "plant": i}} for s in SOILS]
            elif p["stage"] == "rooted":
                legal += [{"name": "place", "params": {"light": x, "plant": i}} for x in LIGHTS]
            legal.append({"name": "deliver", "params": {"plant": i}})
        seen = ", ".join(f"{i} ({p['species']}, {p['stage']})" for i, p in plants.items())
        return {
            "observation": f"{last} On the tray: {seen}.",
            "state": {"plants": plants, "last": last},
            "legal": [] if sold else legal,
            "done": sold,
            "hidden": {"wanted": wanted},  # given back with the next step; no actor sees it
            "judge": {"success": sold},  # no actor sees this either
        }


def answer(world, request):
    """Returns the world and the answer to one request."""
    cmd = request.get("cmd")
    if cmd == "hello":
        world = Greenhouse(request.get("world", 1), request.get("split", "train"))
        return world, world.hello()
    if cmd == "purpose":
        return world, world.purpose(request["seed"])
    if cmd == "reset":
        return world, world.reset(request["purpose"], request["seed"])
    if cmd == "step":
        return world, world.step(request["action"], request["state"], request["hidden"])
    return world, {"error": {"code": "unknown_command", "message": f"there is no command {cmd!r}"}}


def main():
    world = None
    for line in sys.stdin:  # ends with standard input, also if Purpose was killed
        request = json.loads(line)
        if request.get("cmd") == "close":
            break
        try:
            world, reply = answer(world, request)
        except Refused as no:
            reply = {"error": {"code": "invalid", "message": str(no)}}
        reply["id"] = request["id"]
        # flush: a line that stays in a buffer is an answer that never comes
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
