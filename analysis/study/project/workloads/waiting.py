"""asyncio, in an event loop that lives as long as the process."""

import asyncio
from collections.abc import Callable

from .size import units

_loop = asyncio.new_event_loop()

_GROUPS = 100


async def step(amount: int) -> int:
    """A coroutine that lets the others go once."""
    await asyncio.sleep(0)
    return amount


async def gather(amounts: tuple[int, ...], groups: int) -> int:
    """All steps of a group at once, each a task of its own, and group after group."""
    total = 0
    for _ in range(groups):
        total += sum(await asyncio.gather(*[step(amount) for amount in amounts]))
    return total


def prepare_gather(count: int) -> Callable[[], int]:
    """One task that waits once a unit, in a hundred groups and as many more as there is growth.

    With all of them alive at once the collector's schedule decided what a unit more cost.
    """
    amounts = (1,) * (count // _GROUPS)
    groups = units(_GROUPS)
    return lambda: _loop.run_until_complete(gather(amounts, groups))
