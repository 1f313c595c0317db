"""Run as a process of its own, so that it can be killed, starved and raced.

``journal PATH``: appends samples until it is killed, a line on standard output after each.
``limited PATH BYTES``: the same where the system takes no file longer than that.
``race ROOT NAMES``: on a line of input, tries to save each name; says which ones it got.
"""

from __future__ import annotations

import itertools
import resource
import sys
from collections.abc import Callable
from pathlib import Path

from perfproof.errors import UseError
from perfproof.store import Journal, save_baseline
from tests.store.sessions import BENCHMARK, header, sample, session


def journal(path: str) -> None:
    with Journal(Path(path), header()) as written:
        written.append(BENCHMARK)
        for process in itertools.count():
            written.append(sample(process))
            print(process, flush=True)


def limited(path: str, limit: str) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    try:
        journal(path)
    except UseError as exc:
        print(exc, flush=True)


def race(root: str, names: str) -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    for name in names.split(","):
        try:
            save_baseline(Path(root), session(), name)
        except UseError:
            continue
        print(name, flush=True)


if __name__ == "__main__":
    acts: dict[str, Callable[..., None]] = {"journal": journal, "limited": limited, "race": race}
    acts[sys.argv[1]](*sys.argv[2:])
