"""`python -m benchmarks.faults --minutes 10`: break things, then ask what was lost."""

import argparse
import asyncio
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.choice import default_system
from benchmarks.faults.account import Account
from benchmarks.faults.companion import Companion
from benchmarks.faults.node import Node, Site
from benchmarks.faults.paced import PacedUser
from benchmarks.faults.pests import pests
from benchmarks.faults.run import Cast, ask_database, break_things, node_breakages
from benchmarks.faults.stores import Stores, open_stores
from benchmarks.faults.user import User
from benchmarks.faults.world import World
from benchmarks.servers import Unavailable
from benchmarks.servers.backend import AUDIENCE, BackendFailedError
from system_under_test.tokens import issue_token

_MOST_MINUTES: Final = 120.0
_MOST_RATE: Final = 5_000.0
_BAD_USE: Final = 2


def main(words: Sequence[str] | None = None) -> int:
    """Return 0 when every promise was tested and kept, 1 when not, 2 when it could not run."""
    options = _options(words)
    seed = secrets.randbelow(1 << 32) if options.seed is None else options.seed
    try:
        account = asyncio.run(_run(options, seed))
    except (Unavailable, BackendFailedError) as error:
        print(f"faults: {error}", file=sys.stderr)
        return _BAD_USE
    for line in account.lines():
        print(line)
    for problem in account.problems:
        print(f"faults: {problem}", file=sys.stderr)
    print(account.json())
    return 1 if account.problems else 0


async def _run(options: argparse.Namespace, seed: int) -> Account:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stores = open_stores(stack, options.stores, folder)
        secret = secrets.token_hex(32)
        site = Site(
            system=options.system,
            secret=secret,
            database_url=stores.database_url,
            redis_url=stores.redis_url,
        )
        nodes = [Node(f"node-{number + 1}", site) for number in range(stores.nodes)]
        world = World(
            [node.address for node in nodes],
            lambda user_id: issue_token(user_id, secret, AUDIENCE, 7_200.0),
            Random(seed),
        )
        begin = time.monotonic()
        try:
            for node in nodes:
                await node.start()
            cast = _cast(options, world, nodes, stores, secret)
            await break_things(world, cast, 60.0 * options.minutes)
        finally:
            for node in nodes:
                await node.stop()
        await ask_database(world, stores.database_url)
        return Account(
            seed=seed,
            seconds=time.monotonic() - begin,
            site=stores.described,
            world=world,
            nodes=nodes,
            missed=[name for name in (*cast.breakages, *cast.pests) if not world.done[name]],
        )


def _cast(
    options: argparse.Namespace, world: World, nodes: Sequence[Node], stores: Stores, secret: str
) -> Cast:
    breakages = node_breakages(world, nodes) | stores.breakages(world)
    plagues = dict(pests(secret, AUDIENCE))
    if options.only is not None:
        unknown = sorted(set(options.only) - {*breakages, *plagues})
        if unknown:
            known = ", ".join((*breakages, *plagues))
            raise Unavailable(f"no fault is called {', '.join(unknown)}; known are {known}")
        breakages = {name: breakages[name] for name in breakages if name in options.only}
        plagues = {name: plagues[name] for name in plagues if name in options.only}
    users = [_user(options, world, number) for number in range(options.users)]
    return Cast(nodes, users, plagues, breakages)


def _user(options: argparse.Namespace, world: World, number: int) -> User:
    user_id = f"user-{number + 1}"
    if options.rate is not None:
        return PacedUser(user_id, world, options.users / options.rate)
    return User(user_id, world, Companion(user_id, world) if number % 3 == 0 else None)


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--minutes", type=_minutes, default=10.0, help="how long (default 10)")
    parser.add_argument("--seed", type=int, help="of chance; drawn and printed unless given")
    parser.add_argument("--users", type=int, default=12, help="users that behave (default 12)")
    parser.add_argument(
        "--rate",
        type=_rate,
        metavar="N",
        help="messages a second of all users together, due at times that no answer moves"
        " (default: each user waits for the answer)",
    )
    parser.add_argument("--system", default=default_system(), help="module that is served")
    parser.add_argument(
        "--stores",
        choices=("sqlite", "postgres", "full"),
        default="full",
        help="sqlite: one node; postgres: one node; full: PostgreSQL, Redis, two nodes (default)",
    )
    parser.add_argument("--only", action="append", metavar="FAULT", help="this fault; repeatable")
    return parser.parse_args(words)


def _rate(text: str) -> float:
    rate = float(text)
    if not 0 < rate <= _MOST_RATE:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and {_MOST_RATE:g}")
    return rate


def _minutes(text: str) -> float:
    minutes = float(text)
    if not 0 < minutes <= _MOST_MINUTES:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and {_MOST_MINUTES:g}")
    return minutes


if __name__ == "__main__":
    sys.exit(main())
