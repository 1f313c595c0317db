"""Many messages at once, so that whatever breaks meets work in all its stages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from benchmarks.faults.client import Address
from benchmarks.faults.user import User
from benchmarks.faults.world import World

_USERS: Final = 10
_MESSAGES: Final = 2
_LONGEST_LEAD_SECONDS: Final = 0.03


@asynccontextmanager
async def volley(world: World, address: Address) -> AsyncIterator[None]:
    """Have new users of a node send messages just before the block; they are judged after it."""
    users = [User(world.somebody("volley"), world) for _ in range(_USERS)]
    arrived = [(user, await user.arrive(address)) for user in users]
    firing = [
        asyncio.create_task(user.fire(client, _MESSAGES))
        for user, client in arrived
        if client is not None
    ]
    await asyncio.sleep(world.chance.uniform(0.0, _LONGEST_LEAD_SECONDS))
    try:
        yield
    finally:
        await asyncio.gather(*firing)
