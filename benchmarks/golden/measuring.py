"""The two measurements: crowds of every size on one server, and many cold starts."""

import asyncio
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from benchmarks.golden.client import Door, run
from benchmarks.golden.cold_start import Pace, watch_start
from benchmarks.golden.crowd import SIZES, CrowdResult, Size, hold_round, measure_crowd
from benchmarks.golden.held_database import HeldDatabase
from benchmarks.golden.knocks import Start
from benchmarks.golden.output import Output
from benchmarks.golden.port import reserved_port
from benchmarks.golden.reporting import report_crowd, report_starts
from benchmarks.servers.backend import Backend, BackendFailedError, BackendOptions
from perfproof.measure.awake import cores_awake

_WARM_UP: Final = 5
# What a process has open besides the sockets of users.
_OTHER_FILES: Final = 256
# Longer than any measurement here; the spinners end with it anyway.
_AWAKE_SECONDS: Final = 300.0
# Clients that are turned away before a held database comes free, and the longest it is held.
_TURNED_AWAY: Final = 5
_HELD_SECONDS: Final = 3.0
# After so many starts in which nobody was let in, more of them would show nothing new.
_ENOUGH_CLOSED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CrowdPlan:
    """Crowds to be measured.

    Attributes:
        sizes: One after the other, on the same server.
        most_seconds: For each size; no round begins after so long, and each left out has failed.
    """

    sizes: tuple[Size, ...] = SIZES
    most_seconds: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPlan:
    """Cold starts to be measured.

    Attributes:
        starts: How many with a database that is there at once; a p90 at a level of 99 % takes 51.
        held: How many more with one that is kept from the server until clients were turned away.
        lanes: How many at once.
        pace: How clients come.
    """

    starts: int = 60
    held: int = 20
    lanes: int = 2
    pace: Pace = field(default_factory=Pace)


def measure_crowds(options: BackendOptions, plan: CrowdPlan) -> Output:
    """Start one server, and let crowds of every size at it.

    On a server that does not get ready no conversation can be held: each of them has failed.
    """
    _make_room(max(size.users for size in plan.sizes))
    output = Output()
    try:
        with Backend(options) as backend, cores_awake(_AWAKE_SECONDS) as awake:
            door = Door(backend.url, backend.token)
            results = run(_all_sizes(door, backend.pid, plan))
    except BackendFailedError as exc:
        results = [
            CrowdResult(size, deviations=[str(exc)] * size.conversations) for size in plan.sizes
        ]
        awake = 0
    output.lines.append(f"golden path on {options.system}, {awake} cores kept awake")
    for result in results:
        report_crowd(result, output)
    return output


def _make_room(users: int) -> None:
    """Raise the limit of open files, if need be and as far as allowed; the server inherits it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = users + _OTHER_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _all_sizes(door: Door, pid: int, plan: CrowdPlan) -> list[CrowdResult]:
    # Whatever is made once is made now; cold starts are measured by themselves.
    for _ in range(_WARM_UP):
        await hold_round(door, 1)
    return [
        await measure_crowd(door, size, pid, time.monotonic() + plan.most_seconds)
        for size in plan.sizes
    ]


def measure_starts(options: BackendOptions, plan: StartPlan) -> Output:
    """Start servers, a few at once, with clients knocking from before the port is open.

    Those whose database is held tell nothing about seconds: the figures are of the others.
    """
    starts = run(_all_starts(options, plan))
    output = Output()
    output.lines.append(f"cold starts of {options.system}, {plan.lanes} at once")
    report_starts(starts, output)
    return output


async def _all_starts(options: BackendOptions, plan: StartPlan) -> list[Start]:
    starts: list[Start] = []
    # Held ones among the others, so that both kinds meet the same minutes of the machine.
    every = plan.starts // plan.held + 1 if plan.held else plan.starts + 1
    left = iter(range(1, plan.starts + plan.held + 1))

    async def lane() -> None:
        for number in left:
            if sum(each.accepted_seconds is None for each in starts) >= _ENOUGH_CLOSED:
                return
            one = one_held_start if number % every == 0 else one_start
            starts.append(await one(options, plan.pace))

    await asyncio.gather(*(lane() for _ in range(plan.lanes)))
    return starts


async def one_held_start(options: BackendOptions, pace: Pace) -> Start:
    """Start a server whose database is locked until a few clients were turned away, and watch.

    The database is a SQLite file, whatever the options name.
    """
    with HeldDatabase() as database:
        last = asyncio.get_running_loop().call_later(_HELD_SECONDS, database.release)

        def on_turned_away(clients: int) -> None:
            if clients >= _TURNED_AWAY:
                database.release()

        try:
            held = replace(options, database_url=database.url)
            start = await one_start(held, pace, on_turned_away)
        finally:
            last.cancel()
    start.held = True
    return start


async def one_start(
    options: BackendOptions, pace: Pace, on_turned_away: Callable[[int], object] | None = None
) -> Start:
    """Start a server on a port that clients know beforehand, and watch."""
    with reserved_port() as port:
        backend = Backend(replace(options, port=port))
        try:
            door = Door(backend.url, backend.token)
            start = await watch_start(backend, door, pace, on_turned_away)
            backend.ask_to_stop()
            last_words = backend.last_words()
        finally:
            # Only waiting is left to the thread: a server dies with the thread that started it.
            status = await asyncio.to_thread(backend.stop)
    if status != 0:
        start.faults.append(f"the server ended with status {status}: {last_words}")
    return start
