"""Many small objects, each kept for a while and then dropped."""

from collections import deque
from collections.abc import Callable

from .size import units

# Alive at once: few enough that no collection is ever due, however many units there are. With all
# alive until the end the collector's schedule decided what a unit more cost.
_ALIVE = 64


class Node:
    """A small object with a list of its own."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.edges = [name, name]
        self.marks = {"seen": False}


def prepare_allocation(count: int) -> Callable[[], int]:
    """One object with a list and a dictionary a unit, in the place of the oldest."""
    names = tuple(f"node {number % 100}" for number in range(units(count)))
    kept = deque((Node(names[0]) for _ in range(_ALIVE)), maxlen=_ALIVE)

    def build() -> int:
        made = 0
        for name in names:
            kept.append(Node(name))
            made += 1
        return made

    return build
