"""A system that tells what lives in its server's memory; otherwise it is another system.

`python -m system_under_test --system benchmarks.servers.telling` serves the module that
PERFPROOF_SYSTEM names, and whoever connects to the Unix socket at BENCHMARK_MEMORY_SOCKET is told,
after a collection, how many blocks and bytes are in use. That is exact where the size of a process
is not: its pages are taken by the megabyte, and what was freed in them is not given back.

What a tracker keeps for ten seconds more follows the rate of the conversations, which would hide a
leak of some hundred bytes of each. So its clock jumps ahead before anything is counted.
"""

import asyncio
import ctypes
import gc
import json
import os
import re
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from benchmarks.choice import default_system

VARIABLE: Final = "BENCHMARK_MEMORY_SOCKET"
_IN_BLOCKS: Final = re.compile(rb"# bytes in allocated blocks\s*=\s*([\d,]+)")
_LIBC: Final = ctypes.CDLL(None)
_JUMP_SECONDS: Final = 600.0
"""Beyond every deadline and every time that a tracker remembers something for."""

_running: set[asyncio.Task[None]] = set()
_trackers: list[Any] = []
_ahead: list[float] = [0.0]


class _HeapFigures(ctypes.Structure):
    """`struct mallinfo2` of the GNU C library, from 2.33 on."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the other system has
    """Return what the other system has."""
    if name.startswith("__"):
        raise AttributeError(name)
    return getattr(import_module(default_system()), name)


def create_server(settings: Any, system: Any) -> Any:  # noqa: ANN401 - passed on as it is
    """Return the other system's server, and begin to listen for those who ask."""
    task = asyncio.get_running_loop().create_task(_listen(os.environ[VARIABLE]))
    _running.add(task)
    return import_module(default_system()).create_server(settings, system)


def create_tracker(clock: Callable[[], float] = time.monotonic, *more: Any) -> Any:  # noqa: ANN401
    """Return the other system's tracker, on a clock that can jump."""
    tracker = import_module(default_system()).create_tracker(lambda: clock() + _ahead[0], *more)
    _trackers.append(tracker)
    return tracker


def living() -> tuple[int, int]:
    """Blocks of Python's allocator in use, and bytes of it and of the C library's together.

    Raises:
        OSError: This Python or this C library does not tell.
    """
    # The second one takes what finalizers of the first have let go.
    gc.collect()
    gc.collect()
    return sys.getallocatedblocks(), _python_bytes() + _library_bytes()


async def _listen(path: str) -> None:
    server = await asyncio.start_unix_server(_tell, path)
    await server.serve_forever()


async def _tell(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    _ahead[0] += _JUMP_SECONDS
    for tracker in _trackers:
        tracker.expire()
    try:
        told: dict[str, object] = dict(zip(("blocks", "bytes"), living(), strict=True))
    except (AttributeError, OSError) as exc:
        told = {"reason": f"what lives in memory cannot be told here: {exc}"}
    writer.write(json.dumps(told).encode())
    await writer.drain()
    writer.close()


def _python_bytes() -> int:
    """Bytes in use of Python's own allocator, as its statistics say."""
    text, length = ctypes.c_void_p(), ctypes.c_size_t()
    _LIBC.open_memstream.restype = ctypes.c_void_p
    stream = _LIBC.open_memstream(ctypes.byref(text), ctypes.byref(length))
    if not stream:
        raise OSError("no stream in memory can be opened")
    try:
        print_statistics = ctypes.pythonapi._PyObject_DebugMallocStats
        print_statistics(ctypes.c_void_p(stream))
    finally:
        _LIBC.fclose(ctypes.c_void_p(stream))
        statistics = ctypes.string_at(text.value or 0, length.value) if text.value else b""
        _LIBC.free(text)
    found = _IN_BLOCKS.search(statistics)
    if found is None:
        raise OSError("Python's allocator is not the one that has statistics")
    return int(found.group(1).replace(b",", b""))


def _library_bytes() -> int:
    """Bytes that the C library has handed out, Python's arenas not among them."""
    figures = _LIBC.mallinfo2
    figures.restype = _HeapFigures
    now = figures()
    return int(now.uordblks + now.hblkhd)
