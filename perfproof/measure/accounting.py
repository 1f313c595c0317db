"""What the kernel counts for this process: preemptions, peak memory; unknown is ``None``."""

from __future__ import annotations

import contextlib
import sys
import time
from pathlib import Path

if sys.platform != "win32":
    import resource

__all__ = ["cpu_ns", "forget_peak_rss", "peak_rss_bytes", "preemptions"]

_RESET_PEAK = "5"


def preemptions() -> int | None:
    """How often the kernel has taken the CPU away from this process so far."""
    if sys.platform == "win32":
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


def cpu_ns() -> int:
    """CPU time of this process, all of its threads, and its children that have ended, so far."""
    own = time.process_time_ns()
    if sys.platform == "win32":
        return own
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own + round((children.ru_utime + children.ru_stime) * 1e9)


def peak_rss_bytes() -> int | None:
    """Largest resident size of this process so far, in bytes."""
    if sys.platform == "win32":
        return None
    # Not from getrusage where it can be avoided: that one survives exec, so a small process of a
    # large parent has its parent's peak, and it is not forgotten either.
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # The only system that counts bytes; the others count KiB.
    return peak if sys.platform == "darwin" else peak * 1024


def forget_peak_rss() -> None:
    """Let the peak begin anew at what is resident now, so that it is this benchmark's own.

    See proc(5), clear_refs; where the system does not have it, the peak is that of the process.
    """
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text(_RESET_PEAK)
