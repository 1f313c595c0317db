"""What `doctor` measures: ordinary work of several kinds, as a pyperf script like any user's."""

import json
import re

import pyperf

EVENT = {"type": "agent_started", "sequence": 7, "payload": {"steps": list(range(20))}}
NUMBERS = [((index * 7919) % 1009) / 7 for index in range(300)]
TEXT = "GET /agents/7f3a/events?after=12 HTTP/1.1, took 38 ms; " * 8
FIGURE = re.compile(r"(\w+) (\d+)")


class Step:
    """One of many small objects, with attributes in a dictionary as most have."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.name = f"step {number}"

    def next(self) -> int:
        """A method that looks attributes up."""
        return self.number + 1


STEP = Step(3)


def encode() -> str:
    """Text work and many small objects."""
    return json.dumps(EVENT)


def order() -> list[float]:
    """Comparisons over memory that fits the nearest cache."""
    return sorted(NUMBERS)


def allocate() -> dict[str, Step]:
    """Objects, strings and dictionaries made and thrown away."""
    return {step.name: step for step in map(Step, range(60))}


def attributes() -> int:
    """Attributes looked up and methods called, nothing kept."""
    total = 0
    for _ in range(200):
        total += STEP.next() + STEP.number
    return total


def search() -> list[tuple[str, str]]:
    """The same few bytes walked over in C."""
    return FIGURE.findall(TEXT)


def count() -> dict[int, int]:
    """Whole numbers, and a dictionary that grows."""
    counts: dict[int, int] = {}
    for index in range(300):
        key = index * index % 97
        counts[key] = counts.get(key, 0) + 1
    return counts


if __name__ == "__main__":
    runner = pyperf.Runner()
    runner.bench_func("encode", encode)
    runner.bench_func("order", order)
    runner.bench_func("allocate", allocate)
    runner.bench_func("attributes", attributes)
    runner.bench_func("search", search)
    runner.bench_func("count", count)
