"""Measures LangGraph's side of what scripts/peers compares."""

import itertools
import os
import sqlite3
from typing import TypedDict

os.environ["LANGSMITH_TRACING"] = "false"

from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph

import measure
import rooms

THOUGHT = "The key on the table has the colour of the locked door, so it is likely to open it; I take it first."


class State(TypedDict, total=False):
    step: int
    room: str
    things: str
    summary: str
    action: dict
    score: float


def decide(state):
    """The scripted model."""
    return {"action": {"name": "take", "params": {"object": "key"}, "thought": THOUGHT}}


def small(step):
    return {"step": step, "summary": "You are in a room."}


def graph(job, world, checkpointer=None):
    def execute(state):
        return {**world(state["step"] + 1), "score": 3.0}

    def both(state):
        return {**decide(state), **execute(state)}

    def on(state):
        return END if state["step"] >= job.steps else first

    g = StateGraph(State)
    if job.form == "two nodes":
        first = "decide"
        g.add_node("decide", decide)
        g.add_node("execute", execute)
        g.add_edge("decide", "execute")
        g.add_conditional_edges("execute", on, ["decide", END])
    else:
        first = "step"
        g.add_node("step", both)
        g.add_conditional_edges("step", on, ["step", END])
    g.add_edge(START, first)
    return g.compile(checkpointer=checkpointer)


def core(job):
    compiled = graph(job, small)

    def operation():
        return compiled.invoke(small(0), {"recursion_limit": 2 * job.steps + 10})["step"]

    return operation, lambda: None


def durable(job):
    connection = sqlite3.connect(os.path.join(job.folder, "langgraph.db"), check_same_thread=False)
    saver = SqliteSaver(connection)
    saver.setup()
    if "NORMAL" in job.form:
        connection.execute("PRAGMA synchronous=NORMAL")
    room = rooms.maker(job.input["words"])
    compiled = graph(job, room, saver)
    threads = itertools.count()

    def operation():
        config = {"configurable": {"thread_id": str(next(threads))}, "recursion_limit": 2 * job.steps + 10}
        return compiled.invoke(room(0), config, durability="sync")["step"]

    return operation, connection.close


measure.main(lambda job: {"core": core, "durable": durable}[job.work](job))
