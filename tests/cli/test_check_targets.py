"""`perfproof check` with targets of benchmarks, as a user runs it: two planted faults a figure."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from textwrap import indent

import pytest

from perfproof.measure.counts import why_no_allocations, why_no_instructions
from tests.cli.running import PERFPROOF, perfproof, surroundings
from tests.cli.versions import write

PROJECT = """\
[tool.perfproof]
pytest = ["suite"]
pyperf = []
processes = 4
blocks = 3
block = "0.3 ms"
warmup = "1 ms"
targets = "targets.toml"
"""
SUITE = """\
import socket
import time

import pytest

kept = []
filler = b"x"


def test_clean(benchmark):
    benchmark(sum, (1, 2, 3))
"""
FAULTY = """

def test_fault_{number}(benchmark):
    def faulty():
{body}
    benchmark(faulty)
"""
BUSY = "end = time.perf_counter() + 0.2\nwhile time.perf_counter() < end:\n    pass"
FAULTS = {
    "time": ("50 ms", "time.sleep(0.2)", BUSY),
    "allocations": ("50", "[object() for _ in range(200)]", "[str(n) for n in range(900, 999)]"),
    "bytes": ("20 KiB", "bytes(200_000)", "list(range(30_000))"),
    "instructions": ("20000", "sum(range(5000))", "sorted(range(900), key=lambda n: -n)"),
    "peak memory": ("120 MiB", "filler * 150_000_000", "[None] * 20_000_000"),
    "kept memory": ("0 B", "kept.append(object())", "socket.socket().detach()"),
}
NEEDS = {
    "allocations": why_no_allocations,
    "bytes": why_no_allocations,
    "instructions": why_no_instructions,
    "kept memory": why_no_allocations,
}


def table(figure: str, limit: str, benchmark: str = "*", *, more: str = "") -> str:
    keys = {"benchmark": benchmark, "figure": figure, "limit": limit}
    return "[[target]]\n" + "".join(f'{k} = "{v}"\n' for k, v in keys.items()) + more


def project(root: Path, targets: str, *faults: str, more: str = "") -> Path:
    suite = SUITE + "".join(
        FAULTY.format(number=number, body=indent(fault, " " * 8))
        for number, fault in enumerate(faults)
    )
    files = {"pyproject.toml": PROJECT, "suite/test_it.py": suite + more, "targets.toml": targets}
    write(root, files)
    return root


def verdicts(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    report = json.loads(done.stdout.splitlines()[-1])
    return {each["benchmark"].rpartition("::")[2]: each["verdict"] for each in report["results"]}


@pytest.mark.parametrize(
    # Under valgrind three workers take their time; the others show the same.
    "figure",
    [pytest.param(f, marks=pytest.mark.long) if f == "instructions" else f for f in FAULTS],
)
def test_each_figure_is_missed_by_two_faults_and_met_without(tmp_path: Path, figure: str) -> None:
    if figure in NEEDS and (reason := NEEDS[figure]()) is not None:
        pytest.skip(reason)
    limit, *faults = FAULTS[figure]
    root = project(tmp_path, table(figure, limit), *faults)
    done = perfproof(root, "check", "--quiet", "--json", timeout=300)
    assert done.returncode == 1, done.stdout + done.stderr
    seen = {"test_clean": "met", "test_fault_0": "missed", "test_fault_1": "missed"}
    assert verdicts(done) == seen, done.stdout


COUNTED = """

@pytest.mark.perfproof_target("5 s")
@pytest.mark.perfproof_target("9", figure="allocations")
def test_marked(benchmark):
    benchmark(lambda: [object() for _ in range(20)])


def test_without_target(benchmark):
    raise AssertionError("what no target needs is not measured")
"""


def test_marks_and_tables_stand_in_one_table_and_the_session_tells_them_again(
    tmp_path: Path,
) -> None:
    if (reason := why_no_allocations()) is not None:
        pytest.skip(reason)
    root = project(tmp_path, table("bytes", "64 KiB", "*::test_marked"), more=COUNTED)
    done = perfproof(root, "check", "--quiet")
    assert done.returncode == 1, done.stdout + done.stderr
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith("test_marked")]
    assert {(row[1], row[-1]) for row in rows} == {
        ("allocations", "missed"),
        ("bytes", "met"),
        ("time", "met"),
    }
    assert "1 missed, 2 met." in done.stdout
    (session,) = (root / ".perfproof/sessions").glob("*.jsonl")
    again = perfproof(root, "check", "--session", str(session))
    assert again.returncode == 1, again.stderr
    assert "1 missed, 2 met." in again.stdout
    # What a session cannot hold is said, and is open.
    write(root, {"targets.toml": table("kept memory", "0 B", "*::test_marked", more="hard = true")})
    (root / "suite/test_it.py").unlink()
    other = perfproof(root, "check", "--session", str(session))
    assert "test_marked, kept memory: the session's file holds no kept memory" in other.stdout
    assert "1 missed, 1 undecided, 1 met." in other.stdout
    write(root, {"targets.toml": table("kept memory", "0 B", "*::test_gone")})
    gone = perfproof(root, "check", "--session", str(session))
    assert "1: '*::test_gone' (kept memory) names no benchmark of the session" in gone.stdout
    listed = perfproof(project(root, table("time", "1 s"), more=COUNTED), "list", "-k", "marked")
    assert "(target 5.00 s, allocations target 9)" in listed.stdout


def test_what_cannot_be_counted_here_is_open_and_never_passes_silently(tmp_path: Path) -> None:
    root = project(tmp_path, table("instructions", "7000"))
    # Nobody's PATH holds valgrind.
    environment = {**surroundings(), "PATH": str(tmp_path)}
    for words, status in (((), 0), (("--strict",), 3)):
        done = subprocess.run(
            [PERFPROOF, "check", "--quiet", *words],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "1 undecided." in done.stdout
        assert "test_clean, instructions: instructions are not counted here: " in done.stdout


def test_a_benchmark_that_fails_where_it_is_counted_is_red_and_quoted(tmp_path: Path) -> None:
    if (reason := why_no_allocations()) is not None:
        pytest.skip(reason)
    root = project(tmp_path, table("allocations", "9", "*::test_fault_0"), "raise OSError('no')")
    done = perfproof(root, "check", "--quiet")
    assert done.returncode == 1
    assert "test_fault_0: gave no figure to hold against targets.toml, [[target]] 1" in done.stdout
    assert "no" in done.stdout.rpartition("[[target]] 1")[2]


def test_a_target_that_names_nothing_is_refused_before_anything_is_measured(
    tmp_path: Path,
) -> None:
    root = project(tmp_path, table("allocations", "9", "*::test_gone"))
    done = perfproof(root, "check")
    assert done.returncode == 2
    assert "targets.toml, [[target]] 1: '*::test_gone' names no benchmark" in done.stderr
    assert not list((root / ".perfproof").glob("sessions/*"))
