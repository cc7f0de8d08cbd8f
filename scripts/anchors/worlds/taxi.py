"""Gymnasium's Taxi with its one number taken apart, as the environment's own decode() does."""

import anchors  # noqa: F401 finds the adapter
from gym_adapter import Adapter, main

STOPS = ["red", "green", "yellow", "blue"]


class Taxi(Adapter):
    description = ("A taxi on a grid of five by five with walls. A passenger waits at one of four coloured stops and wants to go to another. "
                   "The taxi drives one cell at a time, takes the passenger in where they wait, and lets them out at their destination.")

    def purpose(self, env, obs, info):
        _, _, _, destination = env.unwrapped.decode(obs)
        return f"bring the passenger to the {STOPS[destination]} stop"

    def state(self):
        row, column, passenger, destination = self.env.unwrapped.decode(self.obs)
        return {"row": str(row), "column": str(column), "passenger": (STOPS + ["aboard"])[passenger], "destination": STOPS[destination]}


if __name__ == "__main__":
    main(Taxi)
