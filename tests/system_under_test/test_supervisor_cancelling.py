"""Answers that are cancelled, from within and from outside."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from system_under_test.supervisor_record import (
    StepRecord,
    SupervisorLimits,
)
from tests.system_under_test.supervised_office import (
    FOR_EVER,
    Hanging,
    Office,
    Sound,
    Stubborn,
    run,
)


@pytest.mark.parametrize("make", [Hanging, Stubborn])
def test_an_answer_can_be_cancelled_by_any_of_its_runs(make: Callable[[], Hanging]) -> None:
    async def scenario() -> None:
        agent = make()
        office = Office(agent, SupervisorLimits(grace_seconds=0.05))
        answering = asyncio.create_task(office.answer())
        await agent.at_work.wait()
        assert not office.supervisor.cancel("another-run")
        assert office.supervisor.cancel("m-data")
        reply = await answering
        assert (reply.state, reply.code) == ("cancelled", "agent_cancelled")
        assert office.ends() == ["completed", "cancelled", "cancelled"]
        if isinstance(agent, Stubborn):
            agent.let_go.set()
        await agent.ended.wait()

    run(scenario)


def test_when_the_task_is_cancelled_everything_is_stored_and_told_first() -> None:
    async def scenario() -> None:
        agent = Hanging()
        office = Office(agent, SupervisorLimits())
        answering = asyncio.create_task(office.answer())
        await agent.at_work.wait()
        answering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await answering
        assert agent.ended.is_set()
        assert office.ends() == ["completed", "cancelled", "cancelled"]
        assert office.events("m-report") == ["agent_error"]
        assert office.supervisor.statistics().answering == 0

    run(scenario)


def test_a_step_that_is_being_stored_is_stored_although_the_task_is_cancelled() -> None:
    async def scenario() -> None:
        office = Office(Sound())
        storing, go_on = asyncio.Event(), asyncio.Event()

        async def slow(record: StepRecord) -> None:
            storing.set()
            await go_on.wait()
            await office.store(record)

        answering = asyncio.create_task(office.answer(store=slow))
        await storing.wait()
        answering.cancel()
        await asyncio.sleep(0)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await answering
        assert office.ends() == ["completed", "cancelled", "cancelled"]

    run(scenario)


def test_a_store_that_never_returns_does_not_hold_a_cancelled_answer_for_ever() -> None:
    async def scenario() -> None:
        office = Office(Sound(), SupervisorLimits(closing_seconds=0.05))
        storing = asyncio.Event()

        async def endless(_: StepRecord) -> None:
            storing.set()
            await asyncio.sleep(FOR_EVER)

        answering = asyncio.create_task(office.answer(store=endless))
        await storing.wait()
        answering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await answering

    run(scenario)
