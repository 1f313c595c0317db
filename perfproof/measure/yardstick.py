"""A fixed piece of work that tells how fast the machine is just now.

On shared machines the same call takes between 0.55 and 1 of its usual time, in modes that last
from milliseconds to seconds. Work done directly beside a block meets the same mode, so the
ratio of the two says more about the code than either alone. The work is plain Python
(arithmetic, attributes, calls, a dict, a list, text), since that is what most benchmarks are.

Changing this file changes what a stored ratio means; bump ``VERSION`` then.
"""

from __future__ import annotations

from time import perf_counter_ns

__all__ = ["VERSION", "yardstick_ns"]

VERSION = 1
_ROUNDS = 120


class _Node:
    __slots__ = ("next", "value")

    def __init__(self, value: int, following: _Node | None) -> None:
        self.value = value
        self.next = following


def _mixed(value: int) -> int:
    return (value * 1103515245 + 12345) & 0x7FFFFFFF


def _work() -> int:
    table: dict[str, int] = {}
    seen: list[int] = []
    node: _Node | None = None
    value = 42
    for index in range(_ROUNDS):
        value = _mixed(value)
        key = f"k{value & 31}"
        table[key] = table.get(key, 0) + 1
        node = _Node(value, node)
        seen.append(node.value ^ index)
    total = len(table)
    while node is not None:
        total += node.value & 1
        node = node.next
    seen.sort()
    return total + seen[0]


def yardstick_ns() -> int:
    """Nanoseconds that the fixed work took just now, about 50 000 on a machine of 2023."""
    start = perf_counter_ns()
    _work()
    return perf_counter_ns() - start
