"""One fault run: users and pests live, things break one after the other, and then all is asked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec

from benchmarks.faults.client import Closed, Refused
from benchmarks.faults.ledger import Stored
from benchmarks.faults.node import Node, restart
from benchmarks.faults.pests import HALF_OPEN_SECONDS, Pest, Void, half_open
from benchmarks.faults.user import User
from benchmarks.faults.world import World
from system_under_test.connection import ManagerLimits
from system_under_test.database.manager import create_database_manager
from system_under_test.database.records import Role
from system_under_test.settings import ServerLimits

GROWTH_BOUND_BYTES: Final = 48 * 1024 * 1024
_SAMPLE_SECONDS: Final = 0.25
_SPARE_FILES: Final = 20
_SETTLE_SECONDS: Final = 15.0
_CALM_SECONDS: Final = HALF_OPEN_SECONDS + 3.0
_NEWEST: Final = 1_000_000

Breakage = Callable[[], Awaitable[None]]


class Cast(msgspec.Struct, frozen=True):
    """Who takes part.

    Attributes:
        nodes: The servers, running.
        users: Who behaves.
        pests: Who does not, by name.
        breakages: What is broken and mended again, by name.
    """

    nodes: Sequence[Node]
    users: Sequence[User]
    pests: Mapping[str, Pest]
    breakages: Mapping[str, Breakage]


def node_breakages(world: World, nodes: Sequence[Node]) -> dict[str, Breakage]:
    """Return what can be done to the servers."""
    return {
        "server killed": lambda: restart(world, world.chance.choice(nodes), gracefully=False),
        "server stopped": lambda: restart(world, world.chance.choice(nodes), gracefully=True),
    }


async def break_things(world: World, cast: Cast, seconds: float) -> None:
    """Let everybody live and break things for so long, then see that all works again."""
    idle_files = [node.open_files() for node in cast.nodes]
    async with _living(world, cast):
        # Silence is noticed only where nothing happens for long enough.
        calm = _CALM_SECONDS if half_open in cast.pests.values() else 0.0
        await _break_in_turn(world, cast.breakages, seconds, calm)
    await _recover(world, cast)
    await _let_go(world, cast.nodes, idle_files)


async def ask_database(world: World, url: str) -> None:
    """Hold everything that was acknowledged or answered against the database."""
    database = await create_database_manager(url)
    stored: dict[str, Stored] = {}
    owners = {message.thread_id: message.user_id for message in world.ledger.messages.values()}
    try:
        for thread_id, user_id in owners.items():
            records = await database.messages(thread_id, user_id, newest=_NEWEST)
            answered = {record.answers for record in records}
            stored |= {
                record.message_id: Stored(record.text, record.message_id in answered)
                for record in records
                if record.role is Role.USER
            }
    finally:
        await database.close()
    world.ledger.compare(stored)


@asynccontextmanager
async def _living(world: World, cast: Cast) -> AsyncIterator[None]:
    """Users and pests live inside the block; afterwards they have left."""
    tasks = [asyncio.create_task(user.live()) for user in cast.users]
    tasks += [
        asyncio.create_task(user.companion.live())
        for user in cast.users
        if user.companion is not None
    ]
    tasks.append(asyncio.create_task(_watch(world, cast.nodes, len(cast.users))))
    if cast.pests:
        tasks.append(asyncio.create_task(_pester(world, cast.pests)))
    try:
        yield
    finally:
        world.stopping.set()
        await asyncio.gather(*tasks)


async def _break_in_turn(
    world: World, breakages: Mapping[str, Breakage], seconds: float, calm_seconds: float
) -> None:
    """Break one thing after the other, each kind once before any comes again.

    The first round is ended even if that takes longer, so that every kind comes about.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    first = True
    # Mostly not long enough to come to rest, sometimes long enough for heartbeats.
    longest = seconds / (2 * len(breakages) + 1)
    pauses = [min(longest, pause) for pause in (0.5, 1.0, 2.0, 4.0, 9.0)]
    while loop.time() < end:
        names = list(breakages)
        world.chance.shuffle(names)
        for name in names:
            await world.rest(min(world.chance.choice(pauses), max(0.0, end - loop.time())))
            if loop.time() >= end and not first:
                break
            # What has begun is ended, whatever the clock says: nothing is left broken.
            await breakages[name]()
            world.done[name] += 1
        first = False
        calm = calm_seconds if names else seconds
        await world.rest(max(0.0, min(calm, end - loop.time())))


async def _pester(world: World, pests: Mapping[str, Pest]) -> None:
    """Send one pest after the other, a few at a time, each kind once before any comes again."""
    active: set[asyncio.Task[None]] = set()
    while not world.stopping.is_set():
        names = list(pests)
        world.chance.shuffle(names)
        for name in names:
            if world.stopping.is_set():
                break
            active.add(asyncio.create_task(_one_pest(world, name, pests[name])))
            await world.rest(0.05)
            if len(active) >= 8:
                _, active = await asyncio.wait(active, return_when=asyncio.FIRST_COMPLETED)
    if active:
        await asyncio.wait(active)


async def _one_pest(world: World, name: str, pest: Pest) -> None:
    """Send one pest; what it found counts only if nothing was being broken meanwhile."""
    epoch = world.epoch
    quiet = World(world.addresses, world.token, world.chance)
    problem = ""
    try:
        await pest(quiet, world.chance.choice(world.addresses))
    except Void:
        return
    except (Refused, Closed, OSError, TimeoutError) as error:
        problem = f"{name}: {type(error).__name__} {error}"
    if epoch is None or epoch != world.epoch:
        world.seen["trials that met a fault and do not count"] += 1
        return
    world.done[name] += 1
    world.hold("pest answered at all", not problem, problem)
    world.absorb(quiet)


async def _watch(world: World, nodes: Sequence[Node], users: int) -> None:
    """Hold the memory and the queues of every node to their bounds, again and again."""
    while not world.stopping.is_set():
        for node in nodes:
            growth = node.growth_bytes()
            if growth is not None:
                said = f"{node.name} grew by {growth / 1024 / 1024:.0f} MiB"
                world.hold("memory bounded", growth <= GROWTH_BOUND_BYTES, said)
            _hold_queues(world, node.name, await node.health(), users + world.people())
        await world.rest(_SAMPLE_SECONDS)


def _hold_queues(world: World, name: str, health: Mapping[str, Any] | None, people: int) -> None:
    """Hold what a node says of its queues to what so many people may occupy."""
    if health is None:
        return
    for queue, allowed in (
        ("events_waiting", people * ManagerLimits().queued_events),
        ("messages_in_work", people * ServerLimits().messages_per_user),
        ("connections", people * ServerLimits().connections_per_user),
    ):
        world.hold("queues bounded", health[queue] <= allowed, f"{name}: {health[queue]} {queue}")
        world.most[queue] = max(world.most[queue], health[queue])
    _hold_events(world, name, health)


def _hold_events(world: World, name: str, health: Mapping[str, Any]) -> None:
    """Hold a node to knowing where every event went that it took."""
    events = health.get("events")
    if not events:
        return
    world.events[name] = events
    found = events["written"] + events["waiting"] + sum(events["dropped"].values())
    said = f"{name} took {events['taken']:,} and knows of {found:,}"
    world.hold("events accounted for", events["taken"] == found, said)


async def _recover(world: World, cast: Cast) -> None:
    """Hold the servers to working for everybody when nothing is broken any more."""
    for user in cast.users:
        world.hold("works afterwards", await _served(user), f"{user.user_id} got no answer")


async def _served(user: User) -> bool:
    for _ in range(3):  # what is left of earlier messages may make the server say busy
        client = await user.arrive()
        if client is not None:
            try:
                if await user.converse(client):
                    return True
            finally:
                client.reset()
        await asyncio.sleep(0.5)
    return False


async def _let_go(world: World, nodes: Sequence[Node], idle_files: Sequence[int | None]) -> None:
    """Hold each node to holding no more open than when it was idle, once everybody has left."""
    loop = asyncio.get_running_loop()
    for node, idle in zip(nodes, idle_files, strict=True):
        end = loop.time() + _SETTLE_SECONDS
        allowed = (idle or 0) + _SPARE_FILES
        while (now := node.open_files() or 0) > allowed and loop.time() < end:
            await asyncio.sleep(0.1)
        _hold_events(world, node.name, await node.health() or {})
        said = f"{node.name} holds {now} files and sockets, {idle} when it was idle"
        world.hold("connections let go", now <= allowed, said)
