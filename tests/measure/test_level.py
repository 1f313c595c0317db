"""Level ground: whatever a process did before, a counted loop finds the same free blocks."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

SCRIPT = """
import random, sys
from perfproof.measure.counts.level import level
draw = random.Random({seed})
junk = [bytes(draw.randrange(0, 3000)) for _ in range(20_000 if {seed} else 0)]
draw.shuffle(junk)
del junk[: len(junk) // 2]
for _ in range({times}):
    level()
sys._debugmallocstats()
"""
# Class, size of its blocks, pools, blocks in use, blocks at hand.
ROW = re.compile(r"^ +\d+ +(\d+) +\d+ +\d+ +(\d+)$", re.MULTILINE)


def at_hand(seed: int, times: int) -> dict[int, int]:
    """Free blocks in pools that are in use, by size."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(seed=seed, times=times)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return {int(size): int(free) for size, free in ROW.findall(done.stderr)}


def apart(first: dict[int, int], second: dict[int, int]) -> int:
    """Sizes whose free blocks differ by more than those that the table itself needs."""
    return sum(abs(first[size] - second.get(size, 0)) > 2 for size in first)


@pytest.mark.parametrize("times", [1, 3])
def test_what_is_at_hand_does_not_hang_on_the_past(times: int) -> None:
    tidy, littered = at_hand(0, times), at_hand(5, times)
    if len(tidy) < 20:
        pytest.skip("this Python tells nothing of its allocator")
    assert apart(tidy, littered) <= 2
    # No size stands at the edge of a pool.
    assert all(free >= 5 for free in littered.values())


def test_without_it_the_past_shows() -> None:
    tidy, littered = at_hand(0, 0), at_hand(5, 0)
    if len(tidy) < 20:
        pytest.skip("this Python tells nothing of its allocator")
    assert apart(tidy, littered) > 10
