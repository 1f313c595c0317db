"""The supervisor with agents that do what agents do at their worst."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from system_under_test import (
    ContextIsolationError,
    ExecutionState,
    InvalidContextError,
    UserExecutionContext,
)
from system_under_test.agent import Agent, AgentReply
from system_under_test.errors import SupervisorBusyError
from system_under_test.supervisor import Supervisor
from system_under_test.supervisor_record import (
    StepRecord,
    SupervisorLimits,
    SupervisorRequest,
)
from tests.system_under_test.supervised_office import (
    BROKEN_OFF,
    FIVE,
    STEPS,
    CancellingItself,
    Hanging,
    Office,
    Raising,
    RaisingWhenCalled,
    Replying,
    Sound,
    Stubborn,
    request_of,
    run,
    until,
)


def test_three_steps_are_three_runs_of_five_events_and_one_answer() -> None:
    async def scenario() -> None:
        office = Office(Sound())
        reply = await office.answer()
        assert (reply.state, reply.text, reply.code) == ("completed", "2 before me", None)
        for step in STEPS:
            assert office.events(f"m-{step}") == FIVE
        runs = [event["run_id"] for event in office.door.taken]
        assert runs == [f"m-{step}" for step in STEPS for _ in FIVE]
        assert office.stored == list(reply.steps)
        assert [record.result for record in reply.steps] == [f"{n} before me" for n in range(3)]
        metrics = office.tracker.metrics()
        assert (metrics.created, metrics.completed, metrics.live) == (3, 3, 0)

    run(scenario)


def test_the_three_steps_of_the_reference_answer_a_message() -> None:
    async def scenario() -> None:
        office = Office(Sound())
        supervisor = Supervisor(office.bridge, office.tracker)
        assert supervisor.step_names == STEPS
        reply = await supervisor.answer(request_of("m"))
        assert reply.text == "Your message has 1 words, 1 distinct. Its 1 lengths of its words " + (
            "sum to 5. Kept in order and divided into 3 batches, the best plan has the sums 0, 0, "
            "5: no plan has a largest batch below 5."
        )
        assert [event["type"] for event in office.door.taken] == FIVE * 3

    run(scenario)


@pytest.mark.parametrize(
    ("make", "state", "code"),
    [
        (Raising, "failed", "agent_failed"),
        (RaisingWhenCalled, "failed", "agent_failed"),
        (lambda: Replying("text alone"), "failed", "agent_failed"),
        (lambda: Replying(AgentReply("t", {"figure": object()})), "failed", "agent_failed"),
        (lambda: Replying(AgentReply(7)), "failed", "agent_failed"),  # type: ignore[arg-type]
        (Hanging, "timeout", "agent_timeout"),
        (Stubborn, "timeout", "agent_timeout"),
        (CancellingItself, "cancelled", "agent_cancelled"),
    ],
)
def test_an_agent_that_does_not_reply_ends_its_step_and_cancels_the_later_ones(
    make: Callable[[], Agent], state: str, code: str
) -> None:
    async def scenario() -> None:
        agent = make()
        office = Office(agent)
        reply = await office.answer()
        assert (reply.state, reply.text, reply.code) == (state, None, code)
        assert reply.reason is not None
        assert "optimisation" in reply.reason
        assert office.ends() == ["completed", state, "cancelled"]
        assert office.events("m-data") == FIVE
        assert office.events("m-optimisation") == BROKEN_OFF
        assert office.events("m-report") == ["agent_error"]
        said = [event["payload"] for event in office.door.taken if event["type"] == "agent_error"]
        assert [payload["code"] for payload in said] == [code, "agent_cancelled"]
        records = {record.step: record for record in office.stored}
        assert records["optimisation"].error
        assert records["report"].error == f"the optimisation step is {state}"
        assert records["report"].started_at is None
        assert office.tracker.metrics().live == 0
        assert getattr(office.tracker.metrics(), state) == (2 if state == "cancelled" else 1)
        if isinstance(agent, Stubborn):
            assert office.supervisor.statistics().abandoned_agents == 1
            agent.let_go.set()
        if isinstance(agent, Hanging):
            await agent.ended.wait()

    run(scenario)


def test_what_an_agent_raises_is_recorded_and_never_shown_to_the_user() -> None:
    async def scenario() -> None:
        office = Office(Raising())
        await office.answer()
        assert office.stored[1].error == "LookupError: no password=hunter2 for user-1"
        assert "hunter2" not in repr(office.door.taken)

    run(scenario)


def test_the_last_event_of_a_step_waits_until_the_step_is_stored() -> None:
    async def scenario() -> None:
        office = Office(Sound())
        seen: list[tuple[str, list[str]]] = []
        states: list[str] = []

        async def store(record: StepRecord) -> None:
            seen.append((record.step, office.events(record.run_id)))
            live = [each.state for each in map(office.tracker.get, office.tracker._executions)]
            states.append(next(str(state) for state in live if state == "completing"))

        await office.answer(store=store)
        assert seen == [(step, FIVE[:4]) for step in STEPS]
        assert states == ["completing"] * 3

    run(scenario)


def test_a_step_that_cannot_be_stored_has_failed_and_the_error_comes_out() -> None:
    async def scenario() -> None:
        office = Office(Sound())

        async def store(record: StepRecord) -> None:
            if record.step == "optimisation":
                raise OSError("disk full")
            await office.store(record)

        with pytest.raises(OSError, match="disk full"):
            await office.answer(store=store)
        assert [(each.step, each.state) for each in office.stored] == [
            ("data", "completed"),
            ("report", "cancelled"),
        ]
        assert office.events("m-optimisation") == [*FIVE[:4], "agent_error"]
        metrics = office.tracker.metrics()
        assert (metrics.completed, metrics.failed, metrics.cancelled) == (1, 1, 1)

    run(scenario)


def test_events_go_where_the_caller_says() -> None:
    async def scenario() -> None:
        office = Office(Sound())
        kept: list[str] = []

        def emit(_: UserExecutionContext, event_type: str, __: Mapping[str, Any]) -> None:
            kept.append(event_type)

        await office.answer(emit=emit)
        assert kept == FIVE * 3
        assert office.door.taken == []

    run(scenario)


def test_a_bridge_that_cannot_send_fails_the_step_and_nothing_hangs() -> None:
    async def scenario() -> None:
        office = Office(Sound())
        office.bridge.stop()
        reply = await office.answer()
        assert reply.state == "failed"
        assert office.ends() == ["failed", "cancelled", "cancelled"]
        assert office.supervisor.statistics().unsent_events == 3

    run(scenario)


def test_what_the_tracker_ended_by_itself_stands() -> None:
    async def scenario() -> None:
        agent = Hanging()
        office = Office(agent, SupervisorLimits(heartbeat_seconds=0.01))
        answering = asyncio.create_task(office.answer())
        await agent.at_work.wait()
        office.clock.now += 25.0
        assert {record.state for record in office.tracker.expire()} == {"dead", "timeout"}
        reply = await answering
        assert (reply.state, reply.code) == ("dead", "agent_timeout")
        assert agent.ended.is_set()

    run(scenario)


def test_a_long_step_gives_signs_of_life() -> None:
    async def scenario() -> None:
        agent = Hanging()
        office = Office(agent, SupervisorLimits(heartbeat_seconds=0.001))
        answering = asyncio.create_task(office.answer())
        await agent.at_work.wait()
        office.clock.now += 9.0
        execution = next(
            each
            for each in map(office.tracker.get, office.tracker._executions)
            if each.agent == "optimisation"
        )
        await until(lambda: office.tracker.get(execution.execution_id).seen_at == 1009.0)
        office.supervisor.cancel("m-data")
        await answering

    run(scenario)


def test_answers_at_once_are_limited_and_the_room_comes_back() -> None:
    async def scenario() -> None:
        agent = Hanging()
        office = Office(agent, SupervisorLimits(concurrent_answers=1))
        answering = asyncio.create_task(office.answer())
        await agent.at_work.wait()
        assert office.supervisor.has_room is False
        with pytest.raises(SupervisorBusyError):
            await office.answer("another")
        office.supervisor.cancel("m-data")
        await answering
        assert office.supervisor.statistics().answering == 0
        statistics = office.supervisor.statistics()
        assert (statistics.answered, statistics.refused) == (1, 1)

    run(scenario)


async def _refused(office: Office, request: SupervisorRequest) -> Awaitable[object]:
    return await office.supervisor.answer(request)  # type: ignore[return-value]


def test_runs_must_be_one_a_step_and_of_one_user() -> None:
    async def scenario() -> None:
        office = Office(Sound())
        sound, foreign = request_of("m").contexts, request_of("m", "user-2").contexts
        for contexts in (sound[:2], (*sound[:2], sound[0]), ()):
            with pytest.raises(InvalidContextError, match="one run for each step"):
                await _refused(office, SupervisorRequest(contexts=contexts, text="t"))
        with pytest.raises(ContextIsolationError):
            await _refused(office, SupervisorRequest(contexts=(*sound[:2], foreign[2]), text="t"))
        assert office.tracker.metrics().created == 0

    run(scenario)


def test_limits_are_above_nothing() -> None:
    with pytest.raises(ValueError, match=r"step_seconds is 0.*above 0"):
        SupervisorLimits(step_seconds=0)


def test_many_answers_at_once_end_each_in_its_own_way() -> None:
    async def scenario() -> None:
        office = Office(Sound())
        replies = await asyncio.gather(*(office.answer(f"m{n}") for n in range(40)))
        assert {reply.state for reply in replies} == {ExecutionState.COMPLETED}
        for number in range(40):
            for step in STEPS:
                assert office.events(f"m{number}-{step}") == FIVE

    run(scenario)
