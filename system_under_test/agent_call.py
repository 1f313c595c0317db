"""One agent at work: watched, ended at its deadline or on request, and never waited for in vain."""

import asyncio

from system_under_test.agent import Agent, AgentReply, AgentRequest
from system_under_test.encoding import encode_event
from system_under_test.errors import UnencodableEventError, UnknownExecutionError
from system_under_test.execution import TERMINAL_STATES, ExecutionState
from system_under_test.redaction import redact
from system_under_test.supervisor_record import SupervisorLimits
from system_under_test.tracker import AgentExecutionTracker

Ending = tuple[ExecutionState, AgentReply | None, str | None]
"""How the work ended, the reply when it completed, and else what went wrong."""


class AgentCall:
    """Calls an agent in a task of its own, so that one that will not stop can be left behind.

    Args:
        agent: Who works.
        request: What it is asked.
        limits: How long it may take.
    """

    __slots__ = ("_agent", "_cancelled", "_limits", "_request", "_stop", "abandoned")

    def __init__(self, agent: Agent, request: AgentRequest, limits: SupervisorLimits) -> None:
        self._agent = agent
        self._request = request
        self._limits = limits
        self._cancelled = False
        self._stop: asyncio.Future[None] | None = None
        self.abandoned = False

    def cancel(self) -> None:
        """End it as cancelled; harmless when it has ended."""
        self._cancelled = True
        if self._stop is not None and not self._stop.done():
            self._stop.set_result(None)

    async def work(self, tracker: AgentExecutionTracker, execution_id: str) -> Ending:
        """Return how the agent's work ended; while it works, the tracker hears of it.

        The tracker may have ended the execution by itself, and then its word stands.
        """
        loop = asyncio.get_running_loop()
        self._stop = loop.create_future()
        if self._cancelled:
            return ExecutionState.CANCELLED, None, "cancelled before the agent was called"
        task = loop.create_task(self._call())
        try:
            ended = await self._watch(task, tracker, execution_id)
        finally:
            if not task.done():
                await self._end(task)
        return ended or _ending_of(task)

    async def _call(self) -> AgentReply:
        # A `run` that raises when it is called fails like one that raises when it is awaited.
        return await self._agent.run(self._request)

    async def _watch(
        self, task: "asyncio.Task[AgentReply]", tracker: AgentExecutionTracker, execution_id: str
    ) -> Ending | None:
        """Wait for the agent; return how its work is to end, None when it has ended by itself."""
        stop = self._stop
        assert stop is not None
        time = asyncio.get_running_loop().time
        deadline = time() + self._limits.step_seconds
        while True:
            patience = min(self._limits.heartbeat_seconds, deadline - time())
            await asyncio.wait((task, stop), timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            state = _state_in(tracker, execution_id)
            if state in TERMINAL_STATES:
                return state, None, f"the tracker ended the execution: {state}"
            if self._cancelled:
                return ExecutionState.CANCELLED, None, "cancelled on request"
            if task.done():
                return None
            if time() >= deadline:
                seconds = self._limits.step_seconds
                return ExecutionState.TIMEOUT, None, f"no reply within {seconds:g} s"
            tracker.heartbeat(execution_id)

    async def _end(self, task: "asyncio.Task[AgentReply]") -> None:
        """Cancel the agent and wait for it, but not for ever."""
        task.cancel()
        await asyncio.wait((task,), timeout=self._limits.grace_seconds)
        if task.done():
            _look_at(task)
            return
        self.abandoned = True
        # Otherwise asyncio complains, at some later time, about an exception that nobody saw.
        task.add_done_callback(_look_at)


def _state_in(tracker: AgentExecutionTracker, execution_id: str) -> ExecutionState:
    try:
        return tracker.get(execution_id).state
    except UnknownExecutionError:  # ended so long ago that even its record was given up
        return ExecutionState.TIMEOUT


def _look_at(task: "asyncio.Task[AgentReply]") -> None:
    if not task.cancelled():
        task.exception()


def _ending_of(task: "asyncio.Task[AgentReply]") -> Ending:
    if task.cancelled():
        return ExecutionState.CANCELLED, None, "the agent was cancelled"
    error = task.exception()
    if error is not None:
        return ExecutionState.FAILED, None, f"{type(error).__name__}: {error}"
    reply = task.result()
    problem = _unfit(reply)
    if problem is not None:
        return ExecutionState.FAILED, None, problem
    return ExecutionState.COMPLETED, reply, None


def _unfit(reply: object) -> str | None:
    """Return why this is no reply that can be stored and sent, or None."""
    if not isinstance(reply, AgentReply):
        return f"the agent returned a {type(reply).__name__}, and not an AgentReply"
    try:
        # As the bridge will send it, so that what it would refuse is refused before it is stored.
        encode_event({"text": reply.text, "figures": redact(reply.figures)})
    except UnencodableEventError as error:
        return str(error)
    text: object = reply.text
    return None if isinstance(text, str) else "the text of the agent's reply is no text"
