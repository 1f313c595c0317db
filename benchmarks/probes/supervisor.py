"""Agents that fail, hang or are cancelled lead to the right state, events and stored record."""

import asyncio
from collections.abc import Iterator
from functools import partial
from random import Random
from typing import Any, Final

import msgspec

from benchmarks.doors import Mailbox
from benchmarks.loop_thread import LoopThread
from benchmarks.probes.trial import Trial, Wrong
from benchmarks.settled import a_context
from system_under_test.protocol import ReferenceSystem

STEPS: Final = ("data", "optimisation", "report")
# What the agent of one step does, and the state in which its run must end.
WAYS: Final = {
    "replies": "completed",
    "raises": "failed",
    "replies_nonsense": "failed",
    "hangs": "timeout",
    "hangs_and_will_not_stop": "timeout",
    "cancels_itself": "cancelled",
    "is_cancelled": "cancelled",
    "loses_its_task": "cancelled",
}
# Long enough for an agent that replies at once on a busy machine, since it is asked for its reply
# before it is asked for the time.
SHORT_SECONDS: Final = 0.02
LONG_SECONDS: Final = 60.0
BROKEN_OFF: Final = ("agent_started", "agent_thinking", "tool_executing", "agent_error")


def trials(system: ReferenceSystem, chance: Random, count: int) -> Iterator[Trial]:
    """One trial is one message; the agent of one of its steps does something of its own."""
    with LoopThread() as loop:
        for number in range(count):
            way = list(WAYS)[number % len(WAYS)]
            yield partial(_try, loop, system, way, chance.choice(STEPS))


def _try(loop: LoopThread, system: ReferenceSystem, way: str, place: str) -> None:
    loop.run(_message(system, way, place))


async def _message(system: ReferenceSystem, way: str, place: str) -> None:
    seconds = SHORT_SECONDS if way.startswith("hangs") else LONG_SECONDS
    desk = _Desk(system, way, place, seconds)
    await desk.connect()
    reply = await desk.answer()
    desk.agent.let_go.set()
    desk.look(reply)


class _Agent:
    """Replies, or does what its way says."""

    def __init__(self, system: ReferenceSystem, way: str) -> None:
        self._system = system
        self._way = way
        self.at_work = asyncio.Event()
        self.let_go = asyncio.Event()

    async def run(self, _: object, /) -> Any:  # noqa: ANN401 - the system's own reply
        self.at_work.set()
        match self._way:
            case "replies":
                return self._system.create_agent_reply("done", {"words": 3})
            case "raises":
                raise LookupError("the agent fails on purpose")
            case "replies_nonsense":
                return object()
            case "cancels_itself":
                raise asyncio.CancelledError
            case "hangs_and_will_not_stop":
                await self._not_stopping()
        await asyncio.sleep(LONG_SECONDS)
        return None

    async def _not_stopping(self) -> None:
        while not self.let_go.is_set():
            try:
                await self.let_go.wait()
            except asyncio.CancelledError:
                continue


class _Desk:
    """A supervisor, its user, and what was stored."""

    def __init__(self, system: ReferenceSystem, way: str, place: str, seconds: float) -> None:
        self._system = system
        self._way = way
        self._place = STEPS.index(place)
        self._seconds = seconds
        self.agent = _Agent(system, way)
        self._user = f"user-{system.unique_id()}"
        self._contexts = tuple(a_context(system, self._user) for _ in STEPS)
        self._mailbox = Mailbox()
        self._stored: list[Any] = []

    async def connect(self) -> None:
        """Make all parts and let the user in."""
        system = self._system
        manager = await system.create_manager()
        manager.connect(self._user, self._mailbox)
        bridge = system.create_bridge()
        bridge.start(manager)
        self._tracker = system.create_tracker(asyncio.get_running_loop().time)
        agents = {step: _Agent(system, "replies") for step in STEPS}
        agents[STEPS[self._place]] = self.agent
        self._supervisor = system.create_supervisor(bridge, self._tracker, agents, self._seconds)

    async def answer(self) -> Any:  # noqa: ANN401 - the system's own reply
        """Send the message and do to it what the way says; None when the task was lost."""
        request = self._system.create_supervisor_request(contexts=self._contexts, text="hello")
        answering = asyncio.ensure_future(self._supervisor.answer(request, store=self._store))
        if self._way in ("is_cancelled", "loses_its_task"):
            await self.agent.at_work.wait()
            if self._way == "is_cancelled":
                self._supervisor.cancel(self._contexts[0].run_id)
            else:
                answering.cancel()
        try:
            return await answering
        except asyncio.CancelledError:
            return None

    def look(self, reply: Any) -> None:  # noqa: ANN401 - the system's own reply
        """Hold the reply, the records, the events and the tracker against the way.

        Raises:
            Wrong: One of them tells something else.
        """
        state = WAYS[self._way]
        ends = ["completed"] * len(STEPS)
        if state != "completed":
            ends[self._place :] = [state, *["cancelled"] * (len(STEPS) - self._place - 1)]
        if self._way == "loses_its_task":
            self._expect(reply is None, "the cancellation of the task was swallowed")
        else:
            self._expect(reply.state == state, f"the reply says {reply.state}")
        self._expect([str(each.state) for each in self._stored] == ends, f"stored: {self._states}")
        for record, end in zip(self._stored, ends, strict=True):
            completed = end == "completed"
            self._expect((record.result is None) is not completed, "a wrong result is stored")
            self._expect((record.error is None) is completed, "a wrong error is stored")
        self._look_at_events(ends)
        metrics = self._tracker.metrics()
        counted = [metrics.completed, metrics.failed, metrics.timeout, metrics.cancelled]
        expected = [ends.count(each) for each in ("completed", "failed", "timeout", "cancelled")]
        self._expect(counted == expected and metrics.live == 0, f"the tracker counts {metrics}")

    @property
    def _states(self) -> str:
        return ", ".join(str(each.state) for each in self._stored)

    def _look_at_events(self, ends: list[str]) -> None:
        events = [msgspec.json.decode(data) for data in self._mailbox.messages]
        for number, (context, end) in enumerate(zip(self._contexts, ends, strict=True)):
            seen = tuple(each["type"] for each in events if each["run_id"] == context.run_id)
            if end == "completed":
                expected = tuple(str(each) for each in self._system.critical_events())
            else:
                expected = BROKEN_OFF if number == self._place else BROKEN_OFF[-1:]
            self._expect(seen == expected, f"the user saw {', '.join(seen)} of a step {end}")

    def _expect(self, holds: bool, otherwise: str) -> None:
        if not holds:
            raise Wrong(f"the agent of {STEPS[self._place]} {self._way}: {otherwise}")

    async def _store(self, record: Any) -> None:  # noqa: ANN401 - the system's own record
        self._stored.append(record)
