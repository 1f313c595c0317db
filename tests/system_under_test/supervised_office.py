"""Agents at their worst, and an office in which a supervisor leads them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from system_under_test import (
    AgentExecutionTracker,
    AgentWebSocketBridge,
    TrackerLimits,
    UnifiedWebSocketManager,
    UserExecutionContext,
)
from system_under_test.agent import Agent, AgentReply, AgentRequest
from system_under_test.supervisor import Supervisor
from system_under_test.supervisor_record import (
    StepRecord,
    SupervisorLimits,
    SupervisorReply,
    SupervisorRequest,
)
from tests.system_under_test.fakes import FakeClock, FakeDoor

STEPS = ("data", "optimisation", "report")
FIVE = ["agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed"]
BROKEN_OFF = [*FIVE[:3], "agent_error"]
FOR_EVER = 60.0
QUICK = SupervisorLimits(step_seconds=0.05, grace_seconds=0.05, heartbeat_seconds=0.01)


class Sound:
    async def run(self, request: AgentRequest, /) -> AgentReply:
        return AgentReply(f"{len(request.earlier)} before me", {"words": len(request.text)})


class Raising:
    async def run(self, request: AgentRequest, /) -> AgentReply:
        raise LookupError(f"no password=hunter2 for {request.context.user_id}")


class RaisingWhenCalled:
    def run(self, _: AgentRequest, /) -> Coroutine[Any, Any, AgentReply]:
        raise LookupError("called")


class Hanging:
    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self.at_work = asyncio.Event()

    async def run(self, _: AgentRequest, /) -> AgentReply:
        self.at_work.set()
        try:
            await asyncio.sleep(FOR_EVER)
        finally:
            self.ended.set()
        raise AssertionError


class Stubborn(Hanging):
    """Swallows cancellation until it is let go, or for so long that a broken test has failed."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = asyncio.Event()

    async def run(self, _: AgentRequest, /) -> AgentReply:
        self.at_work.set()
        loop = asyncio.get_running_loop()
        loop.call_later(FOR_EVER, self.let_go.set)
        while not self.let_go.is_set():
            try:
                await self.let_go.wait()
            except asyncio.CancelledError:
                continue
        self.ended.set()
        raise LookupError("too late to matter")


class CancellingItself:
    async def run(self, _: AgentRequest, /) -> AgentReply:
        raise asyncio.CancelledError


class Replying:
    def __init__(self, reply: object) -> None:
        self.reply = reply

    async def run(self, _: AgentRequest, /) -> AgentReply:
        return self.reply  # type: ignore[return-value]


class Office:
    """A supervisor with a real bridge, manager and tracker, and a user who watches."""

    def __init__(self, second: Agent, limits: SupervisorLimits = QUICK) -> None:
        self.clock = FakeClock()
        self.manager = UnifiedWebSocketManager()
        self.door = FakeDoor()
        self.manager.connect("user-1", self.door)
        self.bridge = AgentWebSocketBridge(clock=self.clock)
        self.bridge.start(self.manager)
        self.tracker = AgentExecutionTracker(self.clock, TrackerLimits())
        self.supervisor = Supervisor(
            self.bridge,
            self.tracker,
            {"data": Sound(), "optimisation": second, "report": Sound()},
            clock=self.clock,
            limits=limits,
        )
        self.stored: list[StepRecord] = []

    async def store(self, record: StepRecord) -> None:
        self.stored.append(record)

    async def answer(self, message: str = "m", **more: Any) -> SupervisorReply:
        return await self.supervisor.answer(request_of(message), **{"store": self.store, **more})

    def events(self, run_id: str) -> list[str]:
        return [event["type"] for event in self.door.taken if event["run_id"] == run_id]

    def ends(self) -> list[str]:
        return [str(record.state) for record in self.stored]


def request_of(message: str, user_id: str = "user-1") -> SupervisorRequest:
    contexts = tuple(
        UserExecutionContext(user_id=user_id, thread_id="t-1", run_id=f"{message}-{step}")
        for step in STEPS
    )
    return SupervisorRequest(contexts=contexts, text="hello")


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def bounded() -> None:
        await asyncio.wait_for(scenario(), 30)

    asyncio.run(bounded())


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.001)
