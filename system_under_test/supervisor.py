"""One message through its steps: each an agent, a run, an execution and five events.

How a server uses it:

    supervisor = Supervisor(bridge, tracker)
    if not supervisor.has_room: refuse with code busy, before anything is stored
    request = SupervisorRequest(contexts=(one context a step, each with its own run_id), text=text)
    reply = await supervisor.answer(request, emit=emit, store=store)

`emit(context, event_type, payload)` is called for each event, in order; without it events go to the
bridge at once. `await store(record)` is called once for each step that has ended, also for those
that never began; the step's last event (agent_completed or agent_error) is emitted only after it
has returned. So a server that wants a step's events out only after its commit collects in `emit`,
lets the transaction send what it collected, and sends the last event straight away. While `store`
works the execution is `completing`. What `store` raises fails the step and leaves `answer`, after
the later steps were cancelled and stored as far as that goes.

A step that raises ends as failed, one past its deadline as timeout, one that is cancelled (by
`cancel`, by the agent itself, or because the task of `answer` is cancelled) as cancelled; each
shows the user an agent_error, and the later steps are cancelled and say so. When the task of
`answer` is cancelled, all of that is done first, within bounded time, and then the cancellation
goes on.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Final

from system_under_test.agent import Agent
from system_under_test.bridge import AgentWebSocketBridge
from system_under_test.errors import (
    ContextIsolationError,
    InvalidContextError,
    SupervisorBusyError,
)
from system_under_test.steps import default_agents
from system_under_test.supervised_answer import Answer, Equipment, Tally
from system_under_test.supervisor_record import (
    Emit,
    Store,
    SupervisorLimits,
    SupervisorReply,
    SupervisorRequest,
    SupervisorStatistics,
)
from system_under_test.tracker import AgentExecutionTracker

_DEFAULT_LIMITS: Final = SupervisorLimits()


class Supervisor:
    """Leads messages through the agents, and follows every step to one of its five ends.

    Args:
        bridge: Where events go unless `answer` is told otherwise.
        tracker: Follows the executions; whoever owns it calls its `expire`.
        agents: The steps in order, by name; data, optimisation and report unless given.
        clock: Returns the present, in seconds since the epoch; for the records.
        limits: How long it waits, and how much it does at once.
    """

    __slots__ = ("_answers", "_bridge", "_equipment")

    def __init__(
        self,
        bridge: AgentWebSocketBridge,
        tracker: AgentExecutionTracker,
        agents: Mapping[str, Agent] | None = None,
        *,
        clock: Callable[[], float] = time.time,
        limits: SupervisorLimits = _DEFAULT_LIMITS,
    ) -> None:
        self._bridge = bridge
        self._answers: set[Answer] = set()
        self._equipment = Equipment(
            agents=dict(default_agents() if agents is None else agents),
            tracker=tracker,
            clock=clock,
            limits=limits,
            tally=Tally(),
        )

    @property
    def step_names(self) -> tuple[str, ...]:
        """The steps in order; a request brings a context for each."""
        return tuple(self._equipment.agents)

    @property
    def has_room(self) -> bool:
        """Whether `answer` would take another message now."""
        return len(self._answers) < self._equipment.limits.concurrent_answers

    def statistics(self) -> SupervisorStatistics:
        """Return the counts."""
        tally = self._equipment.tally
        return SupervisorStatistics(
            answering=len(self._answers),
            answered=tally.answered,
            refused=tally.refused,
            abandoned_agents=tally.abandoned_agents,
            unsent_events=tally.unsent_events,
        )

    def cancel(self, run_id: str) -> bool:
        """Cancel the answer that this run is a step of; return whether there is one in work."""
        for answer in self._answers:
            if answer.holds(run_id):
                answer.cancel()
                return True
        return False

    async def answer(
        self, request: SupervisorRequest, emit: Emit | None = None, store: Store | None = None
    ) -> SupervisorReply:
        """Lead a message through all steps; the module's text says in which order what happens.

        Raises:
            SupervisorBusyError: Too many answers are in work; nothing was begun.
            ContextIsolationError: The contexts belong to different users.
            InvalidContextError: There is not one run for each step.
            Exception: What `store` raised.
        """
        limits, tally = self._equipment.limits, self._equipment.tally
        if not self.has_room:
            tally.refused += 1
            raise SupervisorBusyError(limits.concurrent_answers)
        self._check(request)
        answer = Answer(self._equipment, request, emit or self._bridge.emit, store)
        self._answers.add(answer)
        # A task of its own: whoever awaits `answer` may be cancelled while a step is being stored.
        work = asyncio.get_running_loop().create_task(answer.run())
        work.add_done_callback(_look_at)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            answer.cancel()
            await asyncio.wait((work,), timeout=limits.closing_seconds)
            raise
        finally:
            work.cancel()  # without effect unless even `closing_seconds` were not enough
            self._answers.discard(answer)
            tally.answered += 1

    def _check(self, request: SupervisorRequest) -> None:
        contexts = request.contexts
        runs = [context.run_id for context in contexts]
        if len(set(runs)) != len(runs) or len(runs) != len(self.step_names):
            rule = f"there is one run for each step: {', '.join(self.step_names)}"
            raise InvalidContextError("run_ids", runs, rule)
        for context in contexts:
            if context.user_id != contexts[0].user_id:
                raise ContextIsolationError("the run", context.user_id, contexts[0].user_id)


def _look_at(work: "asyncio.Task[SupervisorReply]") -> None:
    """See the exception of work that nobody awaits any more, or asyncio complains about it."""
    if not work.cancelled():
        work.exception()
