"""Measures purpose-agent's side of what scripts/peers compares."""

import itertools
import os

from purpose_agent.llm_backend import ChatMessage, LLMBackend, OpenAICompatibleBackend
from purpose_agent.memory import MemoryCard, MemoryStatus, MemoryStore
from purpose_agent.orchestrator import Environment, Orchestrator
from purpose_agent.runtime.checkpoint import SQLiteCheckpointer
from purpose_agent.runtime.events import EventKind, PAEvent
from purpose_agent.runtime.state import RunState
from purpose_agent.types import State

import measure
import rooms

THOUGHT = "The key on the table has the colour of the locked door, so it is likely to open it; I take it first."


class Scripted(LLMBackend):
    """A model that answers at once: an action to the actor, a score to the critic."""

    def generate(self, messages, temperature=0.7, max_tokens=2048, stop=None):
        return 'phi_before = 3.0\nphi_after = 3.0\nreasoning = "the same"\nevidence = "step"\nconfidence = 1.0'

    def generate_structured(self, messages, schema, temperature=0.3, max_tokens=1024):
        return {"thought": THOUGHT, "action": {"name": "take", "params": {"object": "key"}}, "expected_delta": "the key is held"}


class Rooms(Environment):
    def reset(self):
        return State(data={"step": 0}, summary="You are in a room.")

    def execute(self, action, current_state):
        return State(data={"step": current_state.data["step"] + 1}, summary="You are in a room.")


def core(job):
    def operation():
        # An orchestrator of its own for each task: what one learns and keeps would make the next dearer.
        o = Orchestrator(Scripted(), Rooms(), {"take": "take an object"}, optimize_every_n_tasks=1_000_000)
        return o.run_task("find the treasure", max_steps=job.steps).total_steps

    return operation, lambda: None


def durable(job):
    store = SQLiteCheckpointer(os.path.join(job.folder, "purpose_agent.db"))
    room, runs = rooms.maker(job.input["words"]), itertools.count()

    def operation():
        run = RunState(run_id=str(next(runs)), purpose="find the treasure", max_steps=job.steps)
        action = {"name": "take", "params": {"object": "key"}, "thought": THOUGHT}
        for step in range(1, job.steps + 1):
            run.current_step = step
            run.data = room(step)
            store.save_event(PAEvent(run_id=run.run_id, seq=step, kind=EventKind.TOOL_RESULT, payload={"action": action, "state": run.data, "score": 3.0}))
            store.save_snapshot(run.run_id, run)
        return job.steps

    return operation, lambda: None


def call(job):
    backend = OpenAICompatibleBackend(model="m", base_url=job.server + "/v1", api_key="none")
    messages = [ChatMessage(role=m["role"], content=m["content"]) for m in job.input["messages"]]

    def operation():
        answer = backend.generate(messages)
        if answer != job.input["answer"]:
            raise RuntimeError(f"the answer is {answer!r}")
        return 1

    return operation, backend.client.close


def rules(job):
    store = MemoryStore()
    for r in job.input["rules"]:
        store.add(MemoryCard(id=r["id"], status=MemoryStatus.PROMOTED, content=f"{r['title']}: {r['pattern']}", pattern=r["pattern"], strategy=r["strategy"]))
    query = job.input["purpose"] + " " + job.input["state"]

    def operation():
        if len(store.retrieve(query, top_k=9)) != 9:
            raise RuntimeError("not nine rules were found")
        return 1

    return operation, lambda: None


measure.main(lambda job: {"core": core, "durable": durable, "call": call, "prompt": call, "rules": rules}[job.work](job))
