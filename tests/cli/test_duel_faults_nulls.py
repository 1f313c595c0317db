"""A base that differs from itself: then nothing that the session says may be believed."""

from __future__ import annotations

from pathlib import Path

from tests.cli.controllers import comparing
from tests.cli.versions import new_repository, write

PAIRS = 6

# Both sides of a pair draw the same number; the base is started first and has the smaller id.
SUITE = """\
import os
import random
from functools import cache
from pathlib import Path

import pytest

PAIR = Path(NOTES) / f"{random.random():.16f}"
PAIR.mkdir(parents=True, exist_ok=True)
(PAIR / str(os.getpid())).touch()


@cache
def repeats():
    return 1 if os.getpid() == min(int(each.name) for each in PAIR.iterdir()) else 3


@pytest.mark.parametrize("count", [300, 310, 320, 330, 340, 350])
def test_lean(benchmark, count):
    benchmark(lambda: [sum(range(count)) for _ in range(repeats())])
"""


def test_every_verdict_is_downgraded_and_says_why(tmp_path: Path) -> None:
    suite = SUITE.replace("NOTES", repr(str(tmp_path / "pairs")))
    root = new_repository(tmp_path / "parcel", {"benchmarks/test_parcel.py": suite})
    write(root, {"benchmarks/test_parcel.py": suite + "# changed\n"})
    asked = ("--pairs", str(PAIRS), "--margin", "10 %", "--no-confirm", "--quiet", "--strict")
    with comparing(root, *asked) as controller:
        done = controller.done()
    times = done.stdout.partition("\nallocations ")[0]
    lines = [line for line in times.splitlines() if line.startswith("test_lean[")]
    assert len(lines) == 6, done.stdout + done.stderr
    assert all("undecided" in line.split() for line in lines)
    assert "no verdict can be believed: base against itself " in done.stdout
    assert done.returncode == 3
