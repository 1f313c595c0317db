"""Unique ids: 128 random bits each, drawn from the system in batches.

Every id is 32 lower-case hexadecimal characters straight from the operating system's generator, so
no id can be guessed from another one, and two collide with probability 2^-64 only after some 2^32
ids. One system call serves a batch; that is what makes an id cheap. (A random prefix with a counter
costs as much and its ids can be guessed from one another; `str(uuid4())` costs tens of times more.)
A forked child drops what its parent drew but had not used.
"""

import os

_BYTES = 16
# Small enough that the caller who pays for a batch waits microseconds.
_BATCH = 64

_drawn: list[str] = []
# list.pop and list.extend are single steps for other threads: two threads that meet an empty list
# draw two batches.
_take = _drawn.pop


def unique_id() -> str:
    """Return a new id: 32 hexadecimal characters, 128 bits that nobody can predict."""
    try:
        return _take()
    except IndexError:
        fresh = os.urandom(_BYTES * _BATCH).hex("-", _BYTES).split("-")
        last = fresh.pop()
        _drawn.extend(fresh)
        return last


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_drawn.clear)
