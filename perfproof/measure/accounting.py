"""What the kernel counts for this process: preemptions, peak memory; unknown is ``None``."""

from __future__ import annotations

import sys

if sys.platform != "win32":
    import resource

__all__ = ["peak_rss_bytes", "preemptions"]


def preemptions() -> int | None:
    """How often the kernel has taken the CPU away from this process so far."""
    if sys.platform == "win32":
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


def peak_rss_bytes() -> int | None:
    """Largest resident size of this process so far, in bytes."""
    if sys.platform == "win32":
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # The only system that counts bytes; the others count KiB.
    return peak if sys.platform == "darwin" else peak * 1024
