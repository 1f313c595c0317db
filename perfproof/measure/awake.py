"""The cores kept awake while sockets are measured, bounded in time whatever happens."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

__all__ = ["can_keep_awake", "cores_awake"]

_SPINNER: Final = Path(__file__).with_name("spinner.py")


def can_keep_awake() -> bool:
    """Whether the system has an idle priority and cores that can be named."""
    return hasattr(os, "SCHED_IDLE") and hasattr(os, "sched_getaffinity")


@contextmanager
def cores_awake(most_seconds: float) -> Iterator[int]:
    """Keep every core of this process awake; gives how many are, 0 where that cannot be done.

    The spinners run at the idle priority, so whatever else wants a core has it; they end with the
    block, with this process, and after `most_seconds`.
    """
    if not can_keep_awake():
        yield 0
        return
    words = [sys.executable, "-I", "-S", str(_SPINNER)]
    spinners: list[subprocess.Popen[bytes]] = []
    try:
        for core in sorted(os.sched_getaffinity(0)):
            bounds = [str(core), str(most_seconds), str(os.getpid())]
            spinners.append(
                subprocess.Popen(
                    [*words, *bounds], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
            )
        yield len(spinners)
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()
