"""The database is opened two and a half seconds late, so nobody is let in until then.

Checks `cold-start-accepted` and `cold-start-first-event` must see it.
"""

import asyncio

from system_under_test import reference
from system_under_test.database.manager import DatabaseManager
from system_under_test.reference import *  # noqa: F403 - a system is the reference but for one thing


async def create_database(url: str) -> DatabaseManager:  # type: ignore[no-redef]
    """Open a database, late."""
    await asyncio.sleep(2.5)
    return await reference.create_database(url)
