"""Level ground: a process in which a counted loop finds no block that an earlier one left.

What allocators have at hand when a loop begins moves its instructions: a pool that is nearly full
is unlinked and linked again at each call, a free chunk is split or not. Two versions of a project
never leave the same free blocks behind, so before each counted loop every free block is taken and
kept: loops then begin alike in every process, whatever happened there before.
"""

from __future__ import annotations

import ctypes
import gc
import mmap
from collections import deque
from collections.abc import Callable, Iterator
from itertools import repeat, starmap

__all__ = ["level"]

# CPython's obmalloc.c (3.10 and later, 64 bits): pools of 16 KiB, a header of 48 bytes, blocks in
# steps of 16 up to 512 bytes; arenas of 1 MiB.
_POOL = 16 * 1024
_HEAD = 48
_STEP = 16
_LARGEST = 512
_ARENA = 1024 * 1024
_POOLS_AN_ARENA = _ARENA // _POOL
_EACH_LARGEST = (_POOL - _HEAD) // _LARGEST
_POOLS_A_SWEEP = _POOLS_AN_ARENA // 4
_MOST_SWEEPS = 400
_MOST_PADS = 4
_MOST_POOLS = 800
"""Bounds every search, so that an allocator which is built otherwise costs a moment and no more."""

_FLOAT_SIZE = 32
_BYTES_OVERHEAD = bytes(0).__sizeof__()
_LARGE_FROM = 120 * 1024
"""Below what malloc takes from the system by itself."""
_EVERY_FROM = 1048
_PAGE = 4096
_MOST_CHUNKS = 2000
_TOLD = [(each, ctypes.c_size_t) for each in (*"abcdefghi", "keepcost")]

_JUMPS = 0.05
"""Share of a batch: from one pool to the next, and over what the search itself has at hand."""

_rests: list[tuple[int, Iterator[object]]] = []
_pads: list[mmap.mmap] = []
_kept: deque[object] = deque()
"""A deque grows by blocks that stay; a list would leave its smaller self behind each time."""


def level() -> None:
    """Collect and freeze what is there, then take every free block of every size."""
    _kept.clear()
    _rests.clear()
    if _heap is not None:
        _heap.give_back()
    gc.collect()
    gc.freeze()
    # How much lives long decides when the next whole collection comes: nothing does.
    gc.collect()
    collecting = gc.isenabled()
    gc.disable()
    _rests.extend((size, _rest(size)) for size in _sizes())
    # First what is free in old arenas: all that follows lies in new ones, which are aligned.
    _take_pools_until(_next_arena())
    for size in _sizes():
        _take_blocks(size)
    # Where a loop fills the rest of an arena and a bit of the next, it has the next made and
    # given back at each call.
    _take_largest(_EACH_LARGEST * (-(id(_kept[-1]) // _POOL) % _POOLS_AN_ARENA))
    if _heap is not None:
        _heap.take()
    _to_the_middles()
    gc.freeze()
    # Collections come when so much was allocated since the last one. A whole one would empty
    # free lists, and so make holes again.
    gc.collect(0)
    if collecting:
        gc.enable()


def _to_the_middles() -> None:
    """Take blocks of each size on to the middle of a pool, with nothing made beside them.

    What the search itself had at hand lies in pools that are full but for it; such a pool is
    unlinked and linked again by every call. So no loop here has an iterator: it would be one more.
    """
    place = 0
    while place < len(_rests):
        size, rest = _rests[place]
        each = (_POOL - _HEAD) // size
        taken = 0
        while taken < 2 * each:
            block = next(rest)
            _kept.append(block)
            taken += 1
            if taken > each // 4 and (id(block) % _POOL - _HEAD) // size == each // 2:
                break
        place += 1


def _sizes() -> list[int]:
    sizes = [size for size in range(_STEP, _LARGEST + 1, _STEP) if size != _FLOAT_SIZE]
    # Integers come and go while addresses are looked at: theirs is the last.
    return [*sizes, _FLOAT_SIZE]


def _rest(size: int) -> Iterator[object]:
    """Endless blocks of one size, each made without any other beside it."""
    if size == _STEP:
        return starmap(object, repeat(()))
    if size == _FLOAT_SIZE:
        return map(float, repeat(0))
    return map(bytes, repeat(size - _BYTES_OVERHEAD))


def _maker(size: int) -> Callable[[int], object]:
    if size == _STEP:
        return lambda _: object()
    if size == _FLOAT_SIZE:
        return lambda place: place + 0.5
    return lambda _: bytes(size - _BYTES_OVERHEAD)


def _batch(size: int, count: int) -> list[object]:
    """Blocks of one size, kept; the list itself never grows, which would leave blocks behind."""
    make = _maker(size)
    batch: list[object] = [None] * count
    for place in range(count):
        batch[place] = make(place)
    _kept.append(batch)
    return batch


def _next_arena() -> int:
    """Where the next arena will lie: at a whole multiple of its size, if that can be had.

    Whether an address lies in one is found out by fewer instructions there.
    """
    address = _trial()
    for _ in range(_MOST_PADS):
        over = address % _ARENA
        if not over:
            break
        # The system goes upwards from here, or downwards. A pad has to be larger than an arena,
        # or it would lie in some smaller hole.
        for pad in (2 * _ARENA - over, _ARENA + over):
            _pads.append(mmap.mmap(-1, pad))
            address = _trial()
            if not address % _ARENA:
                break
            _pads.pop().close()
    return address


def _trial() -> int:
    with mmap.mmap(-1, _ARENA) as trial:
        return _address(trial)


def _address(mapped: mmap.mmap) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(mapped))


def _take_pools_until(arena: int) -> None:
    """Take pools until they come from the arena that is made when no other has any."""
    for _ in range(_MOST_SWEEPS):
        _take_largest(_EACH_LARGEST * _POOLS_A_SWEEP)
        if 0 <= id(_kept[-1]) - arena < _ARENA:
            break


def _take_largest(count: int) -> None:
    """So many of the largest blocks, without any other beside them."""
    _kept.extend(map(bytes, repeat(_LARGEST - _BYTES_OVERHEAD, count)))


def _take_blocks(size: int) -> None:
    """Take blocks until they come from a new pool, and of that one the first quarter.

    At the edge of a pool each call would open and close it.
    """
    each = (_POOL - _HEAD) // size
    batch = _batch(size, each)
    for _ in range(_MOST_POOLS):
        jumps = sum(id(batch[at]) - id(batch[at - 1]) != size for at in range(1, each))
        if jumps <= max(2, _JUMPS * each):
            break
        batch = _batch(size, each)
    used = (id(batch[-1]) % _POOL - _HEAD) // size + 1
    _batch(size, (each // 4 - used) % each)


class _Heap:
    """glibc's malloc, as far as it can be asked what it has.

    Attributes:
        taken: Addresses of the chunks that were taken.
    """

    def __init__(self, library: ctypes.CDLL) -> None:
        self._malloc, self._free, self._told = library.malloc, library.free, library.mallinfo2
        self._malloc.restype, self._malloc.argtypes = ctypes.c_void_p, (ctypes.c_size_t,)
        self._free.restype, self._free.argtypes = None, (ctypes.c_void_p,)
        # mallinfo(3): ten numbers, the last of them what lies free at the top of the heap.
        self._told.restype = type("Told", (ctypes.Structure,), {"_fields_": _TOLD})
        self.taken: list[int] = []

    def give_back(self) -> None:
        """Free what was taken."""
        while self.taken:
            self._free(self.taken.pop())

    def take(self) -> None:
        """Take every free chunk, from large to small, so that only the top is left."""
        request = _LARGE_FROM
        while request > _EVERY_FROM:
            self._take(request)
            request = request * 7 // 8
        # From here on every size has a list of its own.
        for small in range(_EVERY_FROM, 0, -_STEP):
            self._take(small)
        # Copying takes as many steps as the places of its ends in a line of the cache demand.
        self._take(_LARGEST)
        over = (self.taken[-1] + _LARGEST + _STEP) % _PAGE
        self.taken.append(self._malloc(2 * _PAGE - over - _STEP // 2))

    def _take(self, request: int) -> None:
        for _ in range(_MOST_CHUNKS):
            before = self._told().keepcost
            self.taken.append(self._malloc(request))
            if self._told().keepcost <= before - request:
                return


def _glibc() -> _Heap | None:
    try:
        return _Heap(ctypes.CDLL(None))
    except (AttributeError, OSError, TypeError):
        # Another system's library, or one before glibc 2.33.
        return None


_heap = _glibc()
