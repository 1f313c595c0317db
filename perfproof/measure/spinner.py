"""A script that keeps one core awake: spins at the lowest priority until its time or parent ends.

A virtual CPU that halts takes 0.25 ms to wake, and a round trip over sockets would measure that.
Run as `python -I -S spinner.py CORE SECONDS PARENT`.
"""

from __future__ import annotations

import os
import sys
from time import monotonic

_TURNS = 20_000


def spin(core: int, until: float, parent: int) -> None:
    """Spin on a core, below everything else that wants to run there."""
    os.sched_setaffinity(0, {core})
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    while monotonic() < until and os.getppid() == parent:
        for _ in range(_TURNS):
            pass


if __name__ == "__main__":
    spin(int(sys.argv[1]), monotonic() + float(sys.argv[2]), int(sys.argv[3]))
