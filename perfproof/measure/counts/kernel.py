"""Instructions of a loop, counted by the processor and read through Linux's perf_event_open.

Many times quicker than valgrind, and not as exact: interrupts, page faults and what a processor
counts for them jitter. Many virtual machines have no such counter, and say so with ENOENT.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from perfproof.errors import WorkerError

__all__ = ["INSTRUCTIONS", "TASK_CLOCK", "KernelMeter", "why_not_here"]

INSTRUCTIONS = (0, 1)
"""PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS."""
TASK_CLOCK = (1, 1)
"""PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK: nanoseconds on a CPU; there everywhere."""

_NUMBERS = {"x86_64": 298, "aarch64": 241}
"""Of the system call, by machine (asm/unistd.h)."""
# struct perf_event_attr (linux/perf_event.h), its first version.
_SIZE = 64
_LAYOUT = "=IIQQQQQ"
_DISABLED, _INHERIT, _EXCLUDE_KERNEL, _EXCLUDE_HV = 1 << 0, 1 << 1, 1 << 5, 1 << 6
_CLOSE_ON_EXEC = 8
_ENABLE, _DISABLE = 0x2400, 0x2401
_PARANOID = Path("/proc/sys/kernel/perf_event_paranoid")
_TASKS = Path("/proc/self/task")


def why_not_here(event: tuple[int, int] = INSTRUCTIONS) -> str | None:
    """Why an event cannot be counted here, a clause; ``None`` where it can."""
    if sys.platform != "linux" or platform.machine() not in _NUMBERS:
        return f"the kernel is asked on Linux only, and this is {sys.platform} {platform.machine()}"
    try:
        os.close(_opened(event, 0))
    except OSError as exc:
        return _reason(exc)
    return None


def _reason(exc: OSError) -> str:
    if exc.errno in (errno.ENOENT, errno.ENODEV, errno.EOPNOTSUPP):
        return "this machine has no counter of instructions (many virtual machines have none)"
    if exc.errno in (errno.EACCES, errno.EPERM):
        return f"the kernel does not allow it{_paranoia()}"
    if exc.errno == errno.ENOSYS:
        return "the kernel has no perf_event_open, or a container's rules forbid it"
    return f"perf_event_open failed: {exc.strerror}"


def _paranoia() -> str:
    try:
        level = int(_PARANOID.read_text())
    except (OSError, ValueError):
        return ""
    return f" (kernel.perf_event_paranoid is {level}; 2 or less is needed)" if level > 2 else ""


class KernelMeter:
    """Counts what the threads of this process do in user mode, those that a loop starts too.

    Args:
        event: Type and number of what is counted.

    Raises:
        WorkerError: It cannot be counted here.
    """

    def __init__(self, event: tuple[int, int] = INSTRUCTIONS) -> None:
        if (reason := why_not_here(event)) is not None:
            raise WorkerError(reason)
        self._event = event

    def of(self, loop: Callable[[], object]) -> tuple[int]:
        """Count one run of ``loop``, a few instructions of our own included."""
        with _counters(self._event) as counters:
            _all(counters, _ENABLE)
            try:
                loop()
            finally:
                _all(counters, _DISABLE)
            return (sum(_value(each) for each in counters),)


@contextmanager
def _counters(event: tuple[int, int]) -> Iterator[list[int]]:
    """One for each thread that there is; what a thread starts is counted with it."""
    opened: list[int] = []
    try:
        for task in [each.name for each in _TASKS.iterdir()]:
            try:
                opened.append(_opened(event, int(task)))
            except ProcessLookupError:
                # It ended meanwhile.
                continue
            except OSError as exc:
                raise WorkerError(_reason(exc)) from exc
        yield opened
    finally:
        for each in opened:
            os.close(each)


def _opened(event: tuple[int, int], task: int) -> int:
    """A counter of one thread (0: this one), not yet counting.

    Raises:
        OSError: The system's answer.
    """
    kind, number = event
    flags = _DISABLED | _INHERIT | _EXCLUDE_KERNEL | _EXCLUDE_HV
    attributes = ctypes.create_string_buffer(_SIZE)
    struct.pack_into(_LAYOUT, attributes, 0, kind, _SIZE, number, 0, 0, 0, flags)
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    words = (task, -1, -1, _CLOSE_ON_EXEC)
    number_of_call = ctypes.c_long(_NUMBERS[platform.machine()])
    opened = int(call(number_of_call, attributes, *map(ctypes.c_long, words)))
    if opened < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return opened


def _all(counters: Sequence[int], order: int) -> None:
    import fcntl

    for each in counters:
        fcntl.ioctl(each, order, 0)


def _value(counter: int) -> int:
    return int.from_bytes(os.read(counter, 8), sys.byteorder)
