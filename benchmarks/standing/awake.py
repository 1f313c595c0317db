"""Keeps the CPUs from halting: a halted virtual CPU takes a quarter of a millisecond to wake.

One process a CPU spins in the class that only ever gets time that nobody else wants (SCHED_IDLE).
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from benchmarks.standing.child import die_with_parent

_SPIN: Final = (
    "import sys,time\nend=time.monotonic()+float(sys.argv[1])\nwhile time.monotonic()<end:pass"
)


@contextmanager
def awake(seconds: float) -> Iterator[None]:
    """Keep every CPU of this process awake inside the block, for at most so many seconds."""
    spinners = [_spinner(core, seconds) for core in sorted(os.sched_getaffinity(0))]
    try:
        yield
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()


def _spinner(core: int, seconds: float) -> subprocess.Popen[bytes]:
    def prepare() -> None:
        die_with_parent()
        os.sched_setaffinity(0, {core})
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))

    return subprocess.Popen(
        [sys.executable, "-S", "-c", _SPIN, str(seconds)],
        preexec_fn=prepare,  # noqa: PLW1509 - three system calls, no locks
    )
