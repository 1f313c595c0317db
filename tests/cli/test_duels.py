"""`perfproof compare` with git refs: real repositories, real worktrees, planted truths."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import perfproof
from tests.cli.versions import git, picture

QUICK = ("--margin", "10 %", "--quiet")
SOURCE = "src/parcel.py"
SLOW = "sum(parcels)", "[sum(parcels) for _ in range(3)][0]"


@pytest.fixture
def repository(foreign_project: Path) -> Path:
    """The foreign project, its first version committed."""
    git(foreign_project, "init", "-q", "-b", "main")
    git(foreign_project, "add", ".")
    git(foreign_project, "commit", "-q", "-m", "first")
    return foreign_project


def edit(root: Path, name: str, before: str, after: str) -> None:
    path = root / name
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, after))


def words_of(output: str, name: str) -> list[str]:
    """The words of the line about a benchmark's time; what was counted stands further down."""
    times = output.partition("\nallocations ")[0]
    (line,) = [each for each in times.splitlines() if each.split()[:1] == [name]]
    return line.split()


def test_a_slowdown_in_the_working_tree_is_found_and_the_tree_left_alone(
    repository: Path,
) -> None:
    edit(repository, SOURCE, *SLOW)
    edit(repository, "benchmarks/test_parcel.py", "def test_sort", "def test_order")
    before = picture(repository)
    done = perfproof(repository, "compare", *QUICK, "-k", "test_weigh or test_sort or test_order")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "slower" in words_of(done.stdout, "test_weigh[1000]")
    assert "Only in head (1): benchmarks/test_parcel.py::test_order" in done.stdout
    assert "Only in base (1): benchmarks/test_parcel.py::test_sort" in done.stdout
    assert picture(repository) == before
    assert [each for each in (repository / ".perfproof/duels").iterdir() if each.is_dir()] == []


def test_what_became_faster_is_faster_and_what_is_the_same_is_not_red(repository: Path) -> None:
    edit(repository, SOURCE, *SLOW)
    git(repository, "commit", "-qam", "slow")
    edit(repository, SOURCE, *SLOW[::-1])
    git(repository, "commit", "-qam", "fast again")
    chosen = ("--budget", "40s", "-k", "test_weigh[1000] or test_sort")
    done = perfproof(repository, "compare", "HEAD~1", "HEAD", *QUICK, *chosen)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "faster" in words_of(done.stdout, "test_weigh[1000]")
    assert {"same", "undecided"} & set(words_of(done.stdout, "test_sort"))
    assert "process pairs, base and head alternating" in done.stdout
    (duel,) = (repository / ".perfproof/duelled").glob("*.jsonl")
    refused = perfproof(repository, "check", "--session", str(duel))
    assert refused.returncode == 2
    assert "holds a duel of two versions" in refused.stderr


def test_a_benchmark_that_breaks_on_one_side_is_an_error_that_names_side_and_cause(
    repository: Path,
) -> None:
    edit(repository, "pyproject.toml", 'timeout = "20 s"', 'timeout = "6 s"')
    edit(
        repository,
        "benchmarks/test_parcel.py",
        "    assert benchmark(weigh, range(count))",
        "    import os\n    benchmark((lambda: 1 / 0) if count == 10 else (lambda: os._exit(3)))\n"
        "    assert benchmark(weigh, range(count))",
    )
    edit(repository, "benchmarks/test_parcel.py", "benchmark(sorted, [3, 1, 2])", "HANG")
    edit(repository, "benchmarks/test_parcel.py", "HANG", "__import__('time').sleep(60)")
    done = perfproof(repository, "compare", *QUICK, "--budget", "5s", "-k", "test_parcel")
    assert done.returncode == 1, done.stdout + done.stderr
    path = "benchmarks/test_parcel.py::"
    for name, cause in (
        ("test_weigh[10]", "failed on the head: call: ZeroDivisionError"),
        ("test_weigh[1000]", "worker on the head: the worker ended with exit code 3"),
        ("test_sort", "timeout on the head: gave no answer for 6 s"),
    ):
        assert f"{path}{name}: {cause}" in done.stdout
    assert "test_pedantic" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--output=/tmp/x",), "unknown option"),
        (("nowhere",), "'nowhere' names no commit"),
        (("HEAD", "HEAD"), "are the same version"),
        (("HEAD", "--budget", "soon"), "'soon' is not a duration"),
    ],
)
def test_bad_refs_are_one_sentence(repository: Path, words: tuple[str, ...], sentence: str) -> None:
    done = perfproof(repository, "compare", *words)
    assert done.returncode == 2, done.stdout
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_outside_a_repository_it_says_so(foreign_project: Path) -> None:
    done = perfproof(foreign_project, "compare")
    assert done.returncode == 2
    assert "git" in done.stderr
