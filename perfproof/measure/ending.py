"""A process that ends with the one that started it, however that one ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

__all__ = ["end_with_the_controller", "end_with_the_parent"]

_PR_SET_PDEATHSIG = 1


def end_with_the_parent() -> None:
    """Ask Linux to kill this process, and what it becomes, with the thread that started it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def end_with_the_controller() -> None:
    """Ask Linux to end this process when the controller is killed and cannot do so itself."""
    # Ctrl-C is for the controller, which keeps what was measured and then ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "linux":
        return
    parent = os.getppid()
    end_with_the_parent()
    if os.getppid() != parent:
        os._exit(4)
