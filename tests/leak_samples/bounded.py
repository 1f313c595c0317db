"""What grows and stops, turns over, or is given back: none of it is a leak."""

# As a user without types would write them.
# mypy: ignore-errors
# ruff: noqa: ANN001, ANN201, ANN202, ANN204, ARG001

import ctypes
import gc
import logging
import os
import socket
import sys
import tempfile
import threading
from collections import deque
from functools import lru_cache
from itertools import count

numbers = count(1_000_000)
calls = count(1)
filled = {}
ring = deque(maxlen=64)
records = deque(maxlen=50)
filled_before = deque(maxlen=50_000)
blocks = deque()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
libc.free.restype = None


class Ring(logging.Handler):
    def emit(self, record):
        records.append(record)


@lru_cache(maxsize=128)
def remembered(number):
    return [number]


class Node:
    def __init__(self):
        self.itself = self


log = logging.getLogger("bounded")
log.addHandler(Ring())


def caches():
    number = next(calls)
    remembered(next(numbers))
    ring.append([number])
    if len(filled) < 200:
        filled[number] = [number]
    import colorsys

    return colorsys, sys.intern(f"name{number % 90}")


def lists_and_cycles():
    Node()
    floats = [float(each) for each in range(300)]
    arena = [bytes(each) for each in range(1, 400)]
    log.warning("the %d. time", len(floats))
    return len(arena)


def things():
    with socket.socket():
        pass
    with tempfile.TemporaryFile() as file:
        file.write(b"x")
    os.close(os.open(os.devnull, os.O_RDONLY))
    thread = threading.Thread(target=gc.get_count)
    thread.start()
    thread.join()


def test_caches(benchmark):
    benchmark(caches)


def test_lists_and_cycles(benchmark):
    benchmark(lists_and_cycles)


def test_things(benchmark):
    benchmark(things)


def test_ring_that_was_filled_before(benchmark):
    for number in range(50_000):
        filled_before.append([number])

    def turn_over():
        filled_before.append([next(numbers)])

    benchmark(turn_over)


def test_steps_and_warnings(benchmark, caplog):
    def work():
        return logging.getLogger("steps").error("once more"), {}.copy()

    benchmark(work)


def test_native_ring(benchmark):
    def work():
        blocks.append(libc.malloc(48))
        if len(blocks) > 100:
            libc.free(blocks.popleft())

    benchmark(work)


def test_native_ring_in_a_thread(benchmark):
    def turn():
        blocks.append(libc.malloc(48))
        if len(blocks) > 20:
            libc.free(blocks.popleft())

    def work():
        thread = threading.Thread(target=turn)
        thread.start()
        thread.join()

    benchmark(work)
