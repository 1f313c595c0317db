"""Whatever is emitted in whatever order: users see their own runs, in legal order, numbered."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from system_under_test import (
    FOLLOWERS,
    AgentEvent,
    AgentWebSocketBridge,
    BackendError,
    ContextIsolationError,
    EventOrderError,
    EventType,
    UnifiedWebSocketManager,
    UserExecutionContext,
)
from system_under_test.bridge import Emission, _Run
from tests.system_under_test.fakes import FakeDoor, make_context

USERS = ("user-1", "user-2")
SECRET = "s3cr3t-value"

attempts = st.lists(
    st.tuples(st.sampled_from(USERS), st.integers(1, 2), st.sampled_from(EventType)), max_size=30
)
# Mostly the right next event, so that runs come to their end.
stories = st.lists(st.tuples(st.sampled_from(USERS), st.integers(1, 2), st.none()), max_size=30)


class Story:
    """A bridge, its users, and what each run has told so far."""

    def __init__(self, bridge: AgentWebSocketBridge) -> None:
        self.bridge = bridge
        self.doors = {user: FakeDoor(user) for user in USERS}
        self.told: dict[int, list[EventType]] = {1: [], 2: []}
        self.owners: dict[int, str] = {}
        manager = UnifiedWebSocketManager()
        for user, door in self.doors.items():
            manager.connect(user, door)
        bridge.start(manager)

    def seen(self) -> int:
        return sum(len(door.taken) for door in self.doors.values())

    def step(self, user: str, run: int, wished: EventType | None) -> None:
        last = self.told[run][-1] if self.told[run] else None
        following = sorted(FOLLOWERS[last] - {EventType.AGENT_ERROR}, reverse=True)
        event_type = wished or next(iter(following), EventType.AGENT_STARTED)
        ended = not FOLLOWERS[last]
        stranger = not ended and self.owners.get(run, user) != user
        if event_type in FOLLOWERS[last] and not stranger:
            self.expect_sent(user, run, event_type)
        else:
            self.expect_refused(
                user, run, event_type, ContextIsolationError if stranger else EventOrderError
            )

    def expect_sent(self, user: str, run: int, event_type: EventType) -> None:
        before = self.seen()
        emission = self.emit(user, run, event_type)
        self.owners[run] = user
        self.told[run].append(event_type)
        event = self.doors[user].taken[-1]
        assert self.seen() == before + 1
        assert (event["user_id"], event["run_id"]) == (user, f"run-{run}")
        assert event["type"] == event_type
        assert event["sequence"] == emission.sequence == len(self.told[run])
        assert SECRET not in repr(event)

    def expect_refused(
        self, user: str, run: int, event_type: EventType, error: type[Exception]
    ) -> None:
        before = self.seen()
        with pytest.raises(error):
            self.emit(user, run, event_type)
        assert self.seen() == before

    def emit(self, user: str, run: int, event_type: EventType) -> Emission:
        payload = {"login": {"Password": SECRET}}
        return self.bridge.emit(make_context(user, f"run-{run}"), event_type, payload)


SETTINGS = settings(max_examples=80, deadline=None, database=None)
# Nothing is shrunk where a failure is what is asked for.
SABOTAGE = settings(
    SETTINGS,
    max_examples=300,
    phases=[Phase.generate],
    derandomize=True,
    report_multiple_bugs=False,
)


def holds_its_promises(make_bridge: Callable[[], AgentWebSocketBridge], how: settings) -> None:
    @how
    @given(st.one_of(attempts, stories))
    def tell(steps: Sequence[tuple[str, int, EventType | None]]) -> None:
        story = Story(make_bridge())
        for user, run, wished in steps:
            story.step(user, run, wished)

    tell()


def test_no_order_of_events_breaks_the_bridge() -> None:
    holds_its_promises(AgentWebSocketBridge, SETTINGS)


class AllowsAnyOrder(AgentWebSocketBridge):
    def emit(
        self, context: UserExecutionContext, event_type: str, payload: Mapping[str, Any] = {}
    ) -> Emission:
        try:
            return super().emit(context, event_type, payload)
        except EventOrderError:
            self._runs.setdefault(context.run_id, _Run(context.user_id)).last = None
            self._ended.pop(context.run_id, None)
            return super().emit(context, "agent_started", payload)


class ForgetsWhoseRunItIs(AgentWebSocketBridge):
    def _run_of(self, context: UserExecutionContext) -> _Run:
        run = self._runs.get(context.run_id) or _Run(context.user_id)
        run.owner = context.user_id
        return run


class NumbersNothing(AgentWebSocketBridge):
    def _next_event(self, run: _Run, *details: Any) -> AgentEvent:
        run.sequence = 0
        return super()._next_event(run, *details)


class RestartsEndedRuns(AgentWebSocketBridge):
    def _end(self, run_id: str) -> None:
        del self._runs[run_id]


class KeepsSecrets(AgentWebSocketBridge):
    def emit(
        self, context: UserExecutionContext, event_type: str, payload: Mapping[str, Any] = {}
    ) -> Emission:
        return super().emit(context, event_type, {"renamed": [*payload["login"].values()]})


@pytest.mark.parametrize(
    "sabotaged",
    [AllowsAnyOrder, ForgetsWhoseRunItIs, NumbersNothing, RestartsEndedRuns, KeepsSecrets],
)
def test_a_sabotaged_bridge_is_caught(sabotaged: type[AgentWebSocketBridge]) -> None:
    with pytest.raises((AssertionError, BackendError, pytest.fail.Exception)):
        holds_its_promises(sabotaged, SABOTAGE)
