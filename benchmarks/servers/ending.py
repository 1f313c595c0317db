"""A child that goes with its parent, by `kill -9` too."""

import ctypes
import signal
from typing import Final

_PR_SET_PDEATHSIG: Final = 1  # prctl(2)
# Loaded here: between fork and exec only the call itself is safe.
_LIBC: Final = ctypes.CDLL(None)


def die_with_parent() -> None:
    """Ask the kernel, in a child, to end it when the parent's thread ends."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
