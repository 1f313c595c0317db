"""Peers are run as they are, what they print is read, and what belies itself is no verdict."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from analysis.study.peers import by_asv, by_pyperf
from analysis.study.peers.by_asv import Asv
from analysis.study.peers.by_pyperf import Pyperf
from analysis.study.peers.by_pytest_benchmark import RULES, PytestBenchmark, regressions
from analysis.study.peers.gear import REQUIREMENTS, Gear, Ground, pinned
from analysis.study.versions import BASE, TEMPLATE
from perfproof.errors import MachineryError
from tests.cli.controllers import eventually

SUITES = Path(by_asv.__file__).parent / "suites"

PYTEST_SAID = """\
Comparing against benchmarks from: Linux-CPython-3.11-64bit/0001_base.json
....                                                                     [100%]
ERROR: Performance has regressed:
\ttest_calls[large] (0001_base) - Field 'mean' has failed PercentageRegressionCheck: 17.65 > 5.00
\ttest_json[small] (0001_base) - Field 'median' has failed PercentageRegressionCheck: 16.2 > 15.0
Traceback (most recent call last):
pytest_benchmark.session.PerformanceRegression: Performance has regressed.
"""

PYPERF_SAID = """\
| Benchmark        | base    | head                  |
|------------------|:-------:|:---------------------:|
| json-small       | 120 us  | 154 us: 1.29x slower  |
| arithmetic-small | 1.44 us | 1.31 us: 1.10x faster |
| Geometric mean   | (ref)   | 1.09x slower          |

Benchmark hidden because not significant (2): calls-small, calls-large
"""

ASV_SAID = """\
[100.00%] ··· workload.Workload.time_call                                 ok
| Change | Before [f5a4] <base> | After [33cf] | Ratio | Benchmark (Parameter) |
|--------|-------------|-------------|---------|------------------------------------------|
| +      | 2.17±0.02ms | 4.33±2ms    |    2    | w.Workload.time_call('sqlite', 'large')  |
|        | 2.22±2ms    | 4.59±3ms    | ~2.07   | w.Workload.time_call('json', 'large')    |
|        | 378±5μs     | 380±2μs     |    1.01 | w.Workload.time_call('gather', 'small')  |
| -      | 2.78±0.05μs | 2.42±0.2μs  |    0.87 | w.Workload.time_call('calls', 'small')   |

SOME BENCHMARKS HAVE CHANGED SIGNIFICANTLY.
"""


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    """This interpreter in the place of that of the peers; ``vast`` is a hundred times the work."""
    made = Ground(Gear(Path(sys.executable)), tmp_path / "project", tmp_path)
    for tag, percent in ((BASE, 0), ("vast", 9900)):
        shutil.copytree(TEMPLATE, tmp_path / "sides" / tag)
        size = made.side(tag) / "workloads" / "size.py"
        size.write_text(size.read_text().replace("PERCENT = 0", f"PERCENT = {percent}"))
    return made


def soon() -> float:
    return time.monotonic() + 100


def speaking(folder: Path, said: str, exit_code: int) -> Gear:
    """Fake: in the place of an interpreter; says the same whatever it is asked."""
    (folder / "said.txt").write_text(said)
    script = folder / "python"
    script.write_text(f"#!/bin/sh\ncat {folder / 'said.txt'}\nexit {exit_code}\n")
    script.chmod(0o755)
    return Gear(script)


def asv(folder: Path, said: str, exit_code: int) -> Asv:
    peer = Asv(Ground(speaking(folder, said, exit_code), folder / "project", folder))
    peer.folder.mkdir()
    return peer


def test_regressions_are_those_that_pytest_benchmark_prints() -> None:
    assert regressions(PYTEST_SAID) == {("mean", "calls-large"), ("median", "json-small")}
    assert regressions("20 passed in 14.41s") == set()


def test_the_real_pytest_benchmark_is_red_where_work_is_a_hundredfold(ground: Ground) -> None:
    quick = ("-k", "calls", "--benchmark-max-time=0.02", "--benchmark-min-rounds=3")
    called = PytestBenchmark(ground, quick).compare("vast", soon())
    assert {each.benchmark for each in called} == {"calls-small", "calls-large"}
    assert [each.rule for each in called] == [rule for rule in RULES.values() for _ in range(2)]
    assert all(each.slower and each.ratio > 5 for each in called)


def test_the_real_pytest_benchmark_is_not_red_the_other_way_round(ground: Ground) -> None:
    for tag, other in (("vast", "kept"), (BASE, "vast"), ("kept", BASE)):
        ground.side(tag).rename(ground.scratch / "sides" / other)
    quick = ("-k", "calls", "--benchmark-max-time=0.02", "--benchmark-min-rounds=3")
    called = PytestBenchmark(ground, quick).compare("vast", soon())
    assert len(called) == 6
    assert not any(each.slower or each.ratio > 0.5 for each in called)


def test_a_suite_that_does_not_run_is_no_verdict(ground: Ground) -> None:
    with pytest.raises(MachineryError, match="run of the base: exit code"):
        PytestBenchmark(ground, ("--no-such-option",)).compare("vast", soon())


def test_an_exit_code_without_a_printed_regression_is_no_verdict(ground: Ground) -> None:
    # One test fails in the head, none has regressed.
    test = ground.side("vast") / "benchmarks" / "test_broken.py"
    test.write_text("def test_broken(benchmark):\n    raise OSError\n")
    quick = ("-k", "broken or arithmetic", "--benchmark-max-time=0.01", "--benchmark-min-rounds=3")
    size = ground.side("vast") / "workloads" / "size.py"
    size.write_text(size.read_text().replace("PERCENT = 9900", "PERCENT = -90"))
    with pytest.raises(MachineryError, match="exit code 1 and 0 regressions"):
        PytestBenchmark(ground, quick).compare("vast", soon())


class Always(random.Random):
    """Fake: chance that draws the same two workloads."""

    def sample(self, population: Sequence[Any], k: int, **_: Any) -> list[Any]:
        assert len(population) == 20
        return ["calls-large", "strings-large"][:k]


def test_pyperf_calls_slower_what_its_table_does() -> None:
    slower = {"json-small": True, "arithmetic-small": False}
    hidden = {"calls-small": False, "calls-large": False}
    assert by_pyperf.verdicts_of(PYPERF_SAID) == slower | hidden
    alone = "Benchmark hidden because not significant (1): json-small\n"
    assert by_pyperf.verdicts_of(alone) == {"json-small": False}


@pytest.mark.parametrize("count", [1, 2])
def test_the_real_pyperf_is_red_where_work_is_a_hundredfold(ground: Ground, count: int) -> None:
    # Of single values pyperf calls every difference significant.
    peer = Pyperf(ground, Always(), count, ("--debug-single-value",))
    called = peer.compare("vast", soon())
    assert [each.benchmark for each in called] == ["calls-large", "strings-large"][:count]
    assert all(each.slower and each.ratio > 5 for each in called)


def test_asv_calls_slower_what_it_marks(tmp_path: Path) -> None:
    called = asv(tmp_path, ASV_SAID, 1).compare("grown_10", soon())
    assert [(each.benchmark, each.slower, each.ratio) for each in called] == [
        ("sqlite-large", True, 2.0),
        ("json-large", False, 2.07),
        ("gather-small", False, 1.01),
        ("calls-small", False, 0.87),
    ]


@pytest.mark.parametrize(
    ("said", "exit_code", "complaint"),
    [
        (ASV_SAID, 0, "belies"),
        (ASV_SAID.replace("| + ", "|   "), 1, "belies"),
        (ASV_SAID.replace("~2.07", "n/a  "), 1, "json-large: marked '' with ratio 'n/a'"),
        (ASV_SAID.replace("| - ", "| ! "), 1, "calls-small: marked '!'"),
        ("No environments selected\n", 1, "it said 'No environments selected'"),
        ("", 0, "it said 'nothing'"),
    ],
)
def test_asv_is_not_believed_blindly(
    tmp_path: Path, said: str, exit_code: int, complaint: str
) -> None:
    with pytest.raises(MachineryError, match=complaint):
        asv(tmp_path, said, exit_code).compare("identical", soon())


def test_asv_compares_nothing_that_an_earlier_run_left(tmp_path: Path) -> None:
    peer = asv(tmp_path, ASV_SAID, 1)
    results = peer.folder / "results" / "machine"
    results.mkdir(parents=True)
    for name in ("machine.json", "f5a46693-virtualenv.json"):
        (results / name).touch()
    peer.compare("grown_10", soon())
    assert [path.name for path in results.iterdir()] == ["machine.json"]


def test_asv_without_an_environment_cannot_be_had(tmp_path: Path) -> None:
    peer = Asv(Ground(speaking(tmp_path, "no network\n", 0), tmp_path / "project", tmp_path))
    with pytest.raises(MachineryError, match="no environment; it said 'no network'"):
        peer.prepare(soon())


def test_the_suite_of_asv_runs_every_workload() -> None:
    script = (
        "from asv_workloads import Workload; w = Workload(); names, sizes = w.params\n"
        "for name in names: w.setup(name, 'small'); w.time_call(name, 'small')\n"
        "print(len(names) * len(sizes))"
    )
    path = os.pathsep.join(map(str, (SUITES, TEMPLATE)))
    done = subprocess.run(
        [sys.executable, "-B", "-c", script],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "20\n"


def test_what_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    script = (
        "import subprocess, time\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        "open('pid', 'w').write(str(child.pid)); time.sleep(600)"
    )
    gear = Gear(Path(sys.executable))
    with pytest.raises(MachineryError, match="did not end in time"):
        gear.run(["-c", script], tmp_path, time.monotonic() + 2)
    child = Path("/proc") / (tmp_path / "pid").read_text() / "stat"
    assert eventually(lambda: has_ended(child), 20)


def has_ended(stat: Path) -> bool:
    """Whether a process is gone; it may wait, dead, for whoever inherits it to take note."""
    try:
        return stat.read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_peers_do_not_see_what_the_caller_set_for_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("OTHERS", "stay")
    script = "import os; print('PYTHONDONTWRITEBYTECODE' in os.environ, os.environ['OTHERS'])"
    gear = Gear(Path(sys.executable))
    assert gear.demand(["-c", script], tmp_path, soon()) == "False stay\n"


def test_every_requirement_is_pinned_and_none_names_an_index() -> None:
    lines = REQUIREMENTS.read_text().split()
    assert all(line.count("==") == 1 and "/" not in line for line in lines)
    assert all(pinned(each) for each in ("asv", "pyperf", "pytest-benchmark", "numpy"))
