"""A process pair: both workers led through one suite, block beside block."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from perfproof.cli.berthing import named_berths
from perfproof.cli.duel_standing import pair_of
from perfproof.judge.duel import log_ratios
from perfproof.measure.berths import Crew
from perfproof.measure.lockstep import Chance, Pairing, PairPlan, Station, measure_pair
from perfproof.measure.suites import Suite
from perfproof.measure.worker_process import Surroundings
from perfproof.record import Sample

SUITE = Suite("pytest-benchmark", ("benchmarks",))
PATH = "benchmarks/test_parcel.py::"
PLAN = PairPlan(quads=3, block_seconds=0.0003, warmup_seconds=0.001, timeout_seconds=20.0)


def paired(  # noqa: PLR0913 - what a test may change of a pair
    root: Path,
    ids: Sequence[str],
    *,
    head: dict[str, str] | None = None,
    plan: PairPlan = PLAN,
    wanted: Callable[[str], bool] = lambda _: True,
    calls: dict[str, int] | None = None,
) -> Pairing:
    """One pair of the project with itself; ``head`` are variables that only the head sees."""
    sides = {"base": Surroundings(root, {}), "head": Surroundings(root, head or {})}
    station = Station(
        surroundings=sides,  # type: ignore[arg-type]  # two literals that mypy reads as str
        berths=named_berths("1"),
        crew=Crew(),
        number=7,
        wanted=wanted,
    )
    return measure_pair(SUITE, ids, station, plan, Chance(random.Random(3), calls or {}))


def both(pairing: Pairing, benchmark: str) -> tuple[Sample, Sample]:
    found = {each.side: each for each in pairing.samples if each.benchmark == benchmark}
    return found["base"], found["head"]


def test_blocks_alternate_in_quads_with_equal_calls(foreign_project: Path) -> None:
    ids = [PATH + "test_sort", PATH + "test_weigh[10]"]
    pairing = paired(foreign_project, ids)
    assert pairing.troubles == []
    assert len(pairing.samples) == 4
    for benchmark in ids:
        base, head = both(pairing, benchmark)
        assert base.calls == head.calls
        assert len(base.block_ns) == len(head.block_ns) == 6
        first = min(base.order + head.order)
        assert sorted(base.order + head.order) == list(range(first, first + 12))
        for quad in range(3):
            halves = [{base.slot[place], head.slot[place]} for place in (2 * quad, 2 * quad + 1)]
            assert halves == [{0, 1}, {2, 3}]
            # ABBA or BAAB: whoever is first in the first half is last in the second.
            assert (base.slot[2 * quad] == 0) is (base.slot[2 * quad + 1] == 3)
        assert len(log_ratios(pair_of(base, head))) > 0


def test_what_was_decided_meanwhile_is_passed_by(foreign_project: Path) -> None:
    ids = [PATH + "test_sort", PATH + "test_weigh[10]"]
    pairing = paired(foreign_project, ids, wanted=lambda each: each == ids[1])
    assert pairing.troubles == []
    assert {each.benchmark for each in pairing.samples} == {ids[1]}


def test_the_order_is_drawn_by_chance() -> None:
    chance = Chance(random.Random(1))
    assert {chance.quad() for _ in range(50)} == {
        (("base", "head"), ("head", "base")),
        (("head", "base"), ("base", "head")),
    }


@pytest.mark.parametrize("known", [True, False])
def test_who_is_warmed_up_first_is_drawn_once_the_calls_are_known(
    foreign_project: Path, known: bool
) -> None:
    """Who comes first stands still while the other is warmed up, and is cold at its first block."""
    (foreign_project / "benchmarks/test_parcel.py").write_text(
        "import os\nimport pytest\n\n"
        "@pytest.mark.parametrize('number', range(12))\n"
        "def test_called(benchmark, number):\n"
        "    called = []\n\n"
        "    def first():\n"
        "        if not called:\n"
        "            called.append(1)\n"
        "            with open('order', 'a') as file:\n"
        "                file.write(os.environ.get('ONLY_HEAD', 'b'))\n\n"
        "    benchmark(first)\n"
    )
    ids = [f"{PATH}test_called[{number}]" for number in range(12)]
    calls = dict.fromkeys(ids, 5) if known else {}
    pairing = paired(foreign_project, ids, head={"ONLY_HEAD": "h"}, calls=calls)
    assert pairing.troubles == []
    order = (foreign_project / "order").read_text()
    firsts = {order[place : place + 2] for place in range(0, 24, 2)}
    assert firsts == ({"bh", "hb"} if known else {"bh"})


def test_rounds_that_the_suite_demands_are_kept(foreign_project: Path) -> None:
    pairing = paired(foreign_project, [PATH + "TestKept::test_pedantic"])
    assert pairing.troubles == []
    base, head = both(pairing, PATH + "TestKept::test_pedantic")
    assert (base.calls, len(base.block_ns), len(head.block_ns)) == (1, 3, 3)


@pytest.mark.parametrize(
    ("body", "kind", "rest"),
    [
        ("raise OSError('no disk')", "failed", []),
        ("__import__('pytest').skip('not here')", "skipped", []),
        ("__import__('os')._exit(5)", "worker", [PATH + "test_sort"]),
        ("__import__('time').sleep(60)", "timeout", [PATH + "test_sort"]),
    ],
)
def test_what_breaks_on_the_head_is_its_trouble_and_the_rest_is_left_for_another_pair(
    foreign_project: Path, body: str, kind: str, rest: list[str]
) -> None:
    suite = foreign_project / "benchmarks/test_parcel.py"
    suite.write_text(
        "import os\n\ndef test_broken(benchmark):\n"
        f"    if os.environ.get('ONLY_HEAD'):\n        {body}\n    benchmark(int)\n\n"
        "def test_sort(benchmark):\n    benchmark(sorted, [3, 1, 2])\n"
    )
    # A busy machine takes its time for an answer.
    patience = 8.0 if kind == "timeout" else 30.0
    plan = PairPlan(quads=1, block_seconds=0.0003, warmup_seconds=0.0, timeout_seconds=patience)
    ids = [PATH + "test_broken", PATH + "test_sort"]
    pairing = paired(foreign_project, ids, head={"ONLY_HEAD": "1"}, plan=plan)
    (trouble,) = pairing.troubles
    assert (trouble.benchmark, trouble.side, trouble.kind) == (ids[0], "head", kind)
    assert list(pairing.remaining) == rest
    measured = {each.benchmark for each in pairing.samples}
    assert measured == (set() if rest else {ids[1]})
