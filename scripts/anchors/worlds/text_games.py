"""TextWorldExpress (it needs Java): text games whose sentences are told as things in sight.

    python text_games.py twc numLocations=3,numItemsToPutAway=2,includeDoors=0,limitInventorySize=0 --steps 50

Training tasks are games of its fold "train", test tasks those of "test".
"""

import argparse
import re

import anchors  # noqa: F401 finds the adapter
from gym_adapter import Adapter, Refused, options_of, serve
from textworld_express import TextWorldExpressEnv

DIRECTIONS = ["north", "south", "east", "west"]


class Game:
    """The package's object with the form of Gymnasium's."""

    def __init__(self, name, settings, steps):
        self.inner, self.steps, self.fold = TextWorldExpressEnv(envStepLimit=10 * steps), steps, "train"
        self.inner.load(gameName=name, gameParams=settings)
        self.seeds = {"train": self.inner.getValidSeedsTrain(), "test": self.inner.getValidSeedsTest()}

    def reset(self, seed):
        seeds = self.seeds[self.fold]
        self.done_steps = 0
        _, info = self.inner.reset(seed=seeds[seed % len(seeds)], gameFold=self.fold, generateGoldPath=False)
        return info["look"], info

    def step(self, action):
        self.done_steps += 1
        _, reward, _, info = self.inner.step(action)
        over = info["tasksuccess"] or info["taskfailure"] or info["score"] >= 1
        return info["look"], reward, over, not over and self.done_steps >= self.steps, info


class TextGame(Adapter):
    description = ("Rooms with furniture, and objects that lie about. Objects are taken and put where they usually belong; what is closed must be opened first. "
                   "Nobody says where an object belongs.")

    def hello(self, request):
        self.env.fold = "test" if request.get("split") == "test" else "train"
        return super().hello(request)

    def purpose(self, env, obs, info):
        return info["taskDescription"]

    def actions(self):
        def thing(name):
            return {"name": name, "type": "string", "role": "thing"}
        return [{"name": "take", "params": [thing("object")]}, {"name": "put", "params": [thing("object"), thing("target")]},
                {"name": "open", "params": [thing("object")]}, {"name": "close", "params": [thing("object")]},
                {"name": "move", "params": [{"name": "direction", "type": "string", "enum": DIRECTIONS, "role": "passage"}]}]

    def state_spec(self):
        return {"things": "/things", "held": "/held", "place": "/place", "exits": "/exits", "vocabulary": {"is": ["open", "closed"]}}

    def legal(self):
        """The game's own list; looking round and at what is carried show nothing that the state has not."""
        out = []
        for text in sorted(self.info["validActions"]):
            name, _, rest = text.partition(" ")
            if name == "put":
                thing, _, target = rest.partition(" in ")
                out.append({"name": name, "params": {"object": thing, "target": target}})
            elif name in ("take", "open", "close"):
                out.append({"name": name, "params": {"object": rest}})
            elif name == "move":
                out.append({"name": name, "params": {"direction": rest}})
        return out

    def perform(self, name, params):
        text = f"{name} {' in '.join(params.values())}" if name != "put" else f"put {params['object']} in {params['target']}"
        if text not in self.info["validActions"]:
            raise Refused(f"one can't {text} here")
        return self.env.step(text)

    def state(self):
        things, exits, place = {}, {}, re.match(r"You are in the (.*?)\.", self.obs)
        for sentence in re.split(r"(?<=\.)\s+", self.obs.strip())[1:]:
            if found := re.match(r"To the (\w+) you see the (.*)\.", sentence):
                exits[found[1].lower()] = {"to": found[2]}
            elif found := re.match(r"(?:In (?:one|another) part of the room you see|There is also|You also see) (.*)\.", sentence):
                self.tell(things, found[1])
        held = [without_article(line.strip()) for line in self.info["inventory"].splitlines()[1:] if "empty" not in line and line.strip()]
        for name in held:
            things[name] = described(name, "held")
        return {"place": place[1] if place else "somewhere", "things": things, "held": held, "exits": exits}

    @staticmethod
    def tell(things, text):
        """Takes in what one sentence shows: a thing, whether it is open, and what is on or in it."""
        found = (re.match(r"(?P<name>.*) that is (?P<how>closed)$", text) or re.match(r"(?P<name>.*), that has nothing on it$", text)
                 or re.match(r"(?P<how>an open) (?P<name>.*), that is empty$", text, re.IGNORECASE)
                 or re.match(r"(?P<how>an open) (?P<name>.*), that contains (?P<what>.*)$", text, re.IGNORECASE)
                 or re.match(r"(?P<name>.*) that has (?P<what>.*) on it$", text) or re.match(r"(?P<name>.*)$", text))
        parts = found.groupdict()
        name = without_article(parts["name"])
        things[name] = described(name, "room")
        if parts.get("how"):
            things[name]["is"] = parts["how"].split()[-1].lower()
        for inner in re.split(r", and |, ", parts.get("what") or ""):
            if inner:
                things[without_article(inner)] = described(without_article(inner), name)

    def observation(self, state):
        return " ".join(f"{self.info['observation']} {self.info['inventory']}".split())

    def success(self):
        return bool(self.info.get("tasksuccess"))

    def score(self):
        return float(self.info.get("score") or 0)


def without_article(text):
    return re.sub(r"^(a|an|the) ", "", text.strip(), flags=re.IGNORECASE)


def described(name, where):
    """A name's words are attributes, so that a rule can speak of each: a dirty plaid shirt is a shirt, and dirty."""
    words = name.split()
    out = {"name": name, "kind": words[-1], "where": where}
    if len(words) > 1:
        out["described"] = words[0]
    return out


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("game")
    parser.add_argument("settings")
    parser.add_argument("--steps", type=int, default=50)
    options = options_of(parser)
    options.pop("kwargs")
    game, settings, steps = options.pop("game"), options.pop("settings"), options.pop("steps")
    serve(lambda: Game(game, settings, steps), TextGame, name=options.pop("name") or f"textworld-express-{game}", **options)
