"""Processor time of a process, and how much of the machine was taken away meanwhile."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# linux/posix-timers.h: a clock id that stands for the processor time of a whole process.
_CPUCLOCK_SCHED: Final = 2
# proc_stat(5): user nice system idle iowait irq softirq steal guest guest_nice.
_STEAL: Final = 7
_COUNTED: Final = 8


@dataclass(frozen=True, slots=True)
class Usage:
    """Between two readings.

    Attributes:
        wall_seconds: Time that passed.
        server_seconds: Processor time of the server, all its threads.
        client_seconds: Processor time of this process.
        steal_ticks: Processor time that the host gave to others, in ticks of the kernel.
        all_ticks: All processor time of the machine, in the same ticks.
    """

    wall_seconds: float
    server_seconds: float
    client_seconds: float
    steal_ticks: int
    all_ticks: int


@dataclass(frozen=True, slots=True)
class Reading:
    """Counters at one moment."""

    at: float
    server_seconds: float
    client_seconds: float
    steal_ticks: int
    all_ticks: int

    def since(self, earlier: "Reading") -> Usage:
        """Return what passed since an earlier reading."""
        return Usage(
            wall_seconds=self.at - earlier.at,
            server_seconds=self.server_seconds - earlier.server_seconds,
            client_seconds=self.client_seconds - earlier.client_seconds,
            steal_ticks=self.steal_ticks - earlier.steal_ticks,
            all_ticks=self.all_ticks - earlier.all_ticks,
        )


def read_usage(pid: int) -> Reading | None:
    """Read the counters; None when the process is gone, or this is not Linux."""
    try:
        server_seconds = cpu_seconds(pid)
        ticks = _ticks()
    except (OSError, ValueError, AttributeError):
        return None
    return Reading(
        at=time.perf_counter(),
        server_seconds=server_seconds,
        client_seconds=time.process_time(),
        steal_ticks=ticks[_STEAL],
        all_ticks=sum(ticks),
    )


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process so far, in seconds, to the nanosecond.

    As clock_getcpuclockid(3) makes its clock id; /proc/PID/stat counts in ticks of 10 ms, which is
    more than a conversation takes.

    Raises:
        OSError: There is no such process.
    """
    return time.clock_gettime((~pid << 3) | _CPUCLOCK_SCHED)


def _ticks() -> list[int]:
    line = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0]
    words = line.split()[1 : 1 + _COUNTED]
    if len(words) < _COUNTED:
        raise ValueError("/proc/stat has no column of steal")
    return [int(word) for word in words]


def steal_share(usages: Iterable[Usage]) -> float | None:
    """Return the share that the host gave to others over all of them; None when no tick passed.

    One round is too short for a share of its own: it sees a tick or none.
    """
    pairs = [(usage.steal_ticks, usage.all_ticks) for usage in usages]
    ticks = sum(each for _, each in pairs)
    return sum(each for each, _ in pairs) / ticks if ticks > 0 else None
