"""An agent and a database that can be made to wait and to fail, at seams of the golden path."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from system_under_test import CRITICAL_EVENTS
from system_under_test.agent import AgentReply, AgentRequest
from system_under_test.database.manager import DatabaseManager, create_database_manager
from system_under_test.golden_path import Services
from system_under_test.server import BackendServer
from system_under_test.supervisor import Supervisor
from tests.system_under_test.server_harness import (
    system_with,
)

EVENTS = [str(event) for event in CRITICAL_EVENTS]
TEXT = "Costs were 10, 20 and 30 in March."


def services_of(server: BackendServer) -> Services:
    assert server.readiness.services is not None
    return server.readiness.services


class FakeAgent:
    """An agent that waits until it may go on, and can fail."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.gate = asyncio.Event()

    async def run(self, request: AgentRequest, /) -> AgentReply:
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return AgentReply(f"to {request.context.user_id}: {request.text}")


class FakeDatabase:
    """A real database in front of which work can be made to fail, or be watched after its commit.

    Args:
        real: Does the work.
        before: Called before the work of this number; raises to make it fail.
    """

    def __init__(self, real: DatabaseManager, before: Callable[[int], Awaitable[None]]) -> None:
        self._real = real
        self._before = before
        self._number = 0

    async def run(self, work: Any, **options: Any) -> Any:
        self._number += 1
        await self._before(self._number)
        return await self._real.run(work, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def system_of(
    agent: FakeAgent | None = None, before: Callable[[int], Awaitable[None]] | None = None
) -> Any:
    parts: dict[str, Any] = {}
    if agent is not None:
        parts["create_supervisor"] = lambda bridge, tracker: Supervisor(
            bridge, tracker, {"wait": agent}
        )
    if before is not None:

        async def create_database(url: str) -> FakeDatabase:
            return FakeDatabase(await create_database_manager(url), before)

        parts["create_database"] = create_database
    return system_with(**parts)
