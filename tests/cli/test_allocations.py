"""Allocations beside the times of `run` and `compare`: real workers, planted truths."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

import perfproof as library
from perfproof.cli import allocating
from perfproof.cli.allocating import AllocationPass, counted_at_length
from perfproof.errors import WorkerError
from perfproof.measure.counts import Given, why_no_allocations
from perfproof.measure.suites import Suite
from perfproof.measure.worker_process import Surroundings
from perfproof.record.counting import Tally
from tests.cli.running import perfproof
from tests.cli.versions import git

SUITE = """
import itertools, time
steps = itertools.count()
def test_make(benchmark):
    benchmark(lambda: [bytes(200 + each) for each in range(20)])
def test_odd(benchmark):
    benchmark(lambda: [bytes(600) for _ in range(next(steps) % 37 * 3)])
"""
LONG = """
def test_long(benchmark):
    benchmark.pedantic(time.sleep, args=(1.1,), rounds=1, iterations=1)
"""
COMMAND = '[[tool.perfproof.command]]\nname = "nothing"\ncommand = ["true"]\n'
BRIEF = ("--processes", "1", "--blocks", "2", "--quiet")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    if (reason := why_no_allocations()) is not None:
        pytest.skip(reason)
    (tmp_path / "suite").mkdir()
    (tmp_path / "suite/test_it.py").write_text(SUITE)
    settings = '[tool.perfproof]\npytest = ["suite"]\npyperf = []\n'
    (tmp_path / "pyproject.toml").write_text(settings)
    (tmp_path / ".gitignore").write_text(".perfproof/\n__pycache__/\n")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def row(text: str, name: str) -> list[str]:
    (line,) = (each for each in text.splitlines() if each.startswith(name))
    return line.split()


def test_a_run_counts_in_its_rows_keeps_the_counts_and_says_what_has_none(root: Path) -> None:
    (root / "suite/test_it.py").write_text(SUITE + LONG)
    with (root / "pyproject.toml").open("a") as file:
        file.write(COMMAND)
    done = perfproof(root, "run", *BRIEF)
    assert done.returncode == 0, done.stdout + done.stderr
    # Twenty objects and the list that grows while they come.
    assert 20 <= float(row(done.stdout, "test_make")[-2]) <= 35
    assert float(row(done.stdout, "test_make")[-1]) > 20 * 200
    assert row(done.stdout, "test_odd")[-4:] == ["not", "known"] * 2
    assert "allocations not counted: test_long, nothing" in done.stdout
    assert "its calls take too long" in done.stderr
    (session,) = (root / ".perfproof/sessions").glob("*.jsonl")
    frame = library.load(session)
    kinds = frame[frame["name"] == "test_make"].groupby("kind", observed=True)["value"].median()
    assert 20 <= kinds["allocations"] <= 35
    assert kinds["bytes"] > 20 * 200


def test_without_allocations_nothing_is_counted(root: Path) -> None:
    done = perfproof(root, "run", *BRIEF, "--no-allocations", "-k", "test_make")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].split()[-1] == "processes"
    assert done.stderr == ""
    (session,) = (root / ".perfproof/sessions").glob("*.jsonl")
    assert '"type":"tally"' not in session.read_text()


def test_one_object_more_a_call_is_shown_changes_no_exit_code_and_is_told_again(
    root: Path,
) -> None:
    path = root / "suite/test_it.py"
    path.write_text(path.read_text().replace("range(20)", "range(21)"))
    words = ("compare", "HEAD", "--pairs", "4", "--quiet", "--no-confirm", "--margin", "50 %")
    done = perfproof(root, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout[done.stdout.index("allocations  ") :]
    assert "+1 (" in said.splitlines()[1]
    assert said.splitlines()[1].split()[:2] == ["more", "test_make"]
    assert "1 more, 1 not known" in said
    (duel,) = (root / ".perfproof/duelled").glob("*.jsonl")
    again = perfproof(root, "compare", str(duel))
    assert again.returncode == 0, again.stderr
    assert again.stdout[again.stdout.index("allocations  ") :] == said


def over(counting: AllocationPass) -> tuple[Tally, ...]:
    suite = Suite("pytest-benchmark", ("suite",))
    return counting.over([(suite, ("a",))], {"base": Surroundings(Path(), {})}, {"a": 1e-6})


def test_absent_memray_is_said_once_and_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert over(AllocationPass(wanted=True)) == ()
    said = capsys.readouterr().err
    assert said.count("pip install 'perfproof[memory]'") == 1


@pytest.mark.parametrize("what", [KeyboardInterrupt(), WorkerError("no worker could be started")])
def test_what_goes_wrong_in_the_pass_leaves_the_times(
    what: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> Given:
        raise what

    monkeypatch.setattr(allocating, "countable", lambda kinds: kinds)
    monkeypatch.setattr(allocating, "count_in_passing", fail)
    counting = AllocationPass(wanted=True)
    assert over(counting) == ()
    assert "allocations" in capsys.readouterr().err
    if isinstance(what, KeyboardInterrupt):
        with pytest.raises(KeyboardInterrupt):
            counting.end()
    else:
        counting.end()


def test_counts_of_one_seed_are_the_pass_and_others_are_not() -> None:
    passing = Tally(
        benchmark="a", meter="bytes", hash_seed=1, calls=(1, 2), counted=(3, 4), side="base"
    )
    assert not counted_at_length([passing])
    longer = Tally(
        benchmark="a", meter="bytes", hash_seed=2, calls=(1, 2), counted=(3, 4), side="base"
    )
    assert counted_at_length([passing, longer])


def test_options_of_old_callers_have_a_default() -> None:
    """`compare` and `run` know the option, `check` measures without the pass."""
    from perfproof.cli.timing_arguments import add_check, add_compare, add_run

    known = []
    for add in (add_run, add_compare, add_check):
        parser = argparse.ArgumentParser()
        add(parser)
        known.append("--no-allocations" in parser.format_help())
    assert known == [True, True, False]
