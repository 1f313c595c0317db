"""How far two counts of the instructions of identical code agree, and what +2 % of work reads as.

``python -m analysis.counting_agreement`` writes a small suite into two folders with paths of equal
length, counts both under callgrind as ``perfproof counts --compare`` does, and prints the ratio of
each benchmark: of identical code, of code beside which something else was edited, and of 2 % more
work. With ``--events`` this repository's own ``benchmarks/test_events.py`` is counted too, from two
copies of its files. Takes some minutes.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from perfproof.judge.counting import calls_counted, compare_counts
from perfproof.measure.counts import Census, CountPlan, take_census
from perfproof.measure.suites import collect, find_suites
from perfproof.measure.worker_process import Surroundings
from perfproof.record import Side
from perfproof.record.counting import CountComparison, Tally

__all__ = ["CASES", "main", "written"]

ROOT = Path(__file__).resolve().parent.parent
SUITE = """
import json

ITEMS = [{{"id": each, "text": "x" * 20}} for each in range({more} // 2)]

def arithmetic(count):
    total = 0
    for each in range(count):
        total += each * each % 7
    return total

def entries(count):
    seen = {{}}
    for each in range(count):
        seen[f"key-{{each % 97}}"] = seen.get(f"key-{{each % 97}}", 0) + each
    return sorted(seen.items())

def documents(count):
    return [json.loads(json.dumps(ITEMS)) for _ in range(count)]

def words(count):
    return ["-".join(("a", str(each), "b")).upper().replace("A", "c").split("-")
            for each in range(count)]

class Node:
    def __init__(self, below):
        self.below = below

def chain(count):
    node = None
    for _ in range(count):
        node = Node(node)
    return node

def test_arithmetic(benchmark):
    benchmark(arithmetic, {more} * 20)

def test_entries(benchmark):
    benchmark(entries, {more} * 10)

def test_documents(benchmark):
    benchmark(documents, 10)

def test_words(benchmark):
    benchmark(words, {more} * 5)

def test_objects(benchmark):
    benchmark(chain, {more} * 5)
"""
_ELSEWHERE = """
# An edit that no benchmark runs through, as most of a commit is to most benchmarks.
UNUSED = {f"name-{each}": [each] * 10 for each in range(300)}

def unused(left, right):
    return {left: right, "sum": left + right}
"""
CASES: Mapping[str, tuple[int, str]] = {
    "identical": (100, ""),
    "edited elsewhere": (100, _ELSEWHERE),
    "+2 % of work": (102, ""),
}
"""Work and further text of the head's suite; the base has 100 and none."""


def main(words: Sequence[str]) -> int:
    """Count each case and print a line a benchmark."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n\n")[0])
    parser.add_argument("--case", choices=tuple(CASES), action="append")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--events", action="store_true")
    parser.add_argument("--loops", action="store_true", help="what each loop says, too")
    said = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="perfproof-") as made:
        for number in range(said.repeat):
            for case in said.case or CASES:
                more, beside = CASES[case]
                folder = Path(made) / f"{number}{case[:4]}"
                sides: dict[Side, Path] = {
                    "base": written(folder / "base", 100, ""),
                    "head": written(folder / "head", more, beside),
                }
                _told(case, sides, said.seeds, loops=said.loops)
            if said.events:
                folder = Path(made) / f"{number}events"
                copies: dict[Side, Path] = {
                    "base": _copied(folder / "base"),
                    "head": _copied(folder / "head"),
                }
                _told("events", copies, said.seeds, loops=said.loops)
    return 0


def written(root: Path, more: int, beside: str) -> Path:
    """The suite in a folder; the folder."""
    (root / "suite").mkdir(parents=True)
    (root / "suite/test_it.py").write_text(beside + SUITE.format(more=more))
    return root


def _copied(root: Path) -> Path:
    names = subprocess.run(
        ["git", "ls-files", "-z", "benchmarks", "system_under_test", "pyproject.toml"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, names.stdout.split("\0")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, root / name)
    (root / "suite").symlink_to("benchmarks")
    return root


def _told(case: str, roots: Mapping[Side, Path], seeds: int, *, loops: bool) -> None:
    place = "benchmarks/test_events.py" if case == "events" else "suite"
    sides = {side: Surroundings(root, {"PYTHONPATH": str(root)}) for side, root in roots.items()}
    suites = find_suites(roots["base"], (place,), ())
    found = collect(suites, sides["base"], timeout_seconds=120)
    given = take_census(
        Census(
            suites=[(suite, tuple(each.id for each in group)) for suite, group in found.items()],
            sides=sides,
            kinds=("instructions",),
            plan=CountPlan(hash_seeds=tuple(range(1, seeds + 1))),
        )
    )
    for trouble in given.troubles:
        print(f"{case}: {trouble.benchmark} {trouble.kind}: {trouble.reason}")
    for each in compare_counts(given.tallies):
        print(_line(case, each), flush=True)
        if loops:
            mine = [tally for tally in given.tallies if tally.benchmark == each.benchmark]
            print(*map(_loops, mine), sep="\n")


def _line(case: str, each: CountComparison) -> str:
    assert each.ratio is not None
    off = max(abs(each.ratio.low - 1), abs(each.ratio.high - 1)) * 100
    name = each.benchmark.rpartition("::")[2]
    medians = (each.head.middle / each.base.middle - 1) * 100
    return (
        f"{case:17} {name:30} {each.base.middle:14,.1f} a call, medians {medians:+.4f} %,"
        f" worst loop {off:.4f} % off, {each.verdict.value}"
    )


def _loops(tally: Tally) -> str:
    values = ", ".join(f"{each:,.2f}" for each in calls_counted(tally))
    return f"    {tally.side} seed {tally.hash_seed} {tally.calls[:2]}: {values}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
