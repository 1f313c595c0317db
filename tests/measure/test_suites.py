"""Unmodified suites of a foreign project, measured for real in fresh processes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from perfproof.errors import UseError
from perfproof.measure.suites import collect, find_suites
from perfproof.measure.worker_process import Surroundings
from tests.measure.kept import QUICK, measured

PYTEST_IDS = {
    "benchmarks/test_parcel.py::test_weigh[10]",
    "benchmarks/test_parcel.py::test_weigh[1000]",
    "benchmarks/test_parcel.py::test_sort",
    "benchmarks/test_parcel.py::TestKept::test_pedantic",
}
PYPERF_IDS = {
    f"benchmarks/perf_parcel.py::{name}"
    for name in ("func", "async_func", "time_func", "statement", "command")
}


def test_both_suites_give_every_value_with_process_block_order_and_slot(
    foreign_project: Path,
) -> None:
    kept = measured(foreign_project)
    assert kept.troubles == []
    assert {(s.benchmark, s.process) for s in kept.samples} == {
        (each, process) for each in PYTEST_IDS | PYPERF_IDS for process in (0, 1)
    }
    orders = [place for sample in kept.samples for place in sample.order]
    assert orders == list(range(len(orders)))
    assert all(set(sample.slot) == {0} for sample in kept.samples)
    assert all(min(sample.block_ns) > 0 for sample in kept.samples)
    assert all(sample.yardstick_ns is not None for sample in kept.samples)
    assert sorted(kept.advances) == sorted((s.benchmark, s.process) for s in kept.samples)


def test_a_benchmark_is_known_by_group_parameters_source_and_mark(foreign_project: Path) -> None:
    suites = find_suites(foreign_project, ("benchmarks",), ("benchmarks/*.py",))
    found = collect(suites, Surroundings(foreign_project, {}), timeout_seconds=60)
    known = {each.id.split("::", 1)[1]: each for group in found.values() for each in group}
    assert known["test_weigh[10]"].parameters == {"count": 10}
    assert known["test_sort"].group == "sorting"
    assert known["test_sort"].target_seconds == 1.0
    assert known["test_weigh[10]"].source_hash == known["test_weigh[1000]"].source_hash
    assert known["test_weigh[10]"].source_hash != known["test_sort"].source_hash
    assert known["func"].runner == "pyperf"
    assert known["func"].target_seconds is None


def test_pedantic_rounds_and_iterations_are_the_suites_own(foreign_project: Path) -> None:
    suite = foreign_project / "benchmarks/test_parcel.py"
    suite.write_text(
        "calls = []\n"
        "def test_counted(benchmark):\n"
        "    benchmark.pedantic(calls.append, (1,), rounds=5, iterations=3, warmup_rounds=2)\n"
        "    assert len(calls) == (5 + 2) * 3 + 1\n"
    )
    kept = measured(foreign_project, pyperf_patterns=())
    assert kept.troubles == []
    assert [(s.calls, len(s.block_ns)) for s in kept.samples] == [(3, 5), (3, 5)]


def test_the_time_that_is_measured_is_the_time_of_the_call(foreign_project: Path) -> None:
    suite = foreign_project / "benchmarks/test_parcel.py"
    suite.write_text(
        "import time\n"
        "def test_sleep(benchmark):\n    benchmark(time.sleep, 0.004)\n"
        "def test_nothing(benchmark):\n    benchmark(lambda: None)\n"
    )
    kept = measured(foreign_project, pyperf_patterns=())
    for sample in kept.samples:
        if "sleep" in sample.benchmark:
            assert min(sample.seconds) >= 0.004
        else:
            assert min(sample.seconds) < 0.001


def test_each_process_has_its_own_hash_seed(foreign_project: Path) -> None:
    seeds = foreign_project / "seeds.txt"
    (foreign_project / "benchmarks/test_parcel.py").write_text(
        "import os\n"
        f"open({str(seeds)!r}, 'a').write(os.environ['PYTHONHASHSEED'] + '\\n')\n"
        "def test_any(benchmark):\n    benchmark(int)\n"
    )
    measured(foreign_project, msgspec.structs.replace(QUICK, processes=4), pyperf_patterns=())
    measuring = [seed for seed in seeds.read_text().split() if seed != "0"]
    assert len(set(measuring)) == len(measuring) == 4


def test_benchmarks_take_turns_in_rounds_rather_than_one_after_the_other(
    foreign_project: Path,
) -> None:
    kept = measured(foreign_project, pyperf_patterns=())
    assert [sample.process for sample in kept.samples] == [0] * 4 + [1] * 4


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        ("benchmark(lambda: 1 / 0)", "failed", "call: ZeroDivisionError: division by zero"),
        ("__import__('pytest').skip('not here')", "skipped", "Skipped: not here"),
        ("raise OSError('\\udcff')", "failed", r"OSError: \udcff"),
        ("pass", "failed", "the test passed without calling its benchmark fixture"),
        ("__import__('os')._exit(9)", "worker", "the worker ended with exit code 9"),
        ("__import__('os').abort()", "worker", "SIGABRT"),
        ("benchmark(__import__('time').sleep, 60)", "timeout", "gave no answer for 6 s"),
    ],
)
def test_a_benchmark_that_gives_no_figure_says_why_and_the_others_go_on(
    foreign_project: Path, body: str, kind: str, reason: str
) -> None:
    (foreign_project / "benchmarks/test_parcel.py").write_text(
        f"def test_broken(benchmark):\n    {body}\n"
        "def test_whole(benchmark):\n    benchmark(int)\n"
        "def test_whole_too(benchmark):\n    benchmark(int)\n"
    )
    # A busy machine takes its time for an answer.
    plan = msgspec.structs.replace(QUICK, timeout_seconds=6.0 if kind == "timeout" else 30.0)
    kept = measured(foreign_project, plan, pyperf_patterns=())
    (trouble,) = kept.troubles
    assert (trouble.benchmark, trouble.kind) == ("benchmarks/test_parcel.py::test_broken", kind)
    assert reason in trouble.reason
    assert len(kept.samples) == 4


def test_a_suite_that_takes_longer_to_import_than_a_benchmark_may_be_silent_is_measured(
    foreign_project: Path,
) -> None:
    (foreign_project / "benchmarks/test_parcel.py").write_text(
        "__import__('time').sleep(3)\n\ndef test_whole(benchmark):\n    benchmark(int)\n"
    )
    plan = msgspec.structs.replace(QUICK, processes=1, timeout_seconds=2.0)
    kept = measured(foreign_project, plan, pyperf_patterns=())
    assert not kept.troubles
    assert len(kept.samples) == 1


def test_a_failing_assertion_after_the_benchmark_is_told_and_the_sample_kept(
    foreign_project: Path,
) -> None:
    (foreign_project / "benchmarks/test_parcel.py").write_text(
        "def test_strict(benchmark):\n    benchmark(int)\n"
        "    assert benchmark.stats.stats.mean > 1, 'too fast'\n"
    )
    kept = measured(foreign_project, pyperf_patterns=())
    assert len(kept.samples) == 1
    assert "too fast" in kept.troubles[0].reason


def test_a_pyperf_benchmark_that_fails_is_told_and_the_others_go_on(foreign_project: Path) -> None:
    (foreign_project / "benchmarks/perf_parcel.py").write_text(
        "import sys, pyperf\n"
        "runner = pyperf.Runner()\n"
        "runner.bench_command('bad', [sys.executable, '-c', 'raise SystemExit(3)'])\n"
        "runner.bench_func('good', int)\n"
    )
    kept = measured(foreign_project, pytest_paths=())
    assert [t.reason for t in kept.troubles] == ["RuntimeError: the command ended with 3"]
    assert [s.benchmark for s in kept.samples] == ["benchmarks/perf_parcel.py::good"] * 2


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        ("benchmarks/test_parcel.py", "import nowhere_at_all\n", "No module named"),
        ("benchmarks/test_parcel.py", "def broken(:\n", "SyntaxError"),
        (
            "benchmarks/test_parcel.py",
            "import pytest\n@pytest.mark.perfproof_target('5 parsecs')\n"
            "def test_x(benchmark): benchmark(int)\n",
            "'5 parsecs' is not a duration",
        ),
        (
            "benchmarks/perf_parcel.py",
            "import pyperf\nrunner = pyperf.Runner()\nraise OSError('no disk')\n",
            "OSError: no disk",
        ),
    ],
)
def test_a_suite_that_cannot_be_walked_through_is_bad_input_with_its_reason(
    foreign_project: Path, file: str, content: str, sentence: str
) -> None:
    (foreign_project / file).write_text(content)
    with pytest.raises(UseError) as caught:
        measured(foreign_project)
    assert sentence in str(caught.value)
    assert file in str(caught.value)


def test_a_path_that_is_not_there_is_refused_by_name(foreign_project: Path) -> None:
    with pytest.raises(UseError, match="there is no 'benches'"):
        find_suites(foreign_project, ("benches",), ())


def test_no_benchmark_at_all_is_refused(foreign_project: Path) -> None:
    (foreign_project / "benchmarks/test_parcel.py").write_text("def test_plain(): pass\n")
    with pytest.raises(UseError, match="no benchmark was found"):
        measured(foreign_project, pyperf_patterns=())


def test_only_files_that_make_a_runner_count_as_scripts(foreign_project: Path) -> None:
    folder = foreign_project / "benchmarks"
    (folder / "notes.py").write_text("# pyperf Runner(\n")
    (folder / "broken.py").write_text("import pyperf\nRunner( =\n")
    (folder / "named.py").write_text("from pyperf import Runner\nRunner()\n")
    suites = find_suites(foreign_project, (), ("benchmarks/**/*.py",))
    assert [suite.paths[0] for suite in suites] == [
        "benchmarks/named.py",
        "benchmarks/perf_parcel.py",
    ]


def test_other_words_in_addopts_do_not_stop_the_suite(foreign_project: Path) -> None:
    config = foreign_project / "pyproject.toml"
    config.write_text(config.read_text() + 'addopts = ["-n", "2", "--benchmark-disable", "-x"]\n')
    kept = measured(foreign_project, pyperf_patterns=())
    assert len(kept.samples) == 8


def test_the_workers_leave_no_file_in_the_users_tree(
    foreign_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    before = {path for path in foreign_project.rglob("*") if ".perfproof" not in path.parts}
    measured(foreign_project)
    after = {path for path in foreign_project.rglob("*") if ".perfproof" not in path.parts}
    assert after == before


def test_a_surroundings_variable_reaches_the_suite(foreign_project: Path) -> None:
    (foreign_project / "benchmarks/test_parcel.py").write_text(
        "import os\ndef test_named(benchmark):\n    benchmark(int)\n"
        "    assert os.environ['PERFPROOF_SYSTEM'] == 'some.module'\n"
    )
    suites = find_suites(foreign_project, ("benchmarks",), ())
    around = replace(Surroundings(foreign_project, {}), variables={"PERFPROOF_SYSTEM": "x"})
    assert collect(suites, around, timeout_seconds=60)
