"""The ordinary second load: one process on the core that a duel does not use, for a bounded time.

    python -m analysis.study.load SECONDS

It writes and reads JSON, compiles modules, sorts, and sleeps a little between them: some 90 % of
a core. It ends by itself, and when the process that started it is gone.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

__all__ = ["other_core", "second_load"]

_ROOT = Path(__file__).resolve().parents[2]
_NAP_SECONDS = 0.004


def other_core() -> int | None:
    """The first core that is not the highest, which duels are bound to; ``None`` when alone."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    cores = sorted(os.sched_getaffinity(0))
    return cores[0] if len(cores) > 1 else None


@contextlib.contextmanager
def second_load(seconds: float) -> Iterator[int]:
    """The load beside what runs inside, for at most ``seconds``; gives its process id."""
    words = [sys.executable, "-m", "analysis.study.load", f"{seconds:.1f}"]
    with subprocess.Popen(words, cwd=_ROOT, start_new_session=True) as process:
        try:
            yield process.pid
        finally:
            process.kill()


def work(until: float, alive: Callable[[], bool]) -> int:
    """Ordinary things in turn until the monotonic time ``until``; how many were done."""
    source = Path(json.__file__).with_name("decoder.py").read_text()
    numbers = random.Random(1).sample(range(100_000), 20_000)
    table = {f"key {number}": [number, str(number), None] for number in range(2_000)}
    things: tuple[Callable[[], object], ...] = (
        lambda: json.loads(json.dumps(table)),
        lambda: compile(source, "decoder.py", "exec"),
        lambda: sorted(numbers),
        lambda: time.sleep(_NAP_SECONDS),
    )
    for done in itertools.count():
        if time.monotonic() >= until or not alive():
            return done
        things[done % len(things)]()
    raise AssertionError("an endless count ended")


def main(words: list[str]) -> int:
    """Work for so many seconds on the other core."""
    parent, core = os.getppid(), other_core()
    if core is not None:
        os.sched_setaffinity(0, {core})
    work(time.monotonic() + float(words[0]), lambda: os.getppid() == parent)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
