"""`python -m benchmarks.standing`: the table of servers, and the reference's figures as JSON.

`--figures` visits the reference alone, often and briefly: what the proof's checks run.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.standing.child import ChildFailed
from benchmarks.standing.systems import SYSTEMS, StandingSystem
from benchmarks.standing.table import json_line, markdown
from benchmarks.standing.visit import Figures, Plan, visit
from perfproof.measure.awake import cores_awake

BOUND_SECONDS: Final = 180.0
_FIGURES: Final = Plan(clients=50, echo_seconds=0.15, events=60, idle=(500,))
_FIGURE_VISITS: Final = 12
_QUICK: Final = Plan(clients=20, echo_seconds=0.2, events=20, idle=(50, 100))


def main(words: Sequence[str] | None = None) -> int:
    """Measure every server in turn, round by round, and print the table."""
    options = _options(words)
    only = SYSTEMS[0].name if options.figures else options.only
    systems = [system for system in SYSTEMS if only in (None, system.name)]
    plan, rounds = _amount(options)
    steal_before = _jiffies()
    try:
        with cores_awake(BOUND_SECONDS):
            figures = _measure(systems, plan, rounds)
    except ChildFailed as failure:
        print(f"standing: {failure}", file=sys.stderr)
        return 1
    print(markdown(figures, _steal_share(steal_before, _jiffies())))
    if options.figures:
        print(json_line(figures[SYSTEMS[0].name]))
    return 0


def _amount(options: argparse.Namespace) -> tuple[Plan, int]:
    """Return how much is measured in a visit, and how many visits there are."""
    if options.quick:
        return _QUICK, 1
    return (_FIGURES, _FIGURE_VISITS) if options.figures else (Plan(), options.rounds)


def _measure(
    systems: Sequence[StandingSystem], plan: Plan, rounds: int
) -> dict[str, list[Figures]]:
    """Visit the servers round by round; a round that cannot end in time is not begun."""
    figures: dict[str, list[Figures]] = {system.name: [] for system in systems}
    begin = time.monotonic()
    longest = 0.0
    for _ in range(rounds):
        round_begin = time.monotonic()
        # Half as much again, because the machine may be busier by then.
        if round_begin - begin + 1.5 * longest > BOUND_SECONDS:
            break
        for system in systems:
            figures[system.name].append(visit(system, plan))
        longest = max(longest, time.monotonic() - round_begin)
    return figures


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.standing", description=__doc__)
    names = [system.name for system in SYSTEMS]
    parser.add_argument("--figures", action="store_true", help="the reference alone, as JSON")
    parser.add_argument("--quick", action="store_true", help="few clients, one round: seconds")
    parser.add_argument("--rounds", type=int, default=5, help="visits to each server (default 5)")
    parser.add_argument("--only", choices=names, help="one server alone")
    return parser.parse_args(words)


def _jiffies() -> tuple[int, int] | None:
    """Return the machine's CPU time so far and how much of it the host took away, in ticks."""
    try:
        first = Path("/proc/stat").read_text().splitlines()[0]
    except OSError:
        return None
    ticks = [int(number) for number in first.split()[1:9]]
    return sum(ticks), ticks[7]


def _steal_share(before: tuple[int, int] | None, after: tuple[int, int] | None) -> float | None:
    if before is None or after is None or after[0] == before[0]:
        return None
    return (after[1] - before[1]) / (after[0] - before[0])


if __name__ == "__main__":
    sys.exit(main())
