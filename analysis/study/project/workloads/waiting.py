"""asyncio, in an event loop that lives as long as the process."""

import asyncio
from collections.abc import Callable

from .size import units

_loop = asyncio.new_event_loop()


async def step(amount: int) -> int:
    """A coroutine that lets the others go once."""
    await asyncio.sleep(0)
    return amount


async def gather(amounts: tuple[int, ...]) -> int:
    """All steps at once, each a task of its own."""
    return sum(await asyncio.gather(*[step(amount) for amount in amounts]))


def prepare_gather(count: int) -> Callable[[], int]:
    """One task that waits once a unit."""
    amounts = (1,) * units(count)
    return lambda: _loop.run_until_complete(gather(amounts))
