"""Many small objects, kept for a while and then dropped."""

from collections.abc import Callable

from .size import units


class Node:
    """A small object with a list of its own."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.edges = [name, name]
        self.marks = {"seen": False}


def prepare_allocation(count: int) -> Callable[[], int]:
    """One object with a list and a dictionary a unit, all alive until the end."""
    names = tuple(f"node {number % 100}" for number in range(units(count)))

    def build() -> int:
        kept = []
        for name in names:
            kept.append(Node(name))
        return len(kept)

    return build
