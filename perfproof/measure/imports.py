"""Import times of a package in fresh processes, through ``python -X importtime``."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence

from perfproof.errors import UseError
from perfproof.measure.worker_process import Surroundings
from perfproof.record import Side
from perfproof.record.importing import ImportRun

__all__ = ["import_runs", "parse_importtime"]

_LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|(\s+)(\S+)")
_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
# What the interpreter itself imports before it comes to the package.
_CODE = "import sys; sys.stderr.write('begin\\n'); sys.stderr.flush(); import {package}"
_MARK = "begin\n"


def import_runs(
    package: str,
    sides: Mapping[Side, Surroundings],
    processes: int,
    *,
    timeout_seconds: float = 60.0,
) -> dict[Side, list[ImportRun]]:
    """Import the package in so many fresh processes a side, the sides alternating.

    One process a side goes first and does not count: it compiles and warms the disk's cache.

    Raises:
        UseError: Not the name of a module, or it cannot be imported on a side.
    """
    if not _NAME.fullmatch(package):
        raise UseError(f"'{package}' is not the name of a module", remedy="as in `json` or `a.b`")
    runs: dict[Side, list[ImportRun]] = {side: [] for side in sides}
    for number in range(-1, processes):
        order: Sequence[Side] = tuple(sides) if number % 2 == 0 else tuple(sides)[::-1]
        for side in order:
            run = _one(package, sides[side], side if len(sides) > 1 else None, timeout_seconds)
            if number >= 0:
                runs[side].append(run)
    return runs


def _one(
    package: str, surroundings: Surroundings, side: Side | None, timeout_seconds: float
) -> ImportRun:
    where = f"importing {package}" + (f" on the {side}" if side else "")
    # One hash seed: which names meet in a table is the same on both sides.
    environment = {**os.environ, **surroundings.variables, "PYTHONHASHSEED": "0"}
    try:
        done = subprocess.run(
            [surroundings.python, "-X", "importtime", "-c", _CODE.format(package=package)],
            cwd=surroundings.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=timeout_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as exc:
        raise UseError(f"took longer than {timeout_seconds:g} s", where=where) from exc
    text = done.stderr.decode(errors="replace")
    if done.returncode != 0:
        said = [line for line in text.splitlines() if line.strip() and not _LINE.match(line)]
        raise UseError(f"failed: {said[-1] if said else done.returncode}"[:400], where=where)
    timed = text.partition(_MARK)[2]
    if not any(_LINE.fullmatch(line) for line in timed.splitlines()):
        raise UseError("costs nothing: the interpreter has it imported before", where=where)
    return parse_importtime(timed)


def parse_importtime(text: str) -> ImportRun:
    """Seconds of every module in what ``-X importtime`` wrote.

    A module is imported once; should a name come twice (it was removed in between), the times
    are added.

    Raises:
        ValueError: No module was imported.
    """
    own: dict[str, float] = {}
    cumulative: dict[str, float] = {}
    for line in text.splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        name = found.group(4)
        own[name] = own.get(name, 0.0) + int(found.group(1)) / 1e6
        cumulative[name] = cumulative.get(name, 0.0) + int(found.group(2)) / 1e6
    return ImportRun(own, cumulative)
