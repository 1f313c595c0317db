"""What `doctor` measures: ordinary work, as a pyperf script like any user's."""

import json

import pyperf

EVENT = {"type": "agent_started", "sequence": 7, "payload": {"steps": list(range(20))}}
NUMBERS = [((index * 7919) % 1009) / 7 for index in range(300)]


def encode() -> str:
    """Text work and many small objects."""
    return json.dumps(EVENT)


def order() -> list[float]:
    """Comparisons over memory that fits the nearest cache."""
    return sorted(NUMBERS)


if __name__ == "__main__":
    runner = pyperf.Runner()
    runner.bench_func("encode", encode)
    runner.bench_func("order", order)
