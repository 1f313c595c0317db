"""One answer in work: the steps in order, each from its execution's creation to its last event."""

from collections.abc import Callable, Mapping
from contextlib import suppress

import msgspec

from system_under_test.agent import Agent, AgentReply, AgentRequest
from system_under_test.agent_call import AgentCall, Ending
from system_under_test.context import UserExecutionContext
from system_under_test.errors import (
    BackendError,
    IllegalTransitionError,
    UnknownExecutionError,
)
from system_under_test.events import EventType
from system_under_test.execution import ExecutionState
from system_under_test.supervisor_record import (
    CODES,
    REASONS,
    Emit,
    StepRecord,
    Store,
    SupervisorLimits,
    SupervisorReply,
    SupervisorRequest,
)
from system_under_test.tracker import AgentExecutionTracker


class Tally(msgspec.Struct):
    """The supervisor's running counts."""

    answered: int = 0
    refused: int = 0
    abandoned_agents: int = 0
    unsent_events: int = 0


class Equipment(msgspec.Struct, frozen=True, kw_only=True):
    """What all answers of a supervisor work with."""

    agents: Mapping[str, Agent]
    tracker: AgentExecutionTracker
    clock: Callable[[], float]
    limits: SupervisorLimits
    tally: Tally


class _Step(msgspec.Struct, kw_only=True):
    """A step on its way."""

    name: str
    context: UserExecutionContext
    execution_id: str
    started_at: float | None = None


class Answer:
    """One message on its way through the steps.

    Args:
        equipment: What it works with.
        request: What is asked, already checked.
        emit: Takes the events.
        store: Stores steps that have ended; None stores nothing.
    """

    __slots__ = ("_call", "_cancelled", "_emit", "_equipment", "_replies", "_request", "_store")

    def __init__(
        self, equipment: Equipment, request: SupervisorRequest, emit: Emit, store: Store | None
    ) -> None:
        self._equipment = equipment
        self._request = request
        self._emit = emit
        self._store = store
        self._cancelled = False
        self._call: AgentCall | None = None
        self._replies: dict[str, AgentReply] = {}

    def holds(self, run_id: str) -> bool:
        """Whether this run is one of its steps."""
        return any(context.run_id == run_id for context in self._request.contexts)

    def cancel(self) -> None:
        """End the step that works, and begin none after it. What is being stored is stored."""
        self._cancelled = True
        if self._call is not None:
            self._call.cancel()

    async def run(self) -> SupervisorReply:
        """Return what became of the message, or raise what `store` raised."""
        create = self._equipment.tracker.create
        steps = [
            _Step(name=name, context=context, execution_id=create(context, name))
            for name, context in zip(self._equipment.agents, self._request.contexts, strict=True)
        ]
        records: list[StepRecord] = []
        failed: StepRecord | None = None
        trouble: Exception | None = None
        for step in steps:
            ending = self._skipped(failed) or await self._work(step)
            try:
                record = await self._conclude(step, ending)
            except Exception as error:  # whatever the store raises
                record = self._give_up(step, error)
                trouble = trouble or error
            records.append(record)
            if failed is None and record.state is not ExecutionState.COMPLETED:
                failed = record
        if trouble is not None:
            raise trouble
        return self._reply(records, failed)

    def _skipped(self, failed: StepRecord | None) -> Ending | None:
        """Return how a step ends that does not begin, or None when it may begin."""
        if failed is not None:
            return ExecutionState.CANCELLED, None, f"the {failed.step} step is {failed.state}"
        if self._cancelled:
            return ExecutionState.CANCELLED, None, "cancelled before it began"
        return None

    async def _work(self, step: _Step) -> Ending:
        """Let the agent work, between the events that tell of it."""
        equipment = self._equipment
        agent = equipment.agents[step.name]
        named = {"step": step.name}
        try:
            equipment.tracker.start(step.execution_id)
            step.started_at = equipment.clock()
            self._emit(step.context, EventType.AGENT_STARTED, named)
            self._emit(step.context, EventType.AGENT_THINKING, named)
            self._emit(step.context, EventType.TOOL_EXECUTING, {**named, "tool": step.name})
        except BackendError as error:
            return ExecutionState.FAILED, None, f"{type(error).__name__}: {error}"
        request = AgentRequest(
            context=step.context, text=self._request.text, earlier=dict(self._replies)
        )
        self._call = call = AgentCall(agent, request, equipment.limits)
        ending = await call.work(equipment.tracker, step.execution_id)
        self._call = None
        equipment.tally.abandoned_agents += call.abandoned
        return self._told(step, ending)

    def _told(self, step: _Step, ending: Ending) -> Ending:
        """Tell of the tool's result, which must be possible for a step to complete."""
        reply = ending[1]
        if reply is None:
            return ending
        payload = {"step": step.name, "tool": step.name, "figures": reply.figures}
        try:
            self._emit(step.context, EventType.TOOL_COMPLETED, payload)
            self._equipment.tracker.advance(step.execution_id, ExecutionState.COMPLETING)
        except BackendError as error:
            return ExecutionState.FAILED, None, f"{type(error).__name__}: {error}"
        self._replies[step.name] = reply
        return ending

    async def _conclude(self, step: _Step, ending: Ending) -> StepRecord:
        """Store the step as it ended, then move its execution and tell the user."""
        state, reply, error = ending
        record = StepRecord(
            step=step.name,
            run_id=step.context.run_id,
            state=state,
            result=None if reply is None else reply.text,
            error=error,
            started_at=step.started_at,
            ended_at=self._equipment.clock(),
        )
        if self._store is not None:
            await self._store(record)
        self._settle(step, state, error)
        self._tell_end(step, record)
        return record

    def _give_up(self, step: _Step, error: Exception) -> StepRecord:
        """Return the record of a step that could not be stored, and tell the user."""
        said = f"it could not be stored: {type(error).__name__}: {error}"
        self._settle(step, ExecutionState.FAILED, said)
        record = StepRecord(
            step=step.name,
            run_id=step.context.run_id,
            state=ExecutionState.FAILED,
            result=None,
            error=said,
            started_at=step.started_at,
            ended_at=self._equipment.clock(),
        )
        self._tell_end(step, record)
        return record

    def _settle(self, step: _Step, state: ExecutionState, error: str | None) -> None:
        """End the execution as the step ended, unless the tracker has ended it already."""
        tracker = self._equipment.tracker
        # Refused, or not even remembered: the tracker's own deadline ended it meanwhile.
        with suppress(IllegalTransitionError, UnknownExecutionError):
            if state is ExecutionState.FAILED:
                tracker.finish(step.execution_id, error=error)
            else:
                tracker.advance(step.execution_id, state)

    def _tell_end(self, step: _Step, record: StepRecord) -> None:
        """Emit the step's last event; what was stored stands whether or not that can be done."""
        state = record.state
        event_type, payload = (
            EventType.AGENT_COMPLETED,
            {"step": step.name, "result": record.result},
        )
        if state is not ExecutionState.COMPLETED:
            reason = REASONS[state].format(step=step.name)
            event_type = EventType.AGENT_ERROR
            payload = {"step": step.name, "code": CODES[state], "reason": reason}
        try:
            self._emit(step.context, event_type, payload)
        except BackendError:
            self._equipment.tally.unsent_events += 1

    def _reply(self, records: list[StepRecord], failed: StepRecord | None) -> SupervisorReply:
        if failed is None:
            done = ExecutionState.COMPLETED
            return SupervisorReply(state=done, text=records[-1].result, steps=tuple(records))
        return SupervisorReply(
            state=failed.state,
            text=None,
            steps=tuple(records),
            code=CODES[failed.state],
            reason=REASONS[failed.state].format(step=failed.step),
        )
