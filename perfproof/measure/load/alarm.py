"""A clock that wakes an event loop at a nanosecond instead of a millisecond; Linux alone has it."""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
from collections.abc import Callable

__all__ = ["Alarm"]

# From <sys/timerfd.h> and <time.h>; Python has these calls from 3.13 on.
_CLOCK_MONOTONIC = 1
_TFD_NONBLOCK, _TFD_CLOEXEC, _TFD_TIMER_ABSTIME = 0o4000, 0o2000000, 1
_SECOND_NS = 1_000_000_000


class _Timerspec(ctypes.Structure):
    _fields_ = (
        ("interval_s", ctypes.c_long),
        ("interval_ns", ctypes.c_long),
        ("value_s", ctypes.c_long),
        ("value_ns", ctypes.c_long),
    )


class Alarm:
    """Calls back, in the loop's thread, once after each time it was set.

    Args:
        loop: Which is woken.
        ring: What is called.

    Raises:
        OSError: There is no such clock here.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> None:
        if sys.platform != "linux":
            raise OSError("no timerfd here")
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = self._libc.timerfd_create(_CLOCK_MONOTONIC, _TFD_NONBLOCK | _TFD_CLOEXEC)
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._loop, self._ring = loop, ring
        self._spec = _Timerspec(0, 0, 0, 0)
        self._told = ctypes.byref(self._spec)
        loop.add_reader(self._descriptor, self._rung)

    def set(self, due_ns: int) -> None:
        """Ring at this time on ``perf_counter_ns``'s clock, at once where it is over."""
        # Zero would switch it off.
        self._spec.value_s, self._spec.value_ns = divmod(max(1, due_ns), _SECOND_NS)
        self._libc.timerfd_settime(self._descriptor, _TFD_TIMER_ABSTIME, self._told, None)

    def close(self) -> None:
        """Never ring again."""
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)

    def _rung(self) -> None:
        try:
            os.read(self._descriptor, 8)
        except BlockingIOError:
            return  # set anew in between
        self._ring()
