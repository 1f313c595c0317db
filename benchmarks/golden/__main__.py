"""Measure the golden path and cold starts of one system; the last line is one JSON object.

The exit status is 0 whatever was seen; 2 when the server could not be had at all.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec

from benchmarks.choice import VARIABLE, default_system
from benchmarks.golden.output import Output
from benchmarks.servers import Unavailable
from benchmarks.servers.backend import BackendFailedError, BackendOptions

_PARTS = ("all", "crowd", "cold-start")


def main(words: Sequence[str]) -> int:
    """Return the exit status."""
    options = _parser().parse_args(words)
    if find_spec("picows") is None:
        return _skip("picows, the client's WebSocket library, is not installed")
    try:
        with _database(options) as database_url:
            output = _measure(options, database_url)
    except BackendFailedError as exc:
        print(exc, file=sys.stderr)
        return 2
    except Unavailable as exc:
        return _skip(str(exc))
    print("\n".join(output.lines))
    if not options.table_only:
        print(output.last_line())
    return 0


def _skip(reason: str) -> int:
    print(json.dumps({"skipped": reason}))
    return 0


@contextmanager
def _database(options: argparse.Namespace) -> Iterator[str | None]:
    """Give the address of the database; None is a fresh SQLite file for each server."""
    if not options.postgres:
        yield options.database_url
        return
    from benchmarks.servers.postgres import postgres_server

    with postgres_server() as server:
        url = server.create_database()
        try:
            yield url
        finally:
            server.drop_database(url)


def _measure(options: argparse.Namespace, database_url: str | None) -> Output:
    from benchmarks.golden.measuring import CrowdPlan, StartPlan, measure_crowds, measure_starts

    backend = BackendOptions(system=options.system, database_url=database_url)
    output = Output()
    if options.part in ("all", "crowd"):
        crowds = CrowdPlan()
        if options.users is not None:
            sizes = tuple(size for size in crowds.sizes if size.users in options.users)
            crowds = replace(crowds, sizes=sizes)
        output.add(measure_crowds(backend, crowds))
    if options.part in ("all", "cold-start"):
        output.lines += [""] if output.lines else []
        starts = StartPlan()
        if options.starts is not None:
            starts = replace(starts, starts=options.starts, held=options.starts // 3)
        if database_url is not None:  # what is held back is a SQLite file
            starts = replace(starts, held=0)
        output.add(measure_starts(backend, starts))
    return output


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.golden",
        description="Golden path over real sockets at 1 to 1,000 users at once, and cold starts.",
    )
    parser.add_argument("part", nargs="?", choices=_PARTS, default="all")
    parser.add_argument(
        "--system",
        metavar="MODULE",
        default=default_system(),
        help=f"module of the system (default: {VARIABLE}, else the reference)",
    )
    database = parser.add_mutually_exclusive_group()
    database.add_argument("--database-url", metavar="URL", help="default: a fresh SQLite file")
    database.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own")
    parser.add_argument(
        "--users",
        type=int,
        nargs="+",
        choices=(1, 10, 100, 1_000),
        help="only crowds of these sizes",
    )
    parser.add_argument(
        "--starts", type=int, metavar="N", help="cold starts (default: 60 + 20 held)"
    )
    parser.add_argument("--table-only", action="store_true", help="no JSON object at the end")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
