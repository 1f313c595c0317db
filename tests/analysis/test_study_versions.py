"""The versions that the study compares differ in what they should, and exactly so."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.study.versions import GROWTHS, SCENARIOS, TEMPLATE, changed_files, make_repository

# What each workload that counts its units says of its work, and the counts of all.
COUNTED = """
import json
from workloads.catalogue import CATALOGUE, SIZES
from workloads.size import units
names = "arithmetic", "json", "matching", "gather", "allocation"
done = {f"{name} {size}": CATALOGUE[name].sized(size)() for name in names for size in SIZES}
counts = {f"{n} {size}": getattr(CATALOGUE[n], size) for n in CATALOGUE for size in SIZES}
grown = {name: units(count) for name, count in counts.items()}
print(json.dumps({"done": done, "counts": counts, "units": grown}))
"""

# Collections of the youngest during ten calls of what allocates most, beside those of a workload
# that keeps all alive: with these it is the collector's schedule that decides what a unit costs.
COLLECTED = """
import gc, json
from workloads.catalogue import CATALOGUE
def collections(call):
    call()
    gc.collect()
    before = gc.get_stats()[0]["collections"]
    for _ in range(10):
        call()
    return gc.get_stats()[0]["collections"] - before
names = "gather", "allocation"
seen = {f"{name} large": collections(CATALOGUE[name].sized("large")) for name in names}
print(json.dumps({**seen, "all alive": collections(lambda: [[] for _ in range(3000)])}))
"""


def git(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study") / "project"
    make_repository(folder)
    return folder


def work_of(repository: Path, scenario: str) -> dict[str, dict[str, int]]:
    git(repository, "checkout", "--quiet", scenario)
    # Without compiled files: size.py of two versions has one length and, here, one second.
    words = [sys.executable, "-B", "-c", COUNTED]
    done = subprocess.run(words, cwd=repository, capture_output=True, check=True)
    work: dict[str, dict[str, int]] = json.loads(done.stdout)
    return work


def test_every_scenario_is_a_commit_upon_the_base(repository: Path) -> None:
    base = git(repository, "rev-parse", "base")
    for scenario in SCENARIOS:
        assert git(repository, "rev-parse", f"{scenario}^") == base


def test_the_same_commits_are_made_again(tmp_path: Path, repository: Path) -> None:
    again = make_repository(tmp_path / "again")
    assert again["grown_3"] == git(repository, "rev-parse", "grown_3").strip()


def test_identical_differs_in_no_file_of_python(repository: Path) -> None:
    assert git(repository, "diff", "--name-only", "base", "identical").split() == ["NOTES.txt"]


def test_a_growth_is_one_changed_line(repository: Path) -> None:
    for scenario in GROWTHS:
        changed = git(repository, "diff", "--numstat", "base", scenario).split()
        assert changed == ["1", "1", "workloads/size.py"]


def test_the_unrelated_edit_adds_to_the_top_of_every_module(repository: Path) -> None:
    changed = git(repository, "diff", "--numstat", "base", "unrelated").splitlines()
    modules = {path.name for path in (TEMPLATE / "workloads").glob("[!_]*.py")}
    assert {line.split("/")[-1] for line in changed} == modules
    assert "size.py" in modules
    assert all(line.split()[1] == "0" for line in changed)
    for content in changed_files("unrelated").values():
        assert content.index("UNUSED_TABLE") < content.index("\n\n\n")


def test_the_work_grows_by_exactly_the_planted_share(repository: Path) -> None:
    base = work_of(repository, "base")
    assert len(base["counts"]) == 20
    assert base["units"] == base["counts"]
    for scenario, percent in (("unrelated", 0), *GROWTHS.items()):
        work = work_of(repository, scenario)
        for name, count in base["counts"].items():
            assert 100 * work["units"][name] == (100 + percent) * count
        for name, done in base["done"].items():
            assert 100 * work["done"][name] == (100 + percent) * done


def test_no_collection_is_due_however_many_units_there_are(repository: Path) -> None:
    for scenario in ("base", "grown_10"):
        git(repository, "checkout", "--quiet", scenario)
        words = [sys.executable, "-B", "-c", COLLECTED]
        done = subprocess.run(words, cwd=repository, capture_output=True, check=True)
        seen: dict[str, int] = json.loads(done.stdout)
        assert seen.pop("all alive") > 0
        assert set(seen.values()) == {0}


def test_the_suite_runs_under_plain_pytest(repository: Path) -> None:
    words = [
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:randomly",
        "--benchmark-disable",
        "benchmarks",
        "fifty",
    ]
    done = subprocess.run(
        [sys.executable, "-B", *words], cwd=repository, capture_output=True, text=True, check=False
    )
    assert "70 passed" in done.stdout
