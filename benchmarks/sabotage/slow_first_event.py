"""Nothing is done about a message for its first quarter of a second.

Check `golden-first-event` must see it.
"""

import asyncio

from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing
from system_under_test.supervisor import Supervisor
from system_under_test.supervisor_record import Emit, Store, SupervisorReply, SupervisorRequest


class _Drowsy(Supervisor):
    __slots__ = ()

    async def answer(
        self, request: SupervisorRequest, emit: Emit | None = None, store: Store | None = None
    ) -> SupervisorReply:
        await asyncio.sleep(0.25)
        return await super().answer(request, emit, store)


create_supervisor = _Drowsy  # type: ignore[assignment]
