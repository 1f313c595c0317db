"""Leaks, each with its true line marked. Copied into a foreign project and repeated there."""

# As a user without types would write them.
# mypy: ignore-errors
# ruff: noqa: ANN001, ANN201, ANN202, ANN204, ARG001, RET504, UP033

import asyncio
import ctypes
import gc
import os
import socket
import tempfile
import threading
from functools import lru_cache
from itertools import count

kept = []
numbers = count(1_000_000)
calls = count(1)
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]


def test_hundredth(benchmark):
    def work():
        if next(calls) % 100 == 0:
            kept.append(object())  # true line

    benchmark(work)


def test_sixteen_bytes(benchmark):
    def work():
        temporary = [object() for _ in range(5)]
        kept.append(object())  # true line
        return temporary

    benchmark(work)


def test_global_list(benchmark):
    def work():
        kept.append(None)  # true line

    benchmark(work)


def test_unbounded_cache(benchmark):
    @lru_cache(maxsize=None)
    def remembered(number):
        return None

    def work():
        remembered(next(numbers))  # true line

    benchmark(work)


def test_task(benchmark):
    loop = asyncio.new_event_loop()

    async def for_ever():
        await asyncio.Event().wait()

    async def work():
        kept.append(asyncio.get_running_loop().create_task(for_ever()))  # true line
        await asyncio.sleep(0)

    benchmark(lambda: loop.run_until_complete(work()))


def test_socket(benchmark):
    def work():
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # true line
        return opened.detach()

    benchmark(work)


def test_descriptor(benchmark):
    def work():
        number = os.open(os.devnull, os.O_RDONLY)  # true line
        return number

    benchmark(work)


def test_native(benchmark):
    def work():
        given_back = [1] * 100
        libc.malloc(48)  # true line
        return len(given_back)

    benchmark(work)


def test_native_in_a_thread(benchmark):
    def allocate():
        libc.malloc(48)  # true line

    def work():
        thread = threading.Thread(target=allocate)
        thread.start()
        thread.join()

    benchmark(work)


def test_object_in_a_thread(benchmark):
    def keep():
        kept.append(object())  # true line

    def work():
        thread = threading.Thread(target=keep)
        thread.start()
        thread.join()

    benchmark(work)


def test_thread(benchmark):
    stop = threading.Event()

    def work():
        thread = threading.Thread(target=stop.wait, daemon=True)
        thread.start()  # true line

    benchmark(work)
    stop.set()


def test_temporary_file(benchmark):
    def work():
        number, _ = tempfile.mkstemp()  # true line
        os.close(number)

    benchmark(work)


class Node:
    def __init__(self):
        self.itself = self

    def __del__(self):
        pass


def test_garbage(benchmark):
    gc.set_debug(gc.DEBUG_SAVEALL)

    def work():
        Node()  # true line

    benchmark(work)
    gc.set_debug(0)
    gc.garbage.clear()
