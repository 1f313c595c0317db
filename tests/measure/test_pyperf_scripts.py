"""pyperf scripts as they stand in repositories: own options, siblings, figures looked at."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from perfproof.errors import UseError
from perfproof.measure.pyperf_figures import uses_figures
from perfproof.measure.pyperf_statement import statement_timer
from perfproof.measure.suites import collect, find_suites
from perfproof.measure.worker_process import Surroundings
from tests.measure.kept import QUICK, measured

# After bm_raytrace, bm_regex_effbot and bm_python_startup of pyperformance, and pyperf's manual.
SCRIPT = '''\
"""A script in a folder of a package, with siblings and options of its own."""
import asyncio
import pickle
import sys
from pathlib import Path

import pyperf

import sibling

assert Path(__file__).is_absolute()
DEFAULT_WIDTH = 40


class Thing:
    pass


def add_cmdline_args(cmd, args):
    cmd.append("--width=%s" % args.width)


def bench_draw(loops, width, filename):
    t0 = pyperf.perf_counter()
    for _ in range(loops):
        sibling.draw(width)
    return pyperf.perf_counter() - t0


async def work():
    await asyncio.sleep(0)


if __name__ == "__main__":
    runner = pyperf.Runner(values=10, metadata={"a": 1}, add_cmdline_args=add_cmdline_args)
    cmd = runner.argparser
    cmd.add_argument("--width", type=int, default=DEFAULT_WIDTH)
    cmd.add_argument("--filename", metavar="FILE")
    args = runner.parse_args()
    assert args is runner.args and args.worker
    runner.metadata["description"] = "Draws with " + pyperf.python_implementation()
    bench = runner.bench_time_func("draw", bench_draw, args.width, args.filename, inner_loops=10)
    if bench is not None:
        assert 0 < bench.mean() < 1 and bench.get_name() == "draw"
        assert bench.get_nvalue() == 4 or bench.get_nvalue() == 1
    runner.bench_func("pickled", pickle.loads, pickle.dumps(Thing()), metadata={"b": 2})
    runner.bench_async_func("async", work, loop_factory=asyncio.new_event_loop)
    runner.timeit(
        "statement",
        stmt=["held.append(step)", "held.append(step)"],
        setup=["held = []", "import sibling"],
        teardown="assert len(held) % 2 == 0 and sibling",
        globals={"step": 1},
        duplicate=5,
    )
    runner.timeit("1 + 1")
    runner.bench_command("startup", [sys.executable, "-S", "-c", "pass"])
'''


def test_a_script_with_all_that_pyperf_offers_is_measured_as_it_stands(tmp_path: Path) -> None:
    folder = tmp_path / "pkg" / "benches"
    folder.mkdir(parents=True)
    (folder / "sibling.py").write_text("def draw(width):\n    return [0] * width\n")
    (folder / "bench_all.py").write_text(SCRIPT)
    plan = msgspec.structs.replace(QUICK, processes=1)
    kept = measured(tmp_path, plan, pytest_paths=(), pyperf_patterns=("**/bench_*.py",))
    names = ["draw", "pickled", "async", "statement", "1 + 1", "startup"]
    assert [each.name for each in kept.benchmarks] == names
    assert kept.troubles == []
    assert {each.benchmark.split("::")[1] for each in kept.samples} == set(names)


def test_a_loop_that_does_several_calls_at_once_is_counted_by_its_calls(tmp_path: Path) -> None:
    (tmp_path / "bench.py").write_text(
        "import time, pyperf\n"
        "runner = pyperf.Runner()\n"
        "def ten(loops):\n"
        "    print(loops, file=open('loops.txt', 'a'))\n"
        "    return loops * 0.01\n"
        "runner.bench_time_func('ten', ten, inner_loops=10)\n"
    )
    plan = msgspec.structs.replace(QUICK, processes=1, block_seconds=0.02)
    kept = measured(tmp_path, plan, pytest_paths=(), pyperf_patterns=("bench.py",))
    (sample,) = kept.samples
    assert sample.seconds == pytest.approx([0.001] * 4)
    # A block is as long as it is meant to be, not ten times as long.
    assert sample.calls == 20
    assert max(map(int, (tmp_path / "loops.txt").read_text().split())) == 2


def test_a_script_that_needs_arguments_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "bench.py").write_text(
        "import pyperf\n"
        "runner = pyperf.Runner()\n"
        "runner.argparser.add_argument('kind')\n"
        "runner.parse_args()\n"
    )
    suites = find_suites(tmp_path, (), ("bench.py",))
    with pytest.raises(UseError, match="arguments are required: kind"):
        collect(suites, Surroundings(tmp_path, {}), timeout_seconds=60)


@pytest.mark.parametrize(
    ("line", "uses"),
    [
        ("runner.bench_func('a', int)", False),
        ("for f in fs: runner.bench_func('a', f)", False),
        ("bench = runner.timeit('1')", True),
        ("print(runner.bench_command('a', ['b']).mean())", True),
    ],
)
def test_listing_runs_a_benchmark_only_for_a_script_that_looks_at_its_figures(
    line: str, uses: bool
) -> None:
    assert uses_figures(line.encode()) is uses


def test_a_statement_is_timed_without_its_setup_and_teardown() -> None:
    seen: list[str] = []
    time_loops = statement_timer(
        ["note('body')"],
        ["import time", "time.sleep(0.05)", "name = 'setup'", "note(name)"],
        ["note('after ' + name)"],
        {"note": seen.append},
    )
    assert 0 < time_loops(2) < 50_000_000
    assert seen == ["setup", "body", "body", "after setup"]
