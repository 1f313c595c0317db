"""One message in eight is answered half a second late; the others, and all echoes, in time.

Check `tail-answer` must see it, and `tail-echo` must not.
"""

import asyncio
from itertools import count

from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing
from system_under_test.supervisor import Supervisor
from system_under_test.supervisor_record import Emit, Store, SupervisorReply, SupervisorRequest

_LATE_EVERY = 8
_LATE_SECONDS = 0.5
_taken = count(1)


class _SometimesLate(Supervisor):
    __slots__ = ()

    async def answer(
        self, request: SupervisorRequest, emit: Emit | None = None, store: Store | None = None
    ) -> SupervisorReply:
        if next(_taken) % _LATE_EVERY == 0:
            await asyncio.sleep(_LATE_SECONDS)
        return await super().answer(request, emit, store)


create_supervisor = _SometimesLate  # type: ignore[assignment]
